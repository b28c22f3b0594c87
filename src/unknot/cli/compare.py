"""``unknot compare A B``: what changed from one result, or one release, to the next."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import click
from msgspec import structs
from rich.console import Console

from unknot import files
from unknot.attach.magic import is_dump
from unknot.cli.console import make_console
from unknot.cli.options import effort_of, measuring
from unknot.cli.portion import Selection, dividing
from unknot.cli.run_record import Planned, Run
from unknot.cli.signals import shielded
from unknot.cli.status import FINDING, FINE, status_of, worst_status
from unknot.environments.interpreters import resolve_interpreter
from unknot.errors import UsageError
from unknot.gate import Pairing, compare, compare_in_turn, in_turn, pair, pair_by_order
from unknot.measuring.source import source_of
from unknot.measuring.spec import CellSpec
from unknot.records import Cell, Difference, GcMode, Result, read_result
from unknot.records.file import is_there
from unknot.report.cases import name_of
from unknot.report.terminal import print_comparison, styled
from unknot.text import one_line

__all__ = ["command"]


@click.command("compare")
@click.argument("before")
@click.argument("after")
@click.option("-w", "--workload", help="Measure this workload with requirements BEFORE and AFTER.")
@measuring
@dividing
def command(
    before: str,
    after: str,
    workload: str | None,
    output: Path | None,
    quiet: bool,
    verbose: bool,
    jobs: int,
    asked: Selection,
    **measurement: Any,
) -> None:
    """Show what changed from BEFORE to AFTER, by type and by cycle; exit with 1 if it got worse.

    Both are JSON results of runs, or dumps of the same process. With -w they are requirements such
    as 'name==1.2': the workload is then measured in two environments, one with each, in turn.
    --resume without -o updates the result that it resumes.
    """
    output = output or (asked.resume if workload is not None else None)
    console = make_console(stderr=files.is_standard_output(output))
    if workload is None and all(is_dump(Path(name)) for name in (before, after)):
        sys.exit(_compare_dumps(before, after, output, verbose))
    if workload is None:
        _refuse_to_measure(before, after, output, asked)
        ours, theirs = (read_result(Path(name)).cells for name in (before, after))
        pairing = pair(ours, theirs)
        _show(ours, theirs, pairing, console, quiet, verbose)
        sys.exit(_status(compare(ours, theirs, lambda *_: pairing), pairing, theirs))
    if output is not None:
        inputs = {"the workload": source_of(workload)}
        inputs |= {name: Path(name) for name in (before, after)}
        files.ensure_distinct({"-o": output}, inputs)
        files.ensure_writable(output)
    run = Comparison(title=f"{workload}: {before} → {after}", output=output, jobs=jobs, asked=asked)
    err_console = make_console(stderr=True, quiet=quiet)
    mine = run.prepare(lambda: _plan(before, after, workload, **measurement), err_console)
    with run.stoppable():
        run.measure(mine, err_console)
    with shielded():
        _show(*in_turn(run.cells), run.pairing(), console, quiet, verbose)
        run.finish()
    sys.exit(run.status(run.judge))


def _compare_dumps(before: str, after: str, output: Path | None, verbose: bool) -> int:
    """Show what one dump has more than the other; 1 where something grew, or a cycle is new."""
    from unknot.cli.explain import look_file, show
    from unknot.records.look_file import encode_look
    from unknot.report.look import change_lines, new_cycles

    if output is not None:
        files.ensure_distinct({"-o": output}, {name: Path(name) for name in (before, after)})
        files.ensure_writable(output)
    file = look_file(Path(after), Path(before))
    assert file.before is not None
    if output is not None:
        files.replace(output, encode_look(file))
    show(change_lines(file.before, file.look, verbose=verbose))
    return FINDING if file.look.grown or new_cycles(file.before, file.look) else FINE


class Comparison(Run):
    """A run that measures two requirements in turn."""

    def pairing(self) -> Pairing:
        return pair_by_order(*in_turn(self.cells))

    def result(self) -> Result:
        result = super().result()
        plan = result.plan
        return structs.replace(
            result,
            differences=compare_in_turn(self.cells),
            plan=structs.replace(plan, in_turn=True) if plan is not None else None,
        )

    def judge(self, cells: Sequence[Cell]) -> int:
        """The exit code; another share of the plan may have the counterparts of all cells."""
        if self.asked.share is not None and not self.pairing().pairs:
            return status_of([cell for cell in cells if cell.error is not None])
        return _status(compare_in_turn(self.cells), self.pairing(), cells)


def _plan(
    before: str,
    after: str,
    workload: str,
    *,
    modes: tuple[GcMode, ...],
    requirements: tuple[str, ...],
    as_of: str | None,
    pythons: tuple[str, ...],
    in_flight: int,
    backend: str,
    level: str | None,
    **numbers: Any,
) -> list[Planned]:
    """The cells of both, in turn: one and the other under the same interpreter and collector."""
    if all(name.endswith(".json") and is_there(Path(name)) for name in (before, after)):
        raise UsageError(f"{before} and {after} are results, already measured: leave out -w")
    effort = effort_of(level, numbers)
    return [
        (
            CellSpec(
                workload=workload,
                variant=requirement,
                requirements=(requirement, *requirements),
                as_of=as_of,
                in_flight=in_flight,
                backend=backend,
                effort=effort,
                gc=mode,
                python=interpreter.path,
                makers=True,
            ),
            interpreter,
        )
        for interpreter in dict.fromkeys(map(resolve_interpreter, pythons))
        for mode in modes
        for requirement in (before, after)
    ]


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


def _refuse_to_measure(before: str, after: str, output: Path | None, asked: Selection) -> None:
    for name in (before, after):
        if not is_there(Path(name)):
            raise UsageError(
                f"{name}: there is no such file; to compare two requirements, name a workload "
                "with -w"
            )
    if output is not None:
        raise UsageError("-o is for what is measured, with -w")
    if asked.given:
        raise UsageError("--shard, --resume and --on are for what is measured, with -w")


def _status(differences: Sequence[Difference], pairing: Pairing, cells: Sequence[Cell]) -> int:
    """A regression, or a cell that is not there any more, is a finding; what else is measured is
    not."""
    failed = [cell for cell in cells if cell.error is not None]
    if not failed and not pairing.pairs:
        raise UsageError("the two have no cell in common: nothing can be compared")
    worse = bool(pairing.gone) or any(one.worse for one in differences)
    return worst_status([FINDING if worse else FINE, status_of(failed)])
