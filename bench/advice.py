"""What unknot advises for each known pattern, and what is left once the advice is followed.

``python -m bench.advice`` measures every program in ``bench/workloads/advice``, before and after,
and writes ``docs/advice.md``. With ``--check`` it writes nothing, and fails if the document
differs, or if an advice does not end its finding.
"""

from __future__ import annotations

import ast
import os
import re
import sys
from collections.abc import Sequence
from difflib import unified_diff
from pathlib import Path
from typing import NamedTuple

import click
from rich.console import Console

from unknot.cli.options import JOBS
from unknot.cli.output import complain
from unknot.cli.progress import progress
from unknot.environments.interpreters import resolve_interpreter
from unknot.errors import UnknotError
from unknot.measuring.plan import measure_cells
from unknot.measuring.spec import CellSpec, Effort
from unknot.records import Cell
from unknot.report.wording import cycle_trace, leak_trace

__all__ = [
    "DOCUMENT",
    "Pattern",
    "Taken",
    "advice_on",
    "document_of",
    "faults_of",
    "measure",
    "patterns",
]

ROOT = Path(__file__).parents[1]
FOLDER = ROOT / "bench" / "workloads" / "advice"
DOCUMENT = ROOT / "docs" / "advice.md"
EFFORT = Effort(ops=40, warmup=8, samples=1, confirm_ops=60, extra_rounds=4, time_limit=60.0)

HEAD = """# The advice

What unknot advises for each known pattern, with proof that the advice helps: each program was
measured, changed as advised, and measured again.

    python -m bench.advice           measures them, and writes this page
    python -m bench.advice --check   fails if this page is out of date; CI runs it

*Before* and *after* are the objects that an operation leaves behind. Made with CPython {python};
with other versions, some lines and figures differ, and the check compares only the advice.

"""

UNEVEN = re.compile(r"\d[\d,]*\.\d+|\d[\d,]*(?= bytes?\b)")
"""Figures that the check does not compare: bytes, and fractions, which vary by chance."""
PLACES = re.compile(r" \((?:its class is at )?[^()]*\.py[^()]*\)")
"""A position in the program, as advice states it."""


class Pattern(NamedTuple):
    """A program that leaves something behind, and the same program following the advice."""

    folder: Path

    @property
    def before(self) -> Path:
        return self.folder / "before.py"

    @property
    def after(self) -> Path:
        return self.folder / "after.py"

    @property
    def title(self) -> str:
        """What the program does."""
        return (ast.get_docstring(ast.parse(self.before.read_text())) or "").rstrip(".")


class Taken(NamedTuple):
    """A pattern measured before and after."""

    pattern: Pattern
    before: Cell
    after: Cell

    @property
    def fault(self) -> str | None:
        """Why the advice is none."""
        for cell in (self.before, self.after):
            if cell.error is not None:
                return cell.error.message
        if len(self.before.cycles) + len(self.before.leaks) != 1:
            return f"{len(self.before.cycles)} cycles and {len(self.before.leaks)} leaks, not one"
        if self.after.verdict != "clean":
            return f"the program is {self.after.verdict} after the advice was taken"
        return None


def patterns() -> list[Pattern]:
    """All patterns, sorted by name."""
    return [Pattern(path.parent) for path in sorted(FOLDER.glob("*/before.py"))]


def measure(chosen: Sequence[Pattern], python: str, jobs: int, console: Console) -> list[Taken]:
    """Each pattern, before and after."""
    paths = [path for each in chosen for path in (each.before, each.after)]
    specs = [
        CellSpec(workload=os.path.relpath(path, ROOT), python=python, effort=EFFORT)
        for path in paths
    ]
    cells: dict[int, Cell] = {}
    with progress(console, "programs", len(specs)) as advance:
        for place, cell in measure_cells(specs, jobs):
            cells[place] = cell
            advance(specs[place].workload)
    return [
        Taken(each, cells[2 * place], cells[2 * place + 1]) for place, each in enumerate(chosen)
    ]


