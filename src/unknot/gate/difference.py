"""Finds what changed between two measurements of one case, figure by figure.

Counts per operation are compared exactly. If the rounds of a cell do not agree, a change has to
exceed the differences between the rounds of both cells together.

Rounds that differ by one object agree: an event that happens once in a thousand operations occurs
in one round and not in the next. A rate of 0 is exact regardless of single rounds: the growth did
not continue, so the rounds of a cache that filled up do not excuse a change.

Bytes depend on the allocator and so on the interpreter: they are not compared between versions.
They may differ by the differences between rounds and by one block per round.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from math import inf, isfinite
from typing import Literal, NamedTuple

from unknot.gate.pairing import Pairing, in_turn, pair_by_name, pair_by_order
from unknot.records import Cell, Difference, Result, TypeCount, Window

__all__ = [
    "Count",
    "Rate",
    "compare",
    "compare_in_turn",
    "copies",
    "differences",
    "exceeds",
    "total_rates",
    "type_bytes",
    "type_rates",
]

Count = Literal["cyclic", "leaked", "retained", "blocks", "blocks_leaked", "bytes", "copies"]
WORSE = frozenset({"cyclic", "leaked", "blocks_leaked", "bytes", "copies"})
"""Measures of which an increase is a regression. Retained and blocks include prompt objects."""

BLOCK = 16
"""The allocator's smallest block in bytes. Rounds that differ by one block agree."""
LARGE = 512
"""Bytes above which blocks come from malloc. It may hand out 16 bytes more than were asked for,
where the rest of a free block is too small to be one; that differs from process to process."""

NOTHING = TypeCount(
    before=0,
    after=0,
    peak=0,
    retained_per_op=0.0,
    cyclic_per_op=0.0,
    leaked_per_op=0.0,
    garbage_per_op=0.0,
)
ROUNDING = 1e-9


class Rate(NamedTuple):
    """A rate per operation, and the difference between the rounds."""

    value: float
    spread: float


def compare(
    before: Result | Sequence[Cell],
    after: Result | Sequence[Cell],
    pairing: Callable[[Sequence[Cell], Sequence[Cell]], Pairing] = pair_by_name,
) -> list[Difference]:
    """All figures that differ, the greatest change first."""
    found = [
        difference
        for one, other in pairing(_cells(before), _cells(after)).pairs
        for difference in differences(one, other)
    ]
    return sorted(found, key=lambda difference: -abs(difference.after - difference.before))


def differences(before: Cell, after: Cell) -> list[Difference]:
    """The figures of two cells that differ: totals, types, then signatures of cycles."""
    return [*_totals(before, after), *_types(before, after), *_signatures(before, after)]


def exceeds(value: Rate, other: Rate) -> bool:
    """Whether ``value`` is greater than ``other`` by more than their rounds explain."""
    return value.value - other.value > _allowance(value) + _allowance(other) + ROUNDING


def total_rates(cell: Cell) -> dict[Count, Rate]:
    """The figures of :class:`~unknot.records.PerOp` that are compared."""
    if cell.per_op is None:
        return {}
    per_op, step = cell.per_op, step_of(cell)
    gained: dict[Count, tuple[float, Callable[[Window], int]]] = {
        "cyclic": (per_op.cyclic, lambda window: window.live - window.survived),
        "leaked": (per_op.leaked, lambda window: window.survived - window.base),
        "retained": (per_op.retained, lambda window: window.live - window.base),
        "blocks": (per_op.blocks, lambda window: window.blocks),
        "blocks_leaked": (per_op.blocks_leaked, lambda window: window.blocks_survived),
    }
    rates = {
        measure: Rate(value, _forgive(_spread(cell.windows, count), step))
        for measure, (value, count) in gained.items()
    }
    if per_op.bytes is not None:
        spread = _spread_but_highest(cell.windows, lambda window: window.bytes or 0)
        elsewhere = max(per_op.bytes - per_op.bytes_of_folders, 0.0)
        large = elsewhere // LARGE  # at most so many; of two cells each forgives half
        rounding = BLOCK * max(step, per_op.strings_with_folders + large / 2)
        rates["bytes"] = Rate(elsewhere, max(spread, rounding))
    return rates


def type_rates(cell: Cell, name: str) -> dict[Count, Rate]:
    """The rates of the objects of type ``name`` that an operation leaves behind."""
    of_type, step = cell.types.get(name, NOTHING), step_of(cell)
    cyclic = _forgive(of_type.cyclic_spread, step)
    leaked = _forgive(of_type.leaked_spread, step)
    return {
        "cyclic": Rate(of_type.cyclic_per_op, cyclic),
        "leaked": Rate(of_type.leaked_per_op, leaked),
        "retained": Rate(of_type.retained_per_op, cyclic + leaked),
    }


