"""Containers that gain untracked entries, and their holders."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import islice

from msgspec.structs import replace

from unknot.heap import Snapshot
from unknot.heap.chains import Chain, read_chain
from unknot.heap.holders import grown_containers
from unknot.heap.labels import unlabelled
from unknot.heap.leak_advice import LeakPath
from unknot.measuring.leak_records import add_advice, leak_of
from unknot.measuring.probe import Gain, Probe, Sizes
from unknot.measuring.roads import RUNNING, Roads, find_unseen, rooted, through
from unknot.records import Leak

__all__ = ["find_filling"]

DICT = "builtins.dict"
MOST = 6
"""Maximum number of containers to name."""


def find_filling(
    probe: Probe, before: Snapshot, heap: Snapshot, lengths: Sizes, ops: int
) -> list[Leak]:
    """The containers that gained at least an entry per operation in ``ops`` since ``before``.

    ``lengths`` are those of all dicts at that time.
    """
    longer = probe.locate(heap, probe.dicts().gained(lengths, ops))
    found = _tracked(probe, heap, before, ops, longer)
    return [*found, *_untracked(probe, heap, longer, ops)][:MOST]


def _tracked(
    probe: Probe, heap: Snapshot, before: Snapshot, ops: int, longer: Sequence[Gain]
) -> list[Leak]:
    """Tracked containers that gain untracked entries."""
    grown = dict(islice(grown_containers(before, heap, least=ops).items(), MOST))
    roads = Roads(probe, heap, grown)
    unseen = find_unseen(probe, heap, [roads.to(number)[0] for number in grown])
    weighed = {number: probe.weigh(heap, [number]) for number in grown}
    entries = {dict_.place: dict_.amount for dict_ in longer}
    found = []
    for number, gained in grown.items():
        road = roads.to(number)
        chain = read_chain(heap, road, roads.labels)
        chain, note = rooted(probe, heap, unseen, road[0], chain)
        gains = _gains(gained, entries.get(number), ops)
        leak = leak_of(heap.type_names[heap.types[number]], chain, [gains, note])
        leak = add_advice(probe, leak, LeakPath(chain, len(chain.objects) - 1))
        share = gained / max(int(heap.degrees[number]), 1)  # all entries alike
        octets = share * weighed[number].of([number]) / ops
        found.append(replace(leak, bytes_per_op=round(octets, 9)))
    return found


def _gains(references: int, entries: int | None, ops: int) -> str:
    """What a container gains: an entry of a dict may be one reference or two."""
    number, noun, nouns = (
        (references, "reference", "references")
        if entries is None
        else (entries, "entry", "entries")
    )
    return f"it gains {number / ops:g} {noun if number == ops else nouns} per op"


def _untracked(probe: Probe, heap: Snapshot, longer: Sequence[Gain], ops: int) -> list[Leak]:
    """Untracked dicts that gain entries."""
    found = []
    for gain in longer:
        if gain.unseen is None:
            continue
        chain = through(probe, heap, gain.unseen, Chain((unlabelled(DICT),), ()))
        gains = _gains(0, gain.amount, ops)
        leak = leak_of(DICT, chain, [gains, RUNNING if gain.unseen.root is None else None])
        found.append(add_advice(probe, leak, LeakPath(chain, len(chain.objects) - 1)))
    return found
