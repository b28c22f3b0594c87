"""Makes records of leaks from chains, adds advice, and merges equal ones."""

from __future__ import annotations

from collections.abc import Sequence

from msgspec.structs import replace

from unknot.heap.chains import Chain
from unknot.heap.leak_advice import LeakPath, advise_leak
from unknot.measuring.probe import Filler, Probe
from unknot.records import Leak

__all__ = ["PLUMBING", "add_advice", "leak_of", "unite"]

PLUMBING = "hamt"
"""Part of the names of the types that implement a context."""


def leak_of(
    type_name: str,
    chain: Chain,
    notes: Sequence[str | None],
    per_op: float = 0.0,
    objects_per_op: float = 0.0,
) -> Leak:
    """The record of what ``chain`` holds; rates are per operation."""
    steps = chain.steps
    return Leak(
        type=type_name,
        per_op=round(per_op, 9),  # what was added up in another order is the same
        objects_per_op=round(objects_per_op, 9),
        path=[step.text for step in steps],
        steps=[step.record() for step in steps],
        note="; ".join(filter(None, notes)) or None,
    )


def add_advice(
    probe: Probe, leak: Leak, kept: LeakPath, registering: Sequence[Filler] = ()
) -> Leak:
    """The leak with advice, and with the line where its container gains entries."""
    places = list(registering)
    if kept.is_filled_by_name:
        places = probe.fillers(kept.name, kept.is_attribute, kept.packages)
    said = [f"`{one.function}` ({one.where})" for one in places]
    where = places[0].where if places else None
    own = any(one.is_own for one in places)
    package = None if own else kept.package
    return replace(leak, advice=advise_leak(kept, said), where=where, package=package)


def unite(found: Sequence[Leak]) -> list[Leak]:
    """Merges leaks that have the same advice and the same root."""
    united: dict[object, Leak] = {}
    for number, leak in enumerate(sorted(found, key=lambda leak: PLUMBING in leak.type)):
        cause = (leak.advice, leak.steps[0].source) if leak.advice and leak.steps else number
        same = united.get(cause)
        united[cause] = leak if same is None else _add(same, leak)
    return list(united.values())


def _add(one: Leak, other: Leak) -> Leak:
    alike = other.per_op if one.type == other.type else 0.0
    return replace(
        one,
        per_op=round(one.per_op + alike, 9),
        objects_per_op=round(one.objects_per_op + other.objects_per_op, 9),
        bytes_per_op=round(one.bytes_per_op + other.bytes_per_op, 9),
    )
