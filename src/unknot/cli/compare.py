"""``unknot compare A B``: what changed from one result, or one release, to the next."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import click
from rich.console import Console

from unknot import report
from unknot.attach.magic import is_dump
from unknot.cli.console import make_console
from unknot.cli.draft import Draft
from unknot.cli.options import effort_of, measuring, prepare, result_of
from unknot.cli.output import say_interrupted
from unknot.cli.progress import progress
from unknot.cli.signals import shielded
from unknot.cli.status import FINDING, FINE, INTERRUPTED, gravest, status_of
from unknot.environments.interpreters import resolve_interpreter
from unknot.errors import UsageError
from unknot.gate import Pairing, compare, pair, pair_by_order
from unknot.measure.plan import measure_cells
from unknot.measure.source import source_of
from unknot.measure.spec import CellSpec
from unknot.records import Cell, Difference, GcMode, Result, read_result
from unknot.records.file import is_there
from unknot.report.cases import name_of
from unknot.report.terminal import print_comparison, styled
from unknot.text import one_line

__all__ = ["command"]


@click.command("compare")
@click.argument("before")
@click.argument("after")
@click.option("-w", "--workload", help="Measure it with requirement BEFORE and with AFTER.")
@measuring
def command(
    before: str,
    after: str,
    workload: str | None,
    output: Path | None,
    quiet: bool,
    verbose: bool,
    **measurement: Any,
) -> None:
    """Say what changed from BEFORE to AFTER, per type and per cycle; exit code 1 if for the worse.

    Both are JSON results of runs, or dumps of one process; or, with -w, requirements such as
    'name==1.2', and the workload is measured with each of them in an environment of its own, in
    turn.
    """
    console = make_console(stderr=report.is_standard_output(output))
    if workload is None and all(is_dump(Path(name)) for name in (before, after)):
        sys.exit(_compare_dumps(before, after, output, verbose))
    if workload is None:
        _refuse_to_measure(before, after, output)
        ours, theirs = (read_result(Path(name)).cells for name in (before, after))
        pairing = pair(ours, theirs)
        _show(ours, theirs, pairing, console, quiet, verbose)
        sys.exit(_status(compare(ours, theirs, lambda *_: pairing), pairing, theirs))
    if output is not None:
        inputs = {"the workload": source_of(workload)}
        inputs |= {name: Path(name) for name in (before, after)}
        report.ensure_distinct({"-o": output}, inputs)
        report.ensure_writable(output)
    started = datetime.now(UTC).astimezone()
    told = make_console(stderr=True, quiet=quiet)
    run = _Run(f"{workload}: {before} → {after}", started)
    draft = Draft(output, run.result)
    draft.begin()
    specs = _plan(before, after, workload, told, **measurement)
    try:
        with progress(told, "cells", len(specs)) as advance:
            for index, cell in measure_cells(specs, 1, advance.within):
                run.cells.append(cell)
                draft.save()
                advance(specs[index].label)
    except KeyboardInterrupt:
        run.interrupted = True
        say_interrupted(run.cells, len(specs))
    with shielded():
        _show(*run.sides(), run.pairing(), console, quiet, verbose)
        draft.finish()
    if run.interrupted:
        sys.exit(INTERRUPTED)
    sys.exit(_status(run.differences(), run.pairing(), run.cells))


def _compare_dumps(before: str, after: str, output: Path | None, verbose: bool) -> int:
    """Show what one dump has more than the other; 1 where something grew, or a cycle is new."""
    from unknot.cli.explain import look_file, show
    from unknot.records.look_file import encode_look
    from unknot.report.look import change_lines, new_cycles

    if output is not None:
        report.ensure_distinct({"-o": output}, {name: Path(name) for name in (before, after)})
        report.ensure_writable(output)
    file = look_file(Path(after), Path(before))
    assert file.before is not None
    if output is not None:
        report.replace(output, encode_look(file))
    show(change_lines(file.before, file.look, verbose=verbose))
    return FINDING if file.look.grown or new_cycles(file.before, file.look) else FINE


@dataclass(slots=True)
class _Run:
    """What is measured of two requirements so far, one and the other in turn."""

    title: str
    started: datetime
    cells: list[Cell] = field(default_factory=list)
    interrupted: bool = False

    def sides(self) -> tuple[list[Cell], list[Cell]]:
        """The cells of the one and of the other, as many of each: one alone has no counterpart."""
        ours, theirs = self.cells[0::2], self.cells[1::2]
        return ours[: len(theirs)], theirs

    def pairing(self) -> Pairing:
        return pair_by_order(*self.sides())

    def differences(self) -> list[Difference]:
        ours, theirs = self.sides()
        return compare(ours, theirs, lambda *_: self.pairing())

    def result(self) -> Result:
        return result_of(self.title, self.cells, self.started, self.interrupted, self.differences())


def _plan(
    before: str,
    after: str,
    workload: str,
    console: Console,
    *,
    modes: tuple[GcMode, ...],
    requirements: tuple[str, ...],
    as_of: str | None,
    pythons: tuple[str, ...],
    in_flight: int,
    backend: str,
    level: str | None,
    **numbers: Any,
) -> list[CellSpec]:
    """The cells of both, in turn: one and the other under the same interpreter and collector."""
    if all(name.endswith(".json") and is_there(Path(name)) for name in (before, after)):
        raise UsageError(f"{before} and {after} are results, already measured: leave out -w")
    effort = effort_of(level, numbers)
    interpreters = list(dict.fromkeys(map(resolve_interpreter, pythons)))
    specs = []
    for interpreter in interpreters:
        sides = [
            prepare(
                CellSpec(
                    workload=workload,
                    variant=requirement,
                    requirements=(requirement, *requirements),
                    as_of=as_of,
                    in_flight=in_flight,
                    backend=backend,
                    effort=effort,
                ),
                interpreter,
                console,
            )
            for requirement in (before, after)
        ]
        specs += [replace(side, gc=mode) for mode in modes for side in sides]
    return specs


def _show(
    ours: Sequence[Cell],
    theirs: Sequence[Cell],
    pairing: Pairing,
    console: Console,
    quiet: bool,
    verbose: bool,
) -> None:
    differences = compare(ours, theirs, lambda *_: pairing)
    print_comparison(differences, pairing.pairs, console, quiet=quiet, verbose=verbose)
    for said, cells in (
        ("not measured any more", pairing.gone),
        ("not measured before", pairing.added),
        ("failed", [cell for cell in theirs if cell.error is not None]),
        ("failed before", [cell for cell in ours if cell.error is not None]),
    ):
        for cell in cells:
            why = f": {one_line(cell.error.message)}" if cell.error is not None else ""
            text = f"{name_of(cell.case)}: {said}{why}"
            console.print(styled(text, "", console.options.ascii_only), soft_wrap=True)


def _refuse_to_measure(before: str, after: str, output: Path | None) -> None:
    for name in (before, after):
        if not is_there(Path(name)):
            raise UsageError(
                f"{name}: there is no such file; to compare two requirements, name a workload "
                "with -w"
            )
    if output is not None:
        raise UsageError("-o is for what is measured, with -w")


def _status(differences: Sequence[Difference], pairing: Pairing, cells: Sequence[Cell]) -> int:
    """A regression, or a cell that is not there any more, is a finding; what else is measured is
    not."""
    failed = [cell for cell in cells if cell.error is not None]
    if not failed and not pairing.pairs:
        raise UsageError("the two have no cell in common: nothing can be compared")
    worse = bool(pairing.gone) or any(one.worse for one in differences)
    return gravest([FINDING if worse else FINE, status_of(failed)])
