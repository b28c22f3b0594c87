"""Makes records of leaks from chains, and adds advice."""

from __future__ import annotations

from collections.abc import Sequence

from msgspec.structs import replace

from unknot.heap.chains import Chain
from unknot.heap.leak_advice import LeakPath, advise_leak
from unknot.measuring.probe import Filler, Probe
from unknot.records import Leak

__all__ = ["add_advice", "leak_of"]


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
    where = places[0].where if places else None
    own = any(one.is_own for one in places)
    package = None if own else kept.package
    where_filled = [(one.function, one.where) for one in places]
    return replace(leak, advice=advise_leak(kept, where_filled), where=where, package=package)
