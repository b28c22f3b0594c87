"""Takes a dump of a process: all objects as numbers, and the important ones by name.

Names are requested while the copy of the process exists: for copies of each kind of cycle, for
objects that hold much, for tasks, and for what grew.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Sequence
from datetime import UTC, datetime

import numpy as np
from msgspec.structs import replace

from unknot.attach.dump import NO_TRAITS, Dump
from unknot.attach.duties import Greet, Label, ReadTraits, TakeSurvey
from unknot.attach.growth import find_grown
from unknot.attach.in_place import InPlace
from unknot.attach.tasks import tasks_of
from unknot.attach.visit import Visit
from unknot.errors import FreeThreadedBuild, UnknotError
from unknot.heap import GarbageGraph, Snapshot, Traits, parse_labels, parse_traits
from unknot.heap.labels import LabelledObject
from unknot.heap.snapshot import Identity
from unknot.heap.survey import Survey
from unknot.heap.weights import Weights
from unknot.measuring.diagnosis import find_cycles
from unknot.measuring.heap_duties import Labelled
from unknot.measuring.probe import shortened
from unknot.records.look import Facts

__all__ = ["capture"]

HEAVY = 0.05
"""Objects that hold at least this share of all bytes are named."""
MOST_HEAVY = 2_000
MOST_CONTAINERS = 50
"""The objects with most references; these and all on the path to them are named."""
MOST_REFERENCES = 2_000
"""Of a named object with more references, only those to named objects are kept."""
MAPPINGS = ("dict", "OrderedDict", "defaultdict", "Counter", "mappingproxy")
MAPPING = tuple(f".{name}" for name in MAPPINGS)


def capture(visit: Visit | InPlace, *, keys: bool = False, before: Dump | None = None) -> Dump:
    """The dump, with names of what grew since ``before``. ``keys`` keeps the keys of dicts."""
    (greeting, _), survey = visit.ask_both(Greet(), TakeSurvey())
    if greeting["free_threaded"]:
        raise FreeThreadedBuild("the process")
    if greeting["implementation"] != "cpython":
        raise UnknotError(f"the process runs {greeting['implementation']}, not CPython")
    facts = Facts(
        python=greeting["python"],
        collector=greeting["collector"],
        enabled=greeting["enabled"],
        thresholds=greeting["thresholds"],
        passes=greeting["passes"],
        frozen=greeting["frozen"],
        taken=datetime.now(UTC).isoformat(timespec="seconds"),
        keys=keys,
    )
    dump = Dump(facts, Survey.from_raw(*survey))
    recorder = _Recorder(visit, dump, keys)
    find_cycles(recorder, 1)
    recorder.label(dump.whole, _worth_naming(dump))
    if before is not None:
        find_grown(recorder, before, dump)
    facts = replace(
        facts,
        pause=visit.pause,
        halted=visit.halted,
        stops=visit.stops,
        longest=visit.longest,
    )
    return dataclasses.replace(recorder.recorded(), facts=facts)


def _worth_naming(dump: Dump) -> list[int]:
    """The tracked objects that hold much, and tasks."""
    sums = dump.ways.sums(dump.survey.sizes)
    heavy = np.flatnonzero(sums[:-1] >= HEAVY * sums[-1])
    heavy = heavy[np.argsort(-sums[heavy], kind="stable")][:MOST_HEAVY]
    tracked = dump.survey.degrees[: dump.survey.tracked]
    widest = np.argsort(-tracked.astype(np.int64), kind="stable")[:MOST_CONTAINERS]
    ways = [each for number in widest.tolist() for each in dump.ways.path(number)]
    wanted = dict.fromkeys([*heavy.tolist(), *ways, *tasks_of(dump)])
    return [each for each in wanted if each < dump.survey.tracked]


class _Recorder:
    """Answers from the dump, or else from the copy of the process, and keeps its replies."""

    def __init__(self, visit: Visit | InPlace, dump: Dump, keys: bool) -> None:
        self._visit = visit
        self._dump = dump
        self._keys = keys
        self._traits = NO_TRAITS
        self._entries: dict[Identity, Labelled] = {}
        self._missing: set[Identity] = set()

    def recorded(self) -> Dump:
        """The dump with all names that were requested."""
        return dataclasses.replace(
            self._dump, named=self._traits, labels=list(self._entries.values())
        )

    def snapshot(self, *, keep: bool = False) -> Snapshot:
        return self._dump.snapshot()

    def weigh(self, heap: Snapshot, places: Sequence[int]) -> Weights:
        return self._dump.weigh(heap, places)

    def traits(self, graph: GarbageGraph) -> Traits:
        ids = graph.snapshot.identities(graph.select_named().places)
        message, columns = self._visit.ask(ReadTraits(ids=ids))
        texts = message["texts"]
        if not self._keys:
            texts = [_without_name(at, *text) for at, text in enumerate(texts)]
        self._traits = parse_traits({"texts": texts}, columns, graph)
        return self._traits

    def label(self, heap: Snapshot, places: Sequence[int]) -> dict[int, LabelledObject]:
        asked = dict(zip(heap.identities(places), places, strict=True))
        wanted = [each for each in asked if each not in self._missing]
        if not self._entries.keys() >= set(wanted):
            # The known ones again: of many references, only those to others asked for come with it.
            reply, _ = self._visit.ask(Label(ids=wanted, most=MOST_REFERENCES))
            shortened(reply)
            self._missing.update(reply["missing"])
            for entry in reply["objects"]:
                type_name = heap.type_names[heap.types[asked[entry["id"]]]]
                if entry["type"] != type_name:  # it died, and another took its place
                    self._missing.add(entry["id"])
                    continue
                if (before := self._entries.get(entry["id"])) is not None:
                    known = entry["references"]
                    known += [one for one in before["references"] if one not in known]
                self._entries[entry["id"]] = entry
            if not self._keys:
                _hide_keys(list(self._entries.values()))
        objects = [self._entries[each] for each in asked if each in self._entries]
        return parse_labels({"objects": objects}, heap)


def _without_name(
    at: int, kind: str, name: str, file: str, line: int, digest: int
) -> tuple[str, str, str, int, int]:
    """A trait whose name may be a key, replaced by a distinct one, which is all that counts."""
    return kind, f"name{at}" if kind == "name" else name, file, line, digest


def _hide_keys(entries: list[Labelled]) -> None:
    """Remove the keys of dicts, except names of attributes, which are also keys of dicts."""
    attributes = {
        reference["to"]
        for entry in entries
        for reference in entry["references"]
        if reference["kind"] == "dict"
    }
    for entry in entries:
        if entry["type"].endswith(MAPPING) and entry["id"] not in attributes:
            for reference in entry["references"]:
                if reference["kind"] == "item":
                    reference["name"] = reference["key"] = None
