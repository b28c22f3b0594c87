"""Runs a command in a process of its own, with nothing of this one's environment."""

from __future__ import annotations

import os
import subprocess
from collections.abc import Sequence

from unknot.measuring.process import clean_environment

__all__ = ["reason_of", "run_apart"]


def run_apart(
    command: Sequence[str], seconds: float, folder: str | None = None
) -> subprocess.CompletedProcess[str]:
    """What it wrote and its exit code. Raises ``TimeoutExpired`` after so many ``seconds``."""
    return subprocess.run(
        command,
        cwd=folder,
        env=clean_environment(os.environ),
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        timeout=seconds,
        check=False,
    )


def reason_of(failed: subprocess.CompletedProcess[str]) -> str:
    """The last line that it wrote of its failure, or its exit code."""
    lines = failed.stderr.strip().splitlines()
    return lines[-1] if lines else f"exit code {failed.returncode}"
