"""What failed cells said before they ended."""

from __future__ import annotations

from typing import NamedTuple

from unknot.records import Case, Cell, Result
from unknot.report.cases import name_of
from unknot.report.scenario import failed
from unknot.text import clip, visible

__all__ = ["Output", "outputs"]

_MOST = 24
_LONGEST = 20_000


class Output(NamedTuple):
    """The words of one cell, under what tells it from the others."""

    summary: str
    text: str


def outputs(result: Result) -> list[Output]:
    """Of the first cells that failed, message, traceback and output."""
    among = [cell.case for cell in result.cells]
    said = (_output(cell, among) for cell in failed(result)[:_MOST])
    return [output for output in said if output is not None]


def _output(cell: Cell, among: list[Case]) -> Output | None:
    assert cell.error is not None
    said = [cell.error.message, cell.error.traceback, cell.error.output]
    text = visible("\n\n".join(filter(None, said)), keep="\n\t")
    status = "" if cell.error.exit_status is None else f", exit status {cell.error.exit_status}"
    summary = f"{name_of(cell.case, among)}: {cell.error.kind}{status}"
    return Output(summary, clip(text, _LONGEST)) if text else None
