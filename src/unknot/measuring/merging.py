"""Merges partial results of one plan into one result. Pure."""

from __future__ import annotations

from collections.abc import Callable, Hashable, Iterable, Iterator, Sequence
from typing import NamedTuple, TypeVar

from msgspec import structs

from unknot.errors import UsageError
from unknot.measuring.comparison import compare_variants
from unknot.records import Cell, Part, PerOp, Plan, Result

__all__ = ["Merged", "merge"]

One = TypeVar("One")


class Merged(NamedTuple):
    """A merged result, with what is missing or contradictory in it."""

    result: Result
    missing: list[int]
    """Places of the plan that nobody measured."""
    contradictions: list[str]
    """Cells that were measured twice, with different counts: a finding, not an error."""


def merge(parts: Sequence[tuple[str, Result]]) -> Merged:
    """Merge results, each with the name used in errors.

    Raises :class:`~unknot.errors.UsageError` if they do not belong together: different plans,
    versions of unknot, or versions of installed packages.
    """
    first_name, first = parts[0]
    whole = _plan_of(first_name, first)
    for name, result in parts[1:]:
        _refuse_stranger(first_name, first, name, result)
    cells: dict[int, Cell] = {}
    contradictions = []
    for name, result in parts:
        for place, cell in zip(_plan_of(name, result).places, result.cells, strict=True):
            there = cells.get(place)
            if there is not None and None in (there.error, cell.error):
                there, cell = (cell, there) if there.error else (there, cell)
                if cell.error is None and (said := _contradiction(there, cell)):
                    contradictions.append(said)
                cell = there
            cells[place] = cell
    _refuse_other_packages(cells.values())
    places = sorted(cells)
    ordered = [cells[place] for place in places]
    missing = [place for place in range(whole.cells) if place not in cells]
    compared = []
    if whole.candidate is not None:
        compared = compare_variants(ordered, whole.candidate, whole.types)
    result = structs.replace(
        first,
        cells=ordered,
        comparisons=compared,
        latencies=_joined(parts, lambda one: one.latencies),
        allocations=_joined(parts, lambda one: one.allocations),
        holders=_joined(parts, lambda one: one.holders),
        interrupted=bool(missing),
        plan=structs.replace(whole, places=places, shard=None),
        parts=list(_parts(parts)),
    )
    return Merged(result, missing, contradictions)


def _plan_of(name: str, result: Result) -> Plan:
    plan = result.plan
    if plan is None or len(plan.places) != len(result.cells):
        raise UsageError(f"{name}: does not say which part of what it is; measure it anew")
    if any(place >= plan.cells for place in plan.places):
        raise UsageError(f"{name}: has a cell that its own plan has no place for")
    return plan


def _refuse_stranger(first_name: str, first: Result, name: str, result: Result) -> None:
    ours, theirs = _plan_of(first_name, first), _plan_of(name, result)
    if result.unknot != first.unknot:
        raise UsageError(
            f"{name}: measured by unknot {result.unknot}, but {first_name} by {first.unknot}"
        )
    if (theirs.digest, theirs.cells) != (ours.digest, ours.cells):
        raise UsageError(
            f"{name}: of another plan than {first_name}: other options, workload or interpreter"
        )


def _refuse_other_packages(cells: Iterable[Cell]) -> None:
    seen: dict[Hashable, Cell] = {}
    for cell in cells:
        key = (cell.python, tuple(cell.requirements))
        other = seen.setdefault(key, cell)
        for name in sorted(cell.packages.keys() | other.packages.keys()):
            ours, theirs = other.packages.get(name, "none"), cell.packages.get(name, "none")
            if ours != theirs and cell.packages and other.packages:
                raise UsageError(
                    f"{name} {ours} was installed for one part and {theirs} for another; "
                    f"name its version with --with '{name}==…'"
                )


def _contradiction(one: Cell, other: Cell) -> str | None:
    """A message about how two measurements of one cell differ; ``None`` if they agree."""
    for what, look in _LOOKS.items():
        ours, theirs = look(one), look(other)
        if ours != theirs:
            return f"{_name_of(one)}: measured twice, with other {what}: {ours} and {theirs}"
    return None


def _without_bytes(per_op: PerOp | None) -> PerOp | None:
    """Bytes depend on the length of paths, which strings such as a traceback's text have."""
    if per_op is None:
        return None
    return structs.replace(per_op, bytes=None, bytes_leaked=None, bytes_of_folders=0.0)


_LOOKS: dict[str, Callable[[Cell], object]] = {
    "verdicts": lambda cell: cell.verdict,
    "counts": lambda cell: _without_bytes(cell.per_op),
    "counts by type": lambda cell: {
        name: (kind.cyclic_per_op, kind.leaked_per_op)
        for name, kind in sorted(cell.types.items())
        if kind.cyclic_per_op or kind.leaked_per_op
    },
    "cycles": lambda cell: sorted(
        (cycle.signature, cycle.per_op, cycle.cut.edge) for cycle in cell.cycles
    ),
}


def _name_of(cell: Cell) -> str:
    parts = (cell.variant, cell.shape, cell.ending, cell.gc, f"Python {cell.python}")
    return " ".join(filter(None, parts))


def _joined(
    parts: Sequence[tuple[str, Result]], look: Callable[[Result], Iterable[One]]
) -> list[One]:
    """The concatenation of ``look(part)``, without duplicates."""
    joined: list[One] = []
    for _, result in parts:
        joined += [one for one in look(result) if one not in joined]
    return joined


def _parts(parts: Sequence[tuple[str, Result]]) -> Iterator[Part]:
    for name, result in parts:
        plan = _plan_of(name, result)
        if result.parts:
            yield from result.parts
        else:
            yield Part(environment=result.environment, places=plan.places, shard=plan.shard)
