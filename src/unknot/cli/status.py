"""Exit codes, and the mapping of what was measured to one of them."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from unknot.records import Cell, CellError, Result
    from unknot.records.judgement import Judgement

__all__ = [
    "BUG",
    "FINDING",
    "FINE",
    "INTERRUPTED",
    "TIME_LIMIT",
    "UNMEASURABLE",
    "WRONG_USE",
    "status_of",
    "status_of_error",
    "status_of_failures",
    "status_of_judgement",
    "worst_status",
]

FINE = 0
FINDING = 1
"""Something is left behind, is worse than before or over its budget; or it is undecided."""
WRONG_USE = 2
"""Wrong use or configuration; a file that cannot be read or written."""
UNMEASURABLE = 3
"""A workload that cannot be measured: it raises, ends its process, or cannot be installed."""
BUG = 70
"""A fault of unknot's own, with its traceback; sysexits.h calls it ``EX_SOFTWARE``."""
TIME_LIMIT = 124
"""A time limit before anything could be said."""
INTERRUPTED = 130

FAILED = ("raised", "crashed")
"""Kinds of error of which the workload is the cause, and not the time that it was given."""

_WORST_FIRST = (INTERRUPTED, FINDING, WRONG_USE, UNMEASURABLE, TIME_LIMIT)
"""Order of precedence: a finding is certain, whatever else went wrong."""


def worst_status(statuses: Iterable[int]) -> int:
    """The exit code for several: the first of ``_WORST_FIRST`` among them."""
    found = set(statuses)
    return next((status for status in _WORST_FIRST if status in found), FINE)


def status_of(cells: Sequence[Cell], mine: bool = False) -> int:
    """The exit code for what was measured; with ``mine``, for findings in one's own code alone."""
    return worst_status(status_of_cell(cell, mine) for cell in cells)


def status_of_failures(cells: Sequence[Cell]) -> int:
    """The exit code for what could not be measured; findings are ignored."""
    return worst_status(status_of_error(cell.error) for cell in cells if cell.error is not None)


def status_of_cell(cell: Cell, mine: bool = False) -> int:
    """The exit code for one cell, which may have a finding as well as an error after it."""
    if mine and _is_of_others(cell):
        return FINE if cell.error is None else status_of_error(cell.error)
    if cell.verdict == "undecided" and cell.error is not None and cell.error.kind in FAILED:
        return UNMEASURABLE
    if cell.verdict not in ("clean", None) or cell.lost_a_process:
        return FINDING
    if cell.error is None:
        return FINE if cell.verdict == "clean" else UNMEASURABLE
    return status_of_error(cell.error)


def status_of_error(error: CellError) -> int:
    """The exit code for a cell that could not be measured, or not completely."""
    by_kind = {"timeout": TIME_LIMIT, "interrupted": INTERRUPTED}
    return by_kind.get(error.kind, UNMEASURABLE)


def status_of_judgement(judgement: Judgement, result: Result) -> int:
    """The gate's exit code: every failure that is not a missing measurement is a finding."""
    kinds = {finding.kind for finding in judgement.of("failure")}
    statuses = [FINDING] if kinds - {"error", "stale"} else []
    if "stale" in kinds:
        statuses.append(WRONG_USE)
    if "error" in kinds:
        errors = [cell.error for cell in result.cells if cell.error is not None]
        statuses += map(status_of_error, errors) if errors else [UNMEASURABLE]
    return worst_status(statuses)


def _is_of_others(cell: Cell) -> bool:
    """Whether all findings belong to packages; undecided and unnamed ones do not."""
    from unknot.records import count_blame

    mine, others = count_blame(cell)
    decided = cell.verdict not in ("undecided", None) and cell.unnamed is None
    return decided and not mine and bool(others) and not cell.lost_a_process
