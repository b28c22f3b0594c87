"""A fresh process that has run some operations of a workload, as a dump."""

from __future__ import annotations

import json
import subprocess
from importlib.resources import as_file, files

from unknot.attach.capture import capture
from unknot.attach.dump import Dump
from unknot.attach.landing import Landing
from unknot.errors import CellFailed

__all__ = ["dump_workload"]

PATIENCE = 60.0
"""Seconds within which the process must connect after its operations."""


def dump_workload(workload: str, ops: int, python: str, *, keys: bool = False) -> Dump:
    """``python`` after so many operations with the collector off.

    Raises :class:`~unknot.errors.CellFailed` if the workload fails.
    """
    with as_file(files("unknot.agent") / "inject" / "hold.py") as program, Landing() as landing:
        process = subprocess.Popen(
            [python, str(program), json.dumps({"workload": workload, "ops": ops})],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
        )
        try:
            assert process.stdin is not None
            assert process.stdout is not None
            if process.stdout.readline() != b"ready\n":
                process.wait()
                raise CellFailed(f"{workload}: its process ended with {process.returncode}")
            process.stdin.write(landing.payload.encode() + b"\n")
            process.stdin.flush()
            with landing.wait(PATIENCE, lambda: process.poll() is None) as visit:
                return capture(visit, keys=keys)
        finally:
            process.kill()
            process.wait()
