"""What the measurement itself found odd, cell by cell."""

from __future__ import annotations

from unknot.records import Result
from unknot.report.cases import name_of
from unknot.text import clip, visible

__all__ = ["notes"]

_LONGEST = 300


def notes(result: Result) -> list[str]:
    """Each note once, after the cells it is about; first why a verdict is not confirmed."""
    subjects: dict[str, list[str]] = {}
    among = [cell.case for cell in result.cells]
    for cell in result.cells:
        subject = name_of(cell.case, among)
        doubt = [f"unconfirmed: {cell.unconfirmed}"] if cell.unconfirmed is not None else []
        for note in (*doubt, *cell.notes):
            subjects.setdefault(note, []).append(subject)
    return [
        f"{cells[0]}{_others(len(cells))}: {clip(visible(note), _LONGEST)}"
        for note, cells in subjects.items()
    ]


def _others(cells: int) -> str:
    return f" and {cells - 1} more" if cells > 1 else ""
