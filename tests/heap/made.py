"""Heaps made for a test: objects with names, references with names, no live object."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

import numpy as np

from unknot.heap import GarbageGraph, Snapshot, Traits, parse_labels, parse_traits
from unknot.heap.labels import LabelledObject

__all__ = ["Heap", "make_snapshot"]


def make_snapshot(
    types: Sequence[str],
    references: Iterable[tuple[int, int]],
    outside: Sequence[int] | None = None,
) -> Snapshot:
    """Objects of these types with these references; ``outside``: how often each is held besides."""
    ordered = sorted(references, key=lambda reference: reference[0])
    names = tuple(sorted(set(types)))
    sources = np.array([source for source, _ in ordered], dtype=np.int32)
    targets = np.array([target for _, target in ordered], dtype=np.int32)
    counts = np.bincount(targets, minlength=len(types)).astype(np.int64)
    return Snapshot(
        ids=identities(len(types)),
        type_names=names,
        types=np.array([names.index(name) for name in types], dtype=np.int32),
        counts=counts + np.array(outside if outside is not None else [0] * len(types), np.int64),
        sources=sources,
        targets=targets,
    )


def identities(size: int) -> Any:
    return (np.arange(size, dtype=np.uint64) + np.uint64(1)) * np.uint64(1000)


class Heap:
    """Builds a snapshot and the agent's reply about it, side by side."""

    def __init__(self) -> None:
        self.entries: list[dict[str, Any]] = []
        self.references: list[tuple[int, int, dict[str, Any]]] = []

    def add(self, type_name: str, origin: str = "interpreter", **fields: Any) -> int:
        """An object's number."""
        self.entries.append({"type": type_name, "origin": origin, "package": "", **fields})
        return len(self.entries) - 1

    def refer(
        self, source: int, target: int, kind: str, name: str | None = None, index: int | None = None
    ) -> None:
        self.references.append((source, target, {"kind": kind, "name": name, "index": index}))

    def snapshot(self) -> Snapshot:
        types = [entry["type"] for entry in self.entries]
        return make_snapshot(types, [(source, target) for source, target, _ in self.references])

    def traits(self, graph: GarbageGraph) -> Traits:
        """What an agent tells of all objects of the graph: names of references, titles of code."""
        wanted = set(graph.snapshot.identities(graph.numbers))
        known: list[int] = identities(len(self.entries)).tolist()
        rows = [
            (known[source], known[target], ("name", label["name"], "", 0, 0))
            for source, target, label in self.references
            if label["name"] is not None
        ]
        rows += [
            (known[number], known[number], ("title", entry["name"], "", 0, 0))
            for number, entry in enumerate(self.entries)
            if entry.get("name") is not None
        ]
        rows += [
            (known[number], known[number], ("code", "", *entry["code"], 0))
            for number, entry in enumerate(self.entries)
            if "code" in entry
        ]
        rows = [row for row in rows if {row[0], row[1]} <= wanted]
        texts = list(dict.fromkeys(text for _, _, text in rows))
        columns = (
            [source for source, _, _ in rows],
            [target for _, target, _ in rows],
            [texts.index(text) for _, _, text in rows],
        )
        arrays = [np.array(column, dtype=np.uint64).tobytes() for column in columns]
        return parse_traits({"texts": texts}, arrays, graph)

    def labels(self, places: Iterable[int]) -> dict[int, LabelledObject]:
        """What is read of an agent's reply when it is asked about the objects at those places."""
        wanted = set(places)
        known: list[int] = identities(len(self.entries)).tolist()
        objects = [
            {
                "where": None,
                "name": None,
                "state": None,
                "freevars": [],
                **entry,
                "id": known[number],
                "references": [
                    {**label, "to": known[target]}
                    for source, target, label in self.references
                    if source == number
                ],
            }
            for number, entry in enumerate(self.entries)
            if number in wanted
        ]
        return parse_labels({"objects": objects}, self.snapshot())
