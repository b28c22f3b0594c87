"""Which cell of one result is compared with which of another."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from unknot.errors import UsageError
from unknot.records import Cell

__all__ = ["Pairing", "minor_of", "pair_by_name", "pair_by_order"]

Key = tuple[str, str, str | None, str | None, str, str, int]


@dataclass(frozen=True, slots=True, kw_only=True)
class Pairing:
    """All cells of two results: what belongs together, and what is on one side alone.

    A cell with an error counts as not measured.
    """

    pairs: list[tuple[Cell, Cell]]
    gone: list[Cell]
    """Measured before, and not there now."""
    failed: list[tuple[Cell, Cell]]
    """Measured before, and an error now."""
    added: list[Cell]
    """Measured now, and not before."""
    across: list[tuple[Cell, Cell]]
    """Of the pairs those that were measured by different minor versions of Python."""
    skipped: list[str]
    """Minor versions of Python that were measured before and not at all now."""


def pair_by_name(before: Sequence[Cell], after: Sequence[Cell]) -> Pairing:
    """Cells of one workload, variant, shape, ending, collector mode and load belong together.

    Of several interpreters the one with the same minor version, else the nearest. What was
    measured under an interpreter that is not there now is no loss, so long as another was.
    """
    found = _Found()
    known = _numbered(cell for cell in before if cell.error is None)
    by_key: dict[tuple[Key, int], list[Cell]] = {}
    for (key, number), cell in known:
        by_key.setdefault((key, number), []).append(cell)
    taken: set[int] = set()
    for slot, cell in _numbered(after):
        candidates = by_key.get(slot, [])
        if not candidates:
            found.alone(cell)
            continue
        twin = min(candidates, key=lambda other: _distance(other, cell))
        taken.add(id(twin))
        found.together(twin, cell)
    minors_after = {minor_of(cell.python) for cell in after}
    kept = {slot for slot, _ in _numbered(after)}
    for slot, cell in known:
        if id(cell) not in taken:
            if slot in kept and minor_of(cell.python) not in minors_after:
                found.skip(cell)
            else:
                found.gone.append(cell)
    return found.pairing()


def pair_by_order(before: Sequence[Cell], after: Sequence[Cell]) -> Pairing:
    """The first with the first, and so on: for results whose variants have different names.

    Raises :class:`~unknot.errors.UsageError` where the numbers differ.
    """
    if len(before) != len(after):
        raise UsageError(
            f"{len(before)} and {len(after)} cells cannot be compared one by one: "
            "measure both with the same options"
        )
    found = _Found()
    for one, other in zip(before, after, strict=True):
        if one.error is None:
            found.together(one, other)
        else:
            found.alone(other)
    return found.pairing()


def minor_of(python: str) -> tuple[int, ...]:
    """``(3, 11)`` of ``3.11.7``; empty where there is no version."""
    parts = python.split(".")[:2]
    return tuple(int(part) for part in parts) if all(map(_is_small, parts)) else ()


class _Found:
    """A pairing while it is made."""

    def __init__(self) -> None:
        self.pairs: list[tuple[Cell, Cell]] = []
        self.gone: list[Cell] = []
        self.failed: list[tuple[Cell, Cell]] = []
        self.added: list[Cell] = []
        self.across: list[tuple[Cell, Cell]] = []
        self.skipped: dict[str, None] = {}

    def together(self, before: Cell, after: Cell) -> None:
        if after.error is not None:
            self.failed.append((before, after))
            return
        self.pairs.append((before, after))
        if minor_of(before.python) != minor_of(after.python):
            self.across.append((before, after))

    def alone(self, after: Cell) -> None:
        if after.error is None:
            self.added.append(after)

    def skip(self, before: Cell) -> None:
        self.skipped[".".join(map(str, minor_of(before.python)))] = None

    def pairing(self) -> Pairing:
        return Pairing(
            pairs=self.pairs,
            gone=self.gone,
            failed=self.failed,
            added=self.added,
            across=self.across,
            skipped=list(self.skipped),
        )


def _numbered(cells: Iterable[Cell]) -> list[tuple[tuple[Key, int], Cell]]:
    """Cells with their key; equal ones of one interpreter are told apart by their order."""
    seen: Counter[tuple[Key, tuple[int, ...]]] = Counter()
    numbered = []
    for cell in cells:
        one = _key(cell), minor_of(cell.python)
        numbered.append(((one[0], seen[one]), cell))
        seen[one] += 1
    return numbered


def _key(cell: Cell) -> Key:
    return (
        cell.workload,
        cell.variant,
        cell.shape,
        cell.ending,
        cell.gc,
        cell.backend,
        cell.in_flight,
    )


def _distance(one: Cell, other: Cell) -> tuple[int, int]:
    """How far apart two interpreters are; an unknown one is farthest."""
    mine, theirs = minor_of(one.python), minor_of(other.python)
    if len(mine) < 2 or len(theirs) < 2:
        return (0, 0) if mine == theirs else (1000, 0)
    return abs(mine[0] - theirs[0]), abs(mine[1] - theirs[1])


def _is_small(part: str) -> bool:
    return part.isascii() and part.isdigit() and len(part) < 6
