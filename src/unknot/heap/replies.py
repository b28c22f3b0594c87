"""Reads what an agent replies about objects of a snapshot: every identity becomes a place.

What is not in the snapshot has no place, so no reply leads to an object that was not counted.
"""

from __future__ import annotations

import sys
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

import numpy as np

from unknot.errors import UnknotError
from unknot.heap.graph import GarbageGraph
from unknot.heap.labels import (
    UNKNOWN,
    CodeOrigin,
    LabelledObject,
    Reference,
    StoreOrigin,
    Unseen,
)
from unknot.heap.snapshot import FAR, Identity, Places, Snapshot
from unknot.heap.traits import PositionedNames, Trait, Traits

__all__ = ["parse_labels", "parse_traits", "parse_unseen"]

FIXED = {"builtins.tuple", "builtins.frozenset"}


def parse_traits(
    message: Mapping[str, Any], buffers: Sequence[bytes | bytearray], graph: GarbageGraph
) -> Traits:
    """The traits in an agent's reply (:mod:`unknot.agent.traits`) of objects in the graph.

    Raises :class:`~unknot.errors.UnknotError` if the arrays do not match.
    """
    arrays = [np.frombuffer(buffer, dtype=np.uint64) for buffer in buffers]
    found = tuple(Trait(*text) for text in message["texts"])
    if len(arrays) != 3 or len({len(array) for array in arrays}) != 1:
        raise UnknotError("trait arrays do not match")
    sources, targets, numbers = arrays
    if len(numbers) and int(numbers.max()) >= len(found):
        raise UnknotError("trait number without a text")
    places = Places(graph.snapshot.ids[graph.numbers if len(sources) else graph.numbers[:0]])
    source, target = places.find(sources), places.find(targets)
    inside = (source >= 0) & (target >= 0)
    return Traits(
        found=found,
        sources=graph.numbers[source[inside]],
        targets=graph.numbers[target[inside]],
        numbers=numbers[inside].astype(np.int32),
        positioned=tuple(_parse_positioned(message, len(found), graph.snapshot)),
    )


def _parse_positioned(
    message: Mapping[str, Any], texts: int, heap: Snapshot
) -> Iterator[PositionedNames]:
    """Those of the types that the snapshot has."""
    types = {identity: number for number, identity in enumerate(heap.type_ids.tolist())}
    for identity, degree, names in message.get("positioned", ()):
        for position, number in names:
            if not (0 <= position < degree <= FAR and 0 <= number < texts):
                raise UnknotError("trait at no position or without a text")
        if identity in types:
            pairs = tuple((position, number) for position, number in names)
            yield PositionedNames(types[identity], degree, pairs)


def parse_labels(reply: Mapping[str, Any], heap: Snapshot) -> dict[int, LabelledObject]:
    """The labels in an agent's reply, by place in ``heap``.

    Raises :class:`~unknot.errors.UnknotError` if a field is missing.
    """
    try:
        places = _places(reply, heap)
        return {
            places[entry["id"]]: _parse(entry, places)
            for entry in reply["objects"]
            if entry["id"] in places
        }
    except (KeyError, TypeError) as error:
        raise UnknotError(f"cannot read labels: {error!r}") from error


def _places(reply: Mapping[str, Any], heap: Snapshot) -> dict[Identity, int]:
    """The places of all objects that are named in a reply, by identity."""
    mentioned: set[Identity] = set()
    for entry in reply["objects"]:
        mentioned.add(entry["id"])
        mentioned.update(one["to"] for one in _references(entry))
        if entry.get("referent") is not None:
            mentioned.add(entry["referent"])
    return heap.places(mentioned)


def _references(entry: Mapping[str, Any]) -> list[Mapping[str, Any]]:
    return [*entry["references"], *(entry.get("through_dict") or ())]


def parse_unseen(reply: Mapping[str, Any], heap: Snapshot) -> dict[Identity, Unseen]:
    """The unseen references in an agent's reply, by the identity of the object held.

    That may be an untracked object, which has no place in ``heap``. Raises
    :class:`~unknot.errors.UnknotError` if a field is missing.
    """
    try:
        entries = {entry["id"]: entry for entry in reply["objects"]}
        places = _places(reply, heap)
        return {one["id"]: _parse_unseen(one, entries, places) for one in reply["holds"]}
    except (KeyError, TypeError) as error:
        raise UnknotError(f"cannot read holders: {error!r}") from error


def _parse_unseen(
    hold: Mapping[str, Any],
    entries: Mapping[Identity, Mapping[str, Any]],
    places: Mapping[Identity, int],
) -> Unseen:
    holder, keeper = hold["holder"], entries.get(hold["keeper"])
    known = _references(keeper) if keeper is not None else ()
    kept = next((one for one in known if one["to"] == holder), None)
    return Unseen(
        holder=_parse(entries[holder], places),
        reference=Reference(places.get(hold["id"], -1), hold["kind"], hold["name"]),
        keeper=_parse(keeper, places) if keeper is not None else None,
        kept=_parse_reference(kept, places) if kept is not None else UNKNOWN,
        root=places.get(hold["keeper"] or holder),
    )


def _parse_reference(one: Mapping[str, Any], places: Mapping[Identity, int]) -> Reference:
    place = places.get(one["to"], -1)
    return Reference(place, one["kind"], one.get("name"), one.get("index"), one.get("key"))


def _parse(entry: Mapping[str, Any], places: Mapping[Identity, int]) -> LabelledObject:
    referent = entry.get("referent")
    return LabelledObject(
        type=entry["type"],
        origin=_parse_origin(entry["origin"], entry.get("package") or ""),
        where=entry.get("where"),
        name=entry.get("name"),
        state=entry.get("state"),
        freevars=tuple(entry.get("freevars") or ()),
        references=tuple(_parse_reference(one, places) for one in _references(entry)),
        referent=None if referent is None else places.get(referent, -1),
        is_exception=entry.get("exception", False),
        is_class=entry["type"] == "builtins.type"
        or any(one.get("name") == "__mro__" for one in entry["references"]),
        is_fixed=entry.get("fixed", entry["type"] in FIXED),
        store_lines=entry.get("stores") or {},
        store_origins={
            name: StoreOrigin(
                _parse_origin(one["origin"], one["package"]), one["hands_itself"], one["package"]
            )
            for name, one in (entry.get("given") or {}).items()
        },
        package=entry.get("package") or "",
    )


def _parse_origin(origin: str, package: str) -> CodeOrigin:
    if origin == "library":
        standard = package.partition(".")[0] in sys.stdlib_module_names
        return CodeOrigin.STANDARD if standard else CodeOrigin.LIBRARY
    return CodeOrigin.APPLICATION if origin == "application" else CodeOrigin.INTERPRETER
