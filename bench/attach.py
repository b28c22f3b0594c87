"""How long a process stands still while it is looked at: `python -m bench.attach`.

Each process holds a heap of a million and more objects. It is looked at by a fork and in place, and
a dump is written and explained. A row has the shortest and the longest pause of each kind.
"""

from __future__ import annotations

import argparse
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from unknot.attach.process import dump_process
from unknot.attach.target import find_target
from unknot.environments.interpreters import Interpreter, resolve_interpreter
from unknot.errors import UnknotError, UsageError

__all__ = ["Cost", "Row", "look_at", "run"]

ROOT = str(Path(__file__).parents[1])
PROGRAM = """
import gc, select, sys
sys.path.insert(0, sys.argv[1])
gc.disable()
from bench.heaps import HEAPS
held = HEAPS[sys.argv[2]](int(sys.argv[3]))
gc.enable()
print("ready", flush=True)
while not select.select([sys.stdin], [], [], 0.02)[0]:
    pass
"""
"""The process: it holds a heap until its standard input is closed."""
COMMAND = """
import atexit, runpy, sys
def tell():
    with open("/proc/self/status") as status:
        print(status.read(), file=sys.stderr)
atexit.register(tell)
runpy.run_module("unknot", run_name="__main__", alter_sys=True)
"""
"""Unknot's command line, which says at the end how much memory it had. What the system says of a
child that has ended counts what it shared with this process before it became another program."""
SHAPES = ("live", "numbers")


@dataclass(frozen=True, slots=True)
class Cost:
    """What a command took."""

    seconds: float
    megabytes: float
    """At most, in its RAM."""


@dataclass(frozen=True, slots=True)
class Row:
    python: str
    shape: str
    objects: int
    """Tracked by the collector."""
    forks: list[float]
    """Seconds of each pause."""
    stays: list[float]
    """Seconds of the longest pause of each look in place."""
    dump: Cost
    explain: Cost
    file: float
    """Megabytes of the dump."""

    def __str__(self) -> str:
        forks = f"{min(self.forks) * 1e3:.0f}–{max(self.forks) * 1e3:.0f} ms"
        stays = f"{min(self.stays):.2f}–{max(self.stays):.2f} s"
        return (
            f"{self.python:7}{self.shape:8}{self.objects:>9,}{forks:>11}{stays:>13}"
            f"{self.dump.seconds:5.1f} s{self.file:5.1f} MB"
            f"{self.explain.seconds:5.1f} s{self.explain.megabytes:6,.0f} MB"
        )


HEAD = f"{'Python':7}{'heap':8}{'tracked':>9}{'by fork':>11}{'in place':>13}"
HEAD += f"{'dump':>15}{'explain':>16}"


@contextmanager
def holding(python: Interpreter, shape: str, size: int) -> Iterator[int]:
    """The process that holds such a heap, by its id."""
    process = subprocess.Popen(
        [python.path, "-c", PROGRAM, ROOT, shape, str(size)],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    )
    try:
        assert process.stdout is not None
        if process.stdout.readline() != "ready\n":
            raise SystemExit(f"Python {python.version} could not hold {size:,} objects")
        yield process.pid
    finally:
        process.communicate()


def run(arguments: list[str]) -> Cost:
    """Run unknot's command line. Raises ``SystemExit`` if it fails."""
    began = time.monotonic()
    done = subprocess.run(
        [sys.executable, "-c", COMMAND, *arguments], capture_output=True, text=True, check=False
    )
    if done.returncode != 0:
        raise SystemExit(f"unknot {' '.join(arguments)}: {done.stderr}")
    kilobytes = int(done.stderr.partition("VmHWM:")[2].split()[0])
    return Cost(time.monotonic() - began, kilobytes * 1024 / 1e6)


def look_at(python: Interpreter, shape: str, size: int, looks: int, seconds: float) -> Row:
    """Look at a process that holds such a heap, ``looks`` times each way."""
    with holding(python, shape, size) as pid, tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "heap.dump"
        dump = run(["dump", str(pid), "-o", str(path)])
        explain = run(["explain", str(path)])
        megabytes = path.stat().st_size / 1e6
        target = find_target(pid)
        forks = [dump_process(target, seconds=seconds) for _ in range(looks)]
        stays = [dump_process(target, seconds=seconds, in_place=True) for _ in range(looks)]
    return Row(
        python.version,
        shape,
        forks[0].survey.tracked,
        [each.facts.longest for each in forks],
        [each.facts.longest for each in stays],
        dump,
        explain,
        megabytes,
    )


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--python", action="append", help="an interpreter; may be repeated")
    parser.add_argument("--heap", action="append", choices=SHAPES, help="what it holds")
    parser.add_argument("-n", "--objects", type=int, default=1_600_000, help="its size")
    parser.add_argument("--looks", type=int, default=3, help="each way")
    parser.add_argument("--time-limit", type=float, default=60.0, help="seconds of a look")
    asked = parser.parse_args()
    if asked.looks < 1:
        parser.error("--looks: at least 1")
    try:
        pythons = [resolve_interpreter(name) for name in asked.python or [sys.executable]]
        print(HEAD)
        for python in pythons:
            for shape in asked.heap or SHAPES:
                row = look_at(python, shape, asked.objects, asked.looks, asked.time_limit)
                print(row, flush=True)
    except UsageError as error:
        parser.error(str(error))
    except UnknotError as error:
        raise SystemExit(str(error)) from None


if __name__ == "__main__":
    main()
