"""Runs ``pytest --unknot`` on other projects' suites; checks that no outcome changes.

``python -m bench.suites`` fetches the source distribution of each project, which contains its
tests, creates an environment with the project and its test requirements, and runs them twice:
unchanged, and with ``--unknot``. It prints a table, and writes ``suites.json`` and the reports of
all runs to the output folder. It fails if the second run has another outcome for a test, or reports
another number of subtests. A suite that cannot be run is named, and the others are run.
"""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
import tarfile
from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass
from pathlib import Path
from resource import RUSAGE_CHILDREN, getrusage
from time import perf_counter
from xml.etree import ElementTree

import click
from rich.console import Console

from unknot.cli.commands import run_command
from unknot.cli.output import complain
from unknot.cli.progress import progress
from unknot.environments.cache import environment
from unknot.environments.interpreters import Interpreter, resolve_interpreter
from unknot.errors import UnknotError
from unknot.files import ensure_writable, replace

ROOT = Path(__file__).parent.parent
PYTEST = ("-m", "pytest", "-v", "-p", "no:cacheprovider", "-p", "no:randomly")

Outcomes = Mapping[str, Counter[str]]
"""Outcomes of each test by its name, with counts, because a name may occur twice."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Suite:
    """A project, its test requirements, and the tests to run; all tests if no part is given."""

    name: str
    version: str
    extras: str = ""
    requirements: tuple[str, ...]
    part: tuple[str, ...] = ()


SUITES = (
    Suite(
        name="anyio",
        version="4.16.0",
        extras="[trio]",
        requirements=(
            "blockbuster", "coverage", "hypothesis", "psutil", "pytest>=9", "pytest-mock",
            "pytest-timeout", "trustme", "truststore", "uvloop",
        ),
        part=("tests/test_synchronization.py",),
    ),
    Suite(
        name="httpcore",
        version="1.0.9",
        extras="[asyncio,http2,socks,trio]",
        requirements=("pytest", "pytest-httpbin", "pytest-trio", "trustme"),
        part=("tests/_async",),
    ),
    Suite(name="jinja2", version="3.1.6", requirements=("pytest", "trio")),
    Suite(name="click", version="8.5.1", requirements=("pytest",), part=("tests/test_basic.py",)),
    Suite(name="cachetools", version="7.3.3", requirements=("pytest",)),
    Suite(
        name="tenacity",
        version="9.1.4",
        requirements=("pytest", "pytest-asyncio", "tornado", "trio", "typeguard"),
    ),
    Suite(
        name="structlog",
        version="25.5.0",
        requirements=(
            "better-exceptions", "freezegun", "greenlet", "pretend", "pytest", "pytest-asyncio",
            "rich", "time-machine", "twisted",
        ),
    ),
    Suite(
        name="attrs",
        version="26.1.0",
        requirements=("cloudpickle", "hypothesis", "pympler", "pytest", "pytest-xdist"),
        part=("tests",),
    ),
    Suite(
        name="websockets",
        version="16.0",  # later source distributions have no tests; this has those without helpers
        requirements=("pytest", "python-socks", "werkzeug"),
        part=tuple(
            f"tests/test_{name}.py"
            for name in (
                "datastructures", "exports", "headers", "imports", "proxy", "uri", "utils",
            )
        ),
    ),
)  # fmt: skip


@dataclass(frozen=True, slots=True, kw_only=True)
class Found:
    """The figures in the section at the end of a run."""

    measured: int
    unmeasured: int
    cyclic: int
    """Tests that leave a cycle."""
    leaking: int
    findings: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Cost:
    """Seconds of one run."""

    wall: float
    cpu: float
    """CPU time of all its processes; varies less than ``wall`` on a busy machine."""

    @classmethod
    def now(cls) -> Cost:
        """The clock, and the CPU time of the child processes that have ended."""
        used = getrusage(RUSAGE_CHILDREN)
        return cls(wall=perf_counter(), cpu=used.ru_utime + used.ru_stime)

    def __sub__(self, other: Cost) -> Cost:
        return Cost(wall=self.wall - other.wall, cpu=self.cpu - other.cpu)


@dataclass(frozen=True, slots=True, kw_only=True)
class Row:
    """A suite, run without and with ``--unknot``."""

    suite: Suite
    tests: int
    found: Found
    subtests: int
    plain: Cost
    unknot: Cost
    differing: tuple[str, ...]
    """Tests with another outcome, and changed numbers of reported subtests."""


def fetch(suite: Suite, folder: Path) -> Path:
    """The unpacked source distribution. Raises :class:`UnknotError` if there is none."""
    there = [path for path in folder.glob("*") if (path / "pyproject.toml").is_file()]
    if not there:
        command = [sys.executable, "-m", "pip", "download", "--no-binary", ":all:", "--no-deps"]
        wanted = f"{suite.name}=={suite.version}"
        done = subprocess.run(
            [*command, "-d", str(folder), wanted], capture_output=True, text=True, check=False
        )
        if done.returncode:
            raise UnknotError(f"{wanted} cannot be fetched: {done.stderr.strip()[-200:]}")
        with tarfile.open(next(folder.glob("*.tar.gz"))) as archive:
            archive.extractall(folder, filter="data")
        there = [path for path in folder.glob("*") if (path / "pyproject.toml").is_file()]
    return there[0]


def run_pytest(python: str, suite: Suite, source: Path, report: Path, *more: str) -> Cost:
    """The time of a run; its report is in ``report``, and its output next to it."""
    kept = {name: value for name, value in os.environ.items() if not name.startswith("PYTHON")}
    command = [python, *PYTEST, f"--junit-xml={report}", *more, *suite.part]
    started = Cost.now()
    with report.with_suffix(".txt").open("w") as output:
        done = subprocess.run(
            command, cwd=source, stdout=output, stderr=subprocess.STDOUT, env=kept, check=False
        )
    if done.returncode not in (0, 1):
        said = report.with_suffix(".txt")
        raise UnknotError(f"{suite.name}: pytest ended with {done.returncode}; see {said}")
    return Cost.now() - started


def read_outcomes(report: Path) -> Outcomes:
    """The outcome of each test in a JUnit report."""
    outcomes: dict[str, Counter[str]] = {}
    for case in ElementTree.parse(report).iter("testcase"):
        ends = [child for child in case if child.tag in ("failure", "error", "skipped")]
        said = " ".join(sorted(f"{end.tag} {end.get('type', '')}" for end in ends)) or "passed"
        name = f"{case.get('classname')}.{case.get('name')}"
        outcomes.setdefault(name, Counter())[said] += 1
    return outcomes


def differing(plain: Outcomes, other: Outcomes) -> tuple[str, ...]:
    """The tests that are not in both, or do not have the same outcome."""
    return tuple(name for name in sorted({*plain, *other}) if plain.get(name) != other.get(name))


def read_subtests(output: str) -> Counter[str]:
    """The number of subtests by outcome, from the last line of a run."""
    last = next(reversed(output.strip().splitlines()), "")
    found = re.findall(r"(\d+) (subtests \w+)", last)
    return Counter({outcome: int(count) for count, outcome in found})


def changed(plain: Counter[str], other: Counter[str]) -> tuple[str, ...]:
    """The numbers that differ, before and after."""
    return tuple(
        f"{plain[name]} {name}, now {other[name]}"
        for name in sorted({*plain, *other})
        if plain[name] != other[name]
    )


def read_section(output: str) -> Found:
    """The findings of a verbose run with ``--unknot``."""
    section = output.rpartition("= reference cycles and leaks =")[2]
    head = re.search(r"^(\d+) tests? measured(?:.*, (\d+) findings?)?", section, re.MULTILINE)
    if head is None:
        raise UnknotError("the run with --unknot has printed no section of findings")
    unmeasured = re.search(r"^(\d+) tests? not measured:", section, re.MULTILINE)
    tests: dict[str, set[str]] = {"cycle": set(), "leaked": set()}
    kind = ""
    for line in section.splitlines():
        if started := re.match(r"[\d.e-]+ (?:objects? per op )?(cycle|leaked)", line):
            kind = started[1]
        elif kind and line.startswith("  in "):
            tests[kind].add(line.removeprefix("  in "))
    return Found(
        measured=int(head[1]),
        unmeasured=int(unmeasured[1]) if unmeasured else 0,
        cyclic=len(tests["cycle"]),
        leaking=len(tests["leaked"]),
        findings=int(head[2] or 0),
    )


def survey(suite: Suite, folder: Path, interpreter: Interpreter) -> Row:
    """Run a suite without and with ``--unknot``."""
    folder.mkdir(parents=True, exist_ok=True)
    source = fetch(suite, folder)
    project = f"{suite.name}{suite.extras}=={suite.version}"
    made = environment((project, *suite.requirements, f"{ROOT}{os.sep}"), interpreter)
    plain, other = folder / "plain.xml", folder / "unknot.xml"
    plain_cost = run_pytest(made.python, suite, source, plain)
    unknot_cost = run_pytest(made.python, suite, source, other, "--unknot-rounds=3:4")
    outcomes = read_outcomes(plain)
    subtests, later_subtests = (
        read_subtests(report.with_suffix(".txt").read_text()) for report in (plain, other)
    )
    return Row(
        suite=suite,
        tests=sum(count.total() for count in outcomes.values()),
        found=read_section(other.with_suffix(".txt").read_text()),
        plain=plain_cost,
        unknot=unknot_cost,
        subtests=subtests.total(),
        differing=(
            *differing(outcomes, read_outcomes(other)),
            *changed(subtests, later_subtests),
        ),
    )


def table(rows: Iterable[Row]) -> list[str]:
    """The rows in Markdown."""
    heads = (
        "Suite", "Tests", "Subtests", "Measured", "Not measured", "With cycles", "With leaks",
        "Findings", "Without", "With", "With / without", "of CPU time", "Outcomes that differ",
    )  # fmt: skip
    lines = ["| " + " | ".join(heads) + " |", "| --- |" + " --: |" * (len(heads) - 1)]
    for row in rows:
        names = row.suite.part
        part = f", `{names[0]}`" if len(names) == 1 else f", {len(names)} files" if names else ""
        found = row.found
        cells: tuple[object, ...] = (
            f"{row.suite.name} {row.suite.version}{part}", row.tests, row.subtests, found.measured,
            found.unmeasured, found.cyclic, found.leaking, found.findings,
            f"{row.plain.wall:.1f} s", f"{row.unknot.wall:.1f} s",
            f"{row.unknot.wall / row.plain.wall:.1f}", f"{row.unknot.cpu / row.plain.cpu:.1f}",
            len(row.differing),
        )  # fmt: skip
        lines.append("| " + " | ".join(map(str, cells)) + " |")
    return lines


@click.command(context_settings={"help_option_names": ["-h", "--help"]})
@click.option(
    "--suite",
    "names",
    multiple=True,
    type=click.Choice([suite.name for suite in SUITES]),
    help="One of them; can be given several times.",
)
@click.option("--python", default=sys.executable, show_default="this one", help="Interpreter.")
@click.option(
    "-o",
    "--output",
    type=click.Path(file_okay=False, path_type=Path),
    default=Path("reports/suites"),
    show_default=True,
    help="Folder for the sources and the reports.",
)
def main(names: tuple[str, ...], python: str, output: Path) -> None:
    """Run other projects' suites without and with --unknot, and compare."""
    chosen = [suite for suite in SUITES if suite.name in (names or (suite.name,))]
    rows: list[Row] = []
    status = 0
    try:
        interpreter = resolve_interpreter(python)
        ensure_writable(output / "suites.json")
        with progress(Console(stderr=True), "suites", len(chosen)) as advance:
            for suite in chosen:
                try:
                    rows.append(survey(suite, output.absolute() / suite.name, interpreter))
                except UnknotError as error:
                    complain(error)
                    status = error.exit_code
                advance(suite.name)
                written = json.dumps([asdict(row) for row in rows], indent=1, ensure_ascii=False)
                replace(output / "suites.json", written.encode() + b"\n")
    except UnknotError as error:
        complain(error)
        sys.exit(error.exit_code)
    print("\n".join(table(rows)))
    for row in rows:
        for name in row.differing:
            print(f"{row.suite.name}: {name}: not the same with --unknot")
    sys.exit(status or int(any(row.differing for row in rows)))


if __name__ == "__main__":
    run_command(main, "python -m bench.suites")
