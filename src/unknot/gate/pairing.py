"""Pairs the cells of two results for comparison."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from unknot.errors import UsageError
from unknot.records import Case, Cell

__all__ = ["Pairing", "in_turn", "minor_of", "pair", "pair_by_name", "pair_by_order"]


Slot = tuple[Case, int]
"""A case, and the position among cells of equal case and interpreter."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Pairing:
    """The cells of two results: pairs, and cells on one side only.

    A cell with an error counts as not measured.
    """

    pairs: list[tuple[Cell, Cell]]
    gone: list[Cell]
    """Measured before and missing now."""
    failed: list[tuple[Cell, Cell]]
    """Measured before and failed now."""
    added: list[Cell]
    """Measured now and not before."""
    across: list[tuple[Cell, Cell]]
    """The pairs measured under different minor versions of Python."""
    reinstalled: list[tuple[Cell, Cell]]
    """The pairs measured with different requirements."""
    skipped: list[str]
    """Minor versions of Python measured before and not at all now."""


def pair(before: Sequence[Cell], after: Sequence[Cell]) -> Pairing:
    """Pairs by name, or by order if no name is in both, as for two variants of one workload."""
    pairing = pair_by_name(before, after)
    if not pairing.pairs and not pairing.failed and len(before) == len(after):
        return pair_by_order(before, after)
    return pairing


def pair_by_name(before: Sequence[Cell], after: Sequence[Cell]) -> Pairing:
    """Pairs cells of equal cases, regardless of their interpreter.

    Of several interpreters, the one with the same minor version is chosen, or else the nearest. A
    cell measured under an interpreter that is missing now is not reported as gone if the same case
    was measured under another one, or if another minor version is on both sides. If no cell with
    the same requirements is on the other side, one with different requirements is chosen.
    """
    found = _Builder(_minors(before), _minors(after))
    gone, added = found.pair([cell for cell in before if cell.error is None], after, "python")
    gone, added = found.pair(gone, added, "python", "requirements")
    found.gone = gone
    for cell in added:
        found.alone(cell)
    return found.pairing()


def pair_by_order(before: Sequence[Cell], after: Sequence[Cell]) -> Pairing:
    """Pairs cells in order, for results whose variants have different names.

    Raises :class:`~unknot.errors.UsageError` if the numbers of cells differ.
    """
    if len(before) != len(after):
        raise UsageError(
            f"{len(before)} and {len(after)} cells cannot be compared one by one: "
            "measure both with the same options"
        )
    found = _Builder(set(), set())
    for one, other in zip(before, after, strict=True):
        if one.error is None:
            found.together(one, other)
        else:
            found.alone(other)
    return found.pairing()


def minor_of(python: str) -> tuple[int, ...]:
    """``(3, 11)`` for ``3.11.7``; empty if there is no version."""
    parts = python.split(".")[:2]
    return tuple(int(part) for part in parts) if all(map(_is_small, parts)) else ()


class _Builder:
    """Builds a pairing."""

    def __init__(self, before: set[tuple[int, ...]], after: set[tuple[int, ...]]) -> None:
        """``before`` and ``after`` are the minor versions of Python on each side."""
        self._measured, self._shared = after, before & after
        self.pairs: list[tuple[Cell, Cell]] = []
        self.gone: list[Cell] = []
        self.failed: list[tuple[Cell, Cell]] = []
        self.added: list[Cell] = []
        self.across: list[tuple[Cell, Cell]] = []
        self.reinstalled: list[tuple[Cell, Cell]] = []
        self.skipped: dict[str, None] = {}

    def pair(
        self, before: Sequence[Cell], after: Sequence[Cell], *whatever: str
    ) -> tuple[list[Cell], list[Cell]]:
        """Pair cells whose cases are equal without those parts. Returns the unpaired cells."""
        slots: dict[Slot, list[Cell]] = {}
        for slot, cell in _numbered(before, whatever):
            slots.setdefault(slot, []).append(cell)
        taken: set[int] = set()
        added, kept = [], set()
        for slot, cell in _numbered(after, whatever):
            if slot in slots:
                twin = min(slots[slot], key=lambda other: _distance(other, cell))
                taken.add(id(twin))
                kept.add(slot)
                self.together(twin, cell)
            else:
                added.append(cell)
        gone = []
        for slot, cells in slots.items():
            for cell in cells:
                if id(cell) in taken:
                    continue
                is_other = minor_of(cell.python) not in self._measured
                if is_other and (slot in kept or self._shared):
                    self.skip(cell)
                else:
                    gone.append(cell)
        return gone, added

    def together(self, before: Cell, after: Cell) -> None:
        if after.error is not None:
            self.failed.append((before, after))
            return
        self.pairs.append((before, after))
        if minor_of(before.python) != minor_of(after.python):
            self.across.append((before, after))
        if before.requirements != after.requirements:
            self.reinstalled.append((before, after))

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
            reinstalled=self.reinstalled,
            skipped=list(self.skipped),
        )


def _minors(cells: Iterable[Cell]) -> set[tuple[int, ...]]:
    return {minor_of(cell.python) for cell in cells}


def _numbered(cells: Iterable[Cell], whatever: Sequence[str]) -> list[tuple[Slot, Cell]]:
    """Cells with their slots: cells of equal case and interpreter are numbered in order."""
    seen: Counter[tuple[Case, tuple[int, ...]]] = Counter()
    numbered = []
    for cell in cells:
        case = cell.case.without(*whatever)
        one = case, minor_of(cell.python)
        numbered.append(((case, seen[one]), cell))
        seen[one] += 1
    return numbered


def _distance(one: Cell, other: Cell) -> tuple[int, int]:
    """The distance between two interpreters' versions; greatest if one is unknown."""
    mine, theirs = minor_of(one.python), minor_of(other.python)
    if len(mine) < 2 or len(theirs) < 2:
        return (0, 0) if mine == theirs else (1000, 0)
    return abs(mine[0] - theirs[0]), abs(mine[1] - theirs[1])


def _is_small(part: str) -> bool:
    return part.isascii() and part.isdigit() and len(part) < 6


def in_turn(cells: Mapping[int, Cell]) -> tuple[list[Cell], list[Cell]]:
    """The cells at even places of a plan, and those behind them, where both are there."""
    firsts = [place for place in sorted(cells) if place % 2 == 0 and place + 1 in cells]
    return [cells[place] for place in firsts], [cells[place + 1] for place in firsts]
