"""What the commands that people wait for cost: the command line, one cell, a survey of a suite.

``python -m bench.commands`` runs each several times, in turns, so that what else the machine does
falls on all alike, and prints medians: seconds that passed, and seconds of CPU time, which a busy
machine changes little. A survey is shown as a multiple of the suite without it. With ``-o`` a line
of JSON is appended to a file, as a history: ``reports/commands.jsonl``.
"""

from __future__ import annotations

import json
import os
import resource
import subprocess
import sys
import tempfile
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from statistics import median
from time import perf_counter

import click

import unknot
from unknot.cli.commands import run_command
from unknot.errors import UsageError
from unknot.report import append

__all__ = ["COMMANDS", "Cost", "main", "measure"]

PROGRAM = (sys.executable, "-c", "from unknot.cli import main; main()")
PYTEST = (sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", "-c", os.devnull)

FILES = {
    "plain.py": "def op(): pass\n",
    "cycle.py": "class Thing: pass\n\ndef op():\n    thing = Thing()\n    thing.me = thing\n",
    "test_clean.py": """
        import json
        import pytest

        @pytest.mark.parametrize("number", range(30))
        def test_clean(number):
            assert json.loads(json.dumps([number])) == [number]
        """,
    "test_cyclic.py": """
        import pytest

        class Thing: pass

        @pytest.mark.parametrize("number", range(30))
        def test_cyclic(number):
            thing = Thing()
            thing.me = thing
        """,
}

COMMANDS: dict[str, tuple[str, ...]] = {
    "python -c pass": (sys.executable, "-c", "pass"),
    "unknot --version": (*PROGRAM, "--version"),
    "unknot --help": (*PROGRAM, "--help"),
    "unknot run, a clean operation": (*PROGRAM, "run", "plain.py"),
    "unknot run, one cycle": (*PROGRAM, "run", "cycle.py"),
    "30 clean tests": (*PYTEST, "test_clean.py"),
    "30 clean tests, --unknot": (*PYTEST, "--unknot", "test_clean.py"),
    "30 tests with a cycle": (*PYTEST, "test_cyclic.py"),
    "30 tests with a cycle, --unknot": (*PYTEST, "--unknot", "test_cyclic.py"),
}
"""By title; what one with ``--unknot`` costs is compared with the one before it."""


@dataclass(frozen=True, slots=True)
class Cost:
    """Medians of several runs, in seconds."""

    wall: float
    cpu: float


def measure(rounds: int) -> dict[str, Cost]:
    """What each command costs."""
    found: dict[str, list[Cost]] = {title: [] for title in COMMANDS}
    with tempfile.TemporaryDirectory() as folder:
        for name, text in FILES.items():
            lines = [line.removeprefix(" " * 8) for line in text.splitlines()]
            (Path(folder) / name).write_text("\n".join(lines) + "\n")
        for _ in range(rounds):
            for title, command in COMMANDS.items():
                found[title].append(_run(command, folder))
    return {
        title: Cost(median(one.wall for one in costs), median(one.cpu for one in costs))
        for title, costs in found.items()
    }


def _run(command: tuple[str, ...], folder: str) -> Cost:
    before, began = _cpu_of_children(), perf_counter()
    done = subprocess.run(
        command, cwd=folder, stdin=subprocess.DEVNULL, capture_output=True, text=True, check=False
    )
    wall, cpu = perf_counter() - began, _cpu_of_children() - before
    if done.returncode not in (0, 1):  # 1 is a finding
        raise UsageError(f"{' '.join(command)}: exit code {done.returncode}: {done.stderr[-500:]}")
    return Cost(wall, cpu)


def _cpu_of_children() -> float:
    usage = resource.getrusage(resource.RUSAGE_CHILDREN)
    return usage.ru_utime + usage.ru_stime


@click.command(context_settings={"help_option_names": ["-h", "--help"]})
@click.option("--rounds", type=click.IntRange(1), default=9, show_default=True)
@click.option("-o", "--output", type=click.Path(path_type=Path), help="File to append a line to.")
def main(rounds: int, output: Path | None) -> None:
    """What the command line, one cell and a survey cost."""
    costs = measure(rounds)
    before: Cost | None = None
    for title, cost in costs.items():
        times = ""
        if before is not None and title.endswith("--unknot"):
            times = f"  {cost.wall / before.wall:.1f} × the time, {cost.cpu / before.cpu:.1f} × CPU"
        print(f"{title:32} {cost.wall:7.3f} s  {cost.cpu:7.3f} s of CPU time{times}")
        before = cost
    if output is not None:
        entry = {
            "when": datetime.now(UTC).isoformat(timespec="seconds"),
            "unknot": unknot.__version__,
            "python": sys.version.split()[0],
            "rounds": rounds,
            "load": os.getloadavg()[0],
            "costs": {title: [round(c.wall, 4), round(c.cpu, 4)] for title, c in costs.items()},
        }
        append(output, json.dumps(entry, ensure_ascii=False).encode() + b"\n")


if __name__ == "__main__":
    run_command(main, "python -m bench.commands")
