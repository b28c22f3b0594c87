"""The cost of whole commands: the command line, one cell, a survey of a suite.

Each is a whole process, measured from outside, next to similar commands of its peers: pytest-memray
looks for what 1,000 operations or each test of a suite leave, and pyleak for tasks and threads. All
take turns, so that other load on the machine affects all of them equally. Besides elapsed time, the
CPU time of all processes is measured, which a busy machine changes little.

``bench.instrument`` runs these, and prints them in its table.
"""

from __future__ import annotations

import os
import re
import subprocess
import sys
import tempfile
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from importlib.util import find_spec
from pathlib import Path
from resource import RUSAGE_CHILDREN, getrusage
from statistics import median
from textwrap import dedent
from time import perf_counter

from bench.apart import run_apart
from bench.rating import Verdict
from unknot.errors import UnknotError

__all__ = ["COMMANDS", "Command", "Cost", "Run", "Workplace", "plan", "summarize"]

SECONDS = 600.0
"""Time limit of one command."""

PROGRAM = (sys.executable, "-c", "from unknot.cli import main; main()")
PYTEST = (sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", "-c", os.devnull)
MODULES = {"pytest-memray": "pytest_memray", "pyleak": "pyleak", "pytest": "pytest"}
"""The module whose presence shows that a package is installed."""

OPERATIONS = 1_000
"""How often a peer of ``unknot run`` runs the operation; unknot runs it about as often."""

FILES = {
    "plain.py": "def op(): pass\n",
    "cycle.py": """
        class Thing: pass

        def op():
            thing = Thing()
            thing.me = thing
        """,
    "repeat_cycle.py": f"""
        from cycle import op

        for _ in range({OPERATIONS}):
            op()
        """,
    "pyleak_cycle.py": f"""
        from cycle import op
        from pyleak import no_task_leaks, no_thread_leaks

        with no_thread_leaks(action="raise"):
            for _ in range({OPERATIONS}):
                op()
        """,
    "memray_cycle.py": f"""
        import pytest
        from cycle import op

        @pytest.mark.limit_leaks("1 KB")
        def test_cycle():
            for _ in range({OPERATIONS}):
                op()
        """,
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
    "each_limited.py": """
        import pytest

        def pytest_collection_modifyitems(items):
            for item in items:
                item.add_marker(pytest.mark.limit_leaks("1 KB"))
        """,
    "each_watched.py": """
        import pytest

        def pytest_collection_modifyitems(items):
            for item in items:
                item.add_marker(pytest.mark.no_leaks(tasks=True, threads=True))
        """,
}
"""The files that the commands run, in a folder that is removed afterwards."""

SUITE = ("test_clean.py", "test_cyclic.py")


@dataclass(frozen=True, slots=True)
class Command:
    """A command line, and which other one its cost is a multiple of: the first of its task."""

    task: str
    name: str
    argv: tuple[str, ...]
    package: str | None = None
    """The package that it requires, besides unknot."""
    looks: bool = True
    """Whether it looks for leaks, and so can find some."""

    @property
    def is_installed(self) -> bool:
        return self.package is None or find_spec(MODULES[self.package]) is not None


LINE, CELL = "The command line", "One cell"
MIXED = "A suite of 60 tests, of which 30 leave a cycle"
CLEAN, CYCLIC = "A suite of 30 clean tests", "A suite of 30 tests that each leave a cycle"

COMMANDS = (
    Command(LINE, "python -c pass", (sys.executable, "-c", "pass"), looks=False),
    Command(LINE, "unknot --version", (*PROGRAM, "--version"), looks=False),
    Command(LINE, "unknot --help", (*PROGRAM, "--help"), looks=False),
    Command(CELL, f"{OPERATIONS:,} operations", (sys.executable, "repeat_cycle.py"), looks=False),
    Command(CELL, "unknot run, clean", (*PROGRAM, "run", "plain.py")),
    Command(CELL, "unknot run, one cycle", (*PROGRAM, "run", "cycle.py")),
    Command(
        CELL,
        "pytest-memray, limit_leaks",
        (*PYTEST, "--memray", "memray_cycle.py"),
        "pytest-memray",
    ),
    Command(CELL, "pyleak, threads", (sys.executable, "pyleak_cycle.py"), "pyleak"),
    Command(MIXED, "pytest", (*PYTEST, *SUITE), "pytest", looks=False),
    Command(MIXED, "--unknot", (*PYTEST, "--unknot", *SUITE), "pytest"),
    Command(MIXED, "--memray", (*PYTEST, "--memray", *SUITE), "pytest-memray"),
    Command(
        MIXED,
        "--memray, limit_leaks",
        (*PYTEST, "-p", "each_limited", "--memray", *SUITE),
        "pytest-memray",
    ),
    Command(MIXED, "pyleak's no_leaks", (*PYTEST, "-p", "each_watched", *SUITE), "pyleak"),
    Command(CLEAN, "pytest", (*PYTEST, "test_clean.py"), "pytest", looks=False),
    Command(CLEAN, "--unknot", (*PYTEST, "--unknot", "test_clean.py"), "pytest"),
    Command(CYCLIC, "pytest", (*PYTEST, "test_cyclic.py"), "pytest", looks=False),
    Command(CYCLIC, "--unknot", (*PYTEST, "--unknot", "test_cyclic.py"), "pytest"),
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Run:
    """The seconds that one process took, and what it reported."""

    task: str
    name: str
    turn: int
    wall: float
    cpu: float
    """Of all its processes."""
    found: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Cost:
    """The cost of a command over all runs: medians of seconds, and of the turns' ratios."""

    task: str
    name: str
    wall: float
    cpu: float
    over: str
    """The first command of the task, relative to which the ratios are."""
    ratio: float | None
    cpu_ratio: float | None
    found: str


def plan(rounds: int) -> Iterator[tuple[Command, int]]:
    """All runs in order; every second turn is reversed."""
    installed = [command for command in COMMANDS if command.is_installed]
    for turn in range(rounds):
        for command in installed if turn % 2 == 0 else reversed(installed):
            yield command, turn


class Workplace:
    """A context manager: a folder with the files that the commands run."""

    def __enter__(self) -> Workplace:
        self._folder = tempfile.TemporaryDirectory()
        for name, text in FILES.items():
            (Path(self._folder.name) / name).write_text(dedent(text).lstrip())
        return self

    def __exit__(self, *_: object) -> None:
        self._folder.cleanup()

    def measure(self, command: Command, turn: int) -> Run:
        """Raises :class:`~unknot.errors.UnknotError` where the command fails."""
        before, began = _cpu_of_children(), perf_counter()
        try:
            done = run_apart(command.argv, SECONDS, self._folder.name)
        except subprocess.TimeoutExpired as error:
            raise UnknotError(f"{command.name}: took more than {SECONDS:.0f} s") from error
        wall, cpu = perf_counter() - began, _cpu_of_children() - before
        if done.returncode not in ((0, 1) if command.looks else (0,)):  # 1 is a finding
            said = (done.stderr or done.stdout).strip()[-500:]
            raise UnknotError(f"{command.name}: exit code {done.returncode}: {said}")
        return Run(
            task=command.task,
            name=command.name,
            turn=turn,
            wall=wall,
            cpu=cpu,
            found=read_found(done.stdout, done.returncode) if command.looks else "",
        )


def _cpu_of_children() -> float:
    usage = getrusage(RUSAGE_CHILDREN)
    return usage.ru_utime + usage.ru_stime


def read_found(output: str, status: int) -> str:
    """How many tests of a suite leave something, or whether anything was found."""
    if " passed" not in output and " failed" not in output:
        return "a leak" if status else "nothing"
    said = re.search(r"measured: (\d+) leaves? ", output) or re.search(r"(\d+) failed", output)
    number = int(said[1]) if said else 0
    return f"{number} test{'' if number == 1 else 's'}"


def summarize(runs: Sequence[Run]) -> list[Cost]:
    """The cost of each command that ran, in the order of :data:`COMMANDS`."""
    by_name: dict[tuple[str, str], dict[int, Run]] = {}
    for run in runs:
        by_name.setdefault((run.task, run.name), {})[run.turn] = run
    bases = {command.task: command.name for command in reversed(COMMANDS)}
    costs = []
    for command in COMMANDS:
        mine = by_name.get((command.task, command.name))
        if not mine:
            continue
        over = bases[command.task]
        base = by_name.get((command.task, over), {}) if over != command.name else {}
        both = [(mine[turn], base[turn]) for turn in mine if turn in base]
        costs.append(
            Cost(
                task=command.task,
                name=command.name,
                wall=median(run.wall for run in mine.values()),
                cpu=median(run.cpu for run in mine.values()),
                over=over,
                ratio=median(one.wall / other.wall for one, other in both) if both else None,
                cpu_ratio=median(one.cpu / other.cpu for one, other in both) if both else None,
                found=next(iter(mine.values())).found,
            )
        )
    return costs


def cost_lines(costs: Sequence[Cost]) -> Iterator[str]:
    """A table for each task, 80 columns wide; it also lists what is not installed."""
    found = {(cost.task, cost.name): cost for cost in costs}
    task = ""
    for command in COMMANDS:
        if command.task != task:
            task = command.task
            yield from (("", task) if found else (task,))
            yield f"  {'':28}{'seconds':>9}{'×':>7}{'CPU s':>9}{'×':>7}  found"
        cost = found.get((command.task, command.name))
        if cost is None:
            why = "not measured" if command.is_installed else "not installed"
            yield f"  {command.name:28}  {why}"
            continue
        times = "".join(
            f"{'' if ratio is None else f'{ratio:.3g}':>7}"
            for ratio in (cost.ratio, cost.cpu_ratio)
        )
        yield (
            f"  {command.name:28}{cost.wall:9.3f}{times[:7]}{cost.cpu:9.3f}{times[7:]}"
            f"  {cost.found}"
        ).rstrip()


PROMISES = (
    (LINE, "unknot --version", "wall", 0.06),
    (LINE, "unknot --help", "wall", 0.15),
    (CELL, "unknot run, clean", "wall", 0.9),
    (CELL, "unknot run, one cycle", "wall", 1.2),
    (MIXED, "--unknot", "ratio", 5.0),
    (CLEAN, "--unknot", "ratio", 5.0),
    (CYCLIC, "--unknot", "ratio", 10.0),
)
"""Upper bounds: the task, the command's name, and seconds or a ratio."""


def promises(costs: Sequence[Cost]) -> list[Verdict]:
    """The promises for which there are measurements."""
    found = {(cost.task, cost.name): cost for cost in costs}
    verdicts = []
    for task, name, what, target in PROMISES:
        cost = found.get((task, name))
        measured = None if cost is None else cost.wall if what == "wall" else cost.ratio
        if measured is not None:
            claim = f"{task}: {name}" if what == "wall" else f"{task}: {name}, time over without"
            unit = " s" if what == "wall" else "×"
            verdicts.append(Verdict(claim, measured, target, True, unit))
    return verdicts