def type_bytes(cell: Cell, name: str) -> Rate | None:
    """The rate of bytes of a type's objects, which are weighed once and counted in each round.

    For budgets only: bytes held by two types together are attributed to one of them arbitrarily.
    """
    of_type = cell.types.get(name, NOTHING)
    if cell.per_op is None or cell.per_op.bytes is None:
        return None
    objects = of_type.cyclic_per_op + of_type.leaked_per_op
    apart = of_type.cyclic_spread + of_type.leaked_spread
    share = apart / objects if objects else 0.0
    return Rate(of_type.bytes_per_op, max(of_type.bytes_per_op * share, BLOCK * step_of(cell)))


def copies(cell: Cell) -> dict[str, Rate]:
    """Copies per operation of each signature.

    They are counted in one round only, so their spread is that of the types on the path.
    """
    found: dict[str, Rate] = {}
    step = step_of(cell)
    for cycle in cell.cycles:
        names = {name for taken in cycle.steps for name in (taken.source, taken.target)}
        spread = max((cell.types.get(name, NOTHING).cyclic_spread for name in names), default=0.0)
        value = found.get(cycle.signature, Rate(0.0, 0.0)).value + cycle.per_op
        found[cycle.signature] = Rate(value, _forgive(spread, step))
    return found


def step_of(cell: Cell) -> float:
    """One object in the shortest round, per operation."""
    if cell.windows:
        return 1 / max(min(window.ops for window in cell.windows), 1)
    return max(cell.rounds, 1) / max(cell.ops, 1)


def _totals(before: Cell, after: Cell) -> Iterator[Difference]:
    ours, theirs = total_rates(before), total_rates(after)
    for measure, rate in ours.items():
        if measure in theirs and (measure != "bytes" or before.python == after.python):
            yield from _difference(before, after, "total", measure, measure, rate, theirs[measure])


def _types(before: Cell, after: Cell) -> Iterator[Difference]:
    for name in sorted({*before.types, *after.types}):
        ours, theirs = type_rates(before, name), type_rates(after, name)
        for measure, rate in ours.items():
            yield from _difference(before, after, "type", name, measure, rate, theirs[measure])


def _signatures(before: Cell, after: Cell) -> Iterator[Difference]:
    ours, theirs = copies(before), copies(after)
    for signature in sorted({*ours, *theirs}):
        if not any(_recurs(cell, signature) for cell in (before, after)):
            continue
        rates = [side.get(signature, Rate(0.0, 0.0)) for side in (ours, theirs)]
        if signature not in ours or signature not in theirs:
            rates = [Rate(rate.value, 0.0) for rate in rates]
        yield from _difference(before, after, "signature", signature, "copies", *rates)


def _recurs(cell: Cell, signature: str) -> bool:
    """Whether there was more than one copy in the round in which cycles are named.

    A single one may be an event of its own; where it is not, the counts of its types tell.
    """
    named_in = cell.ops // max(cell.rounds, 1)
    found = sum(cycle.per_op for cycle in cell.cycles if cycle.signature == signature)
    return found * named_in > 1 + ROUNDING


def _difference(
    before: Cell,
    after: Cell,
    subject: Literal["total", "type", "signature"],
    name: str,
    measure: Count,
    was: Rate,
    is_now: Rate,
) -> Iterator[Difference]:
    more, less = exceeds(is_now, was), exceeds(was, is_now)
    if not more and not less:
        return
    change: Literal["gone", "new", "less", "more"] = "more" if more else "less"
    if was.value == 0:
        change = "new"
    elif is_now.value == 0:
        change = "gone"
    ratio = is_now.value / was.value if was.value else inf
    yield Difference(
        workload=after.workload,
        shape=after.shape,
        ending=after.ending,
        gc=after.gc,
        python=after.python,
        backend=after.backend,
        in_flight=after.in_flight,
        requirements=after.requirements,
        baseline=before.variant,
        candidate=after.variant,
        subject=subject,
        name=name,
        measure=measure,
        before=was.value,
        after=is_now.value,
        change=change,
        ratio=ratio if isfinite(ratio) else None,
        worse=more and measure in WORSE,
    )


def _allowance(rate: Rate) -> float:
    return rate.spread if rate.value else 0.0


def _forgive(spread: float, step: float) -> float:
    return 0.0 if spread <= step + ROUNDING else spread


def _spread(windows: Sequence[Window], gained: Callable[[Window], int]) -> float:
    rates = [gained(window) / max(window.ops, 1) for window in windows]
    return max(rates) - min(rates) if rates else 0.0


def _spread_but_highest(windows: Sequence[Window], gained: Callable[[Window], int]) -> float:
    """The spread without the window that gained most: a table may double in one."""
    return _spread(sorted(windows, key=lambda one: gained(one) / max(one.ops, 1))[:-1], gained)


def _cells(measured: Result | Sequence[Cell]) -> Sequence[Cell]:
    return measured.cells if isinstance(measured, Result) else measured


def compare_in_turn(cells: Mapping[int, Cell]) -> list[Difference]:
    """What changed from each cell at an even place of a plan to the one behind it."""
    ours, theirs = in_turn(cells)
    return compare(ours, theirs, pair_by_order)