def document_of(taken: Sequence[Taken]) -> str:
    """The page: a table, then the programs with what unknot reports for them."""
    rows = ["| Pattern | Advice | Before | After |", "| --- | --- | --: | --: |"]
    sections = []
    for one in taken:
        title = one.pattern.title
        rows.append(
            f"| {title} | {advice_on(one.before)} | {left(one.before)} | {left(one.after)} |"
        )
        verdict = f"The verdict is *{one.after.verdict}*:"
        sections += [
            f"## {title}",
            fenced(program(one.pattern.before), "python"),
            fenced(trace_of(one.before), "text"),
            f"After the advice, {summary(one.pattern.after)}. {verdict}",
            fenced(program(one.pattern.after), "python"),
        ]
    head = HEAD.format(python=minor_of(taken))
    return head + "\n".join(rows) + "\n\n" + "\n\n".join(sections) + "\n"


def faults_of(page: str, taken: Sequence[Taken]) -> list[str]:
    """The faults: advice that does not help, or is not on the page."""
    faults = [f"{one.pattern.folder.name}: {one.fault}" for one in taken if one.fault]
    if faults:
        return faults
    if f"CPython {minor_of(taken)};" in page:
        there, here = (UNEVEN.sub("N", text) for text in (page, document_of(taken)))
        return list(unified_diff(there.splitlines(), here.splitlines(), lineterm="", n=0))
    bare = PLACES.sub("", page)
    said = [PLACES.sub("", advice_on(one.before)) for one in taken]
    return [f"the page has no advice such as: {advice}" for advice in said if advice not in bare]


def minor_of(taken: Sequence[Taken]) -> str:
    """The version of the interpreter that ran the programs, such as ``3.11``."""
    return ".".join(taken[0].before.python.split(".")[:2]) if taken else ""


def advice_on(cell: Cell) -> str:
    """The text for the table."""
    if cell.cycles:
        return cell.cycles[0].cut.instruction.replace("|", "/")
    leak = cell.leaks[0]
    return (leak.advice or leak.note or "").replace("|", "/")


def left(cell: Cell) -> str:
    """Objects that an operation leaves."""
    return f"{cell.per_op.retained if cell.per_op else 0:g}"


def trace_of(cell: Cell) -> str:
    lines = cycle_trace(cell.cycles[0]) if cell.cycles else leak_trace(cell.leaks[0])
    return "\n".join(lines)


def program(path: Path) -> str:
    """The program's text, without its docstring."""
    return path.read_text().partition('"""\n')[2].strip("\n")


def summary(path: Path) -> str:
    """What it says of itself, to stand within a sentence."""
    said = ast.get_docstring(ast.parse(path.read_text())) or ""
    return said[:1].lower() + said[1:].rstrip(".")


def fenced(text: str, language: str) -> str:
    return f"```{language}\n{text}\n```"


@click.command(context_settings={"help_option_names": ["-h", "--help"]})
@click.option("--check", is_flag=True, help="Write nothing; fail if the document differs.")
@click.option("--python", default=sys.executable, help="The interpreter that runs the programs.")
@click.option("--jobs", type=JOBS, default=2, show_default=True, help="Programs at the same time.")
def main(check: bool, python: str, jobs: int) -> None:
    """What unknot advises for each pattern, and what is left once the advice is followed."""
    os.chdir(ROOT)  # paths in the document are below it
    try:
        interpreter = resolve_interpreter(python).path
        taken = measure(patterns(), interpreter, jobs, Console(stderr=True))
    except UnknotError as error:
        complain(error)
        sys.exit(error.exit_code)
    faults = faults_of(DOCUMENT.read_text(encoding="utf-8") if check else "", taken)
    if not check and not any(one.fault for one in taken):
        DOCUMENT.write_text(document_of(taken), encoding="utf-8")
        faults = []
    for fault in faults:
        click.echo(fault, err=True)
    click.echo(f"{len(taken)} patterns, {'not as they should be' if faults else 'all hold'}")
    sys.exit(1 if faults else 0)


if __name__ == "__main__":
    main()
