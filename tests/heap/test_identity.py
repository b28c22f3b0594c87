"""A cycle's name is its own: what other code makes is another kind, in every copy."""

from __future__ import annotations

from collections import Counter
from itertools import count

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.heap.live import reports_of
from tests.heap.made import Heap
from tests.heap.pairs import ENDLESS, PAIRS, SAME, Node, attribute, lines, north, run
from tests.heap.test_cuts import Named, build, named_graphs
from unknot.heap import Kind, connect, find_garbage, group
from unknot.heap.paths import sign

TIMES = 8


def kinds_of(heap: Heap, ops: int = 1) -> list[Kind]:
    snapshot = heap.snapshot()
    graph = connect(snapshot, find_garbage(snapshot))
    return group(graph, heap.traits(graph), ops)


@pytest.mark.parametrize("name", PAIRS)
def test_cycles_of_one_shape_are_counted_by_what_made_them(name: str) -> None:
    first, second = PAIRS[name]

    def operation() -> None:
        for leave in (first, second, first, first):
            leave()

    reports = reports_of(operation, TIMES)
    assert [report.copies for report in reports] == [3 * TIMES, TIMES]
    assert len({report.signature for report in reports}) == 2
    assert all(report.cut.sufficient for report in reports)
    assert [report.cut.copies for report in reports] == [3 * TIMES, TIMES]


@pytest.mark.parametrize("name", PAIRS)
def test_one_of_the_two_alone_is_one_kind(name: str) -> None:
    for leave in PAIRS[name]:
        (report,) = reports_of(leave, TIMES)
        assert report.copies == TIMES


@pytest.mark.parametrize("name", SAME)
def test_what_the_same_code_leaves_is_one_kind_wherever_it_was_called(name: str) -> None:
    first, second = SAME[name]

    def operation() -> None:
        for leave in (first, second, first, first):
            leave()

    (report,) = reports_of(operation, TIMES)
    assert report.copies == 4 * TIMES


@pytest.mark.parametrize("name", ENDLESS)
def test_names_without_end_are_one_kind(name: str) -> None:
    (report,) = reports_of(ENDLESS[name], 40)
    assert (report.copies, report.cut.sufficient) == (40, True)


@pytest.mark.parametrize("name", ENDLESS)
def test_names_without_end_hide_no_code(name: str) -> None:
    """Beside them, kinds of the same shape stay apart."""

    def operation() -> None:
        ENDLESS[name]()
        north()
        attribute("left")
        attribute("right")

    reports = reports_of(operation, 40)
    assert Counter(report.copies for report in reports) == {40: 4}


def test_names_without_end_hide_no_name_that_comes_every_time() -> None:
    for number in range(40):  # a class shares 30 names at most: all instances have a dict now
        setattr(Node(), f"used_{number}", None)

    def operation() -> None:
        ENDLESS["attributes"]()
        attribute("left")
        attribute("right")

    reports = reports_of(operation, 40)
    assert Counter(report.copies for report in reports) == {40: 3}


def test_many_names_that_each_operation_leaves_are_as_many_kinds() -> None:
    def operation() -> None:
        for number in range(30):
            attribute(f"name_{number}")
            run(f"def make():\n def inner_{number}(): return inner_{number}\n")

    reports = reports_of(operation, 5)
    assert [report.copies for report in reports] == [5] * 60
    assert len({report.signature for report in reports}) == 60


def test_of_cycles_that_read_the_same_the_first_in_the_file_has_the_signature_of_the_path() -> None:
    def both() -> None:
        lines(0)
        lines(1)

    first, second = sorted(reports_of(both, TIMES), key=lambda report: report.where or "")
    (alone,) = reports_of(lambda: lines(0), TIMES)
    assert first.path == second.path == alone.path
    assert first.signature == alone.signature == sign(first.path)
    assert second.signature == sign(second.path, 1)


def test_a_key_is_shown_where_all_copies_have_it_and_not_where_a_few_were_looked_at() -> None:
    numbers = count()

    def operation() -> None:
        attribute("left")
        run(
            "def make():\n d = {}\n d['a b' if NUMBER % 4 else 'c d'] = d\n".replace(
                "NUMBER", str(next(numbers))
            )
        )

    dicts = [r for r in reports_of(operation, 40) if r.path[0].source == "builtins.dict"]
    assert [(report.copies, report.path[0].label) for report in dicts] == [(40, "[…]")]


@given(st.lists(named_graphs(), min_size=1, max_size=4), st.data())
def test_equal_named_graphs_are_one_kind_and_counts_add_up(
    graphs: list[tuple[list[str], list[Named]]], data: st.DataObject
) -> None:
    copies = [data.draw(st.integers(1, 4)) for _ in graphs]
    together = Heap()
    expected: Counter[int] = Counter()
    for (types, references), times in zip(graphs, copies, strict=True):
        alone = build(types, references)
        for kind in kinds_of(alone):
            expected[kind.colour] += kind.copies * times
        for _ in range(times):
            offset = len(together.entries)
            together.entries += alone.entries
            together.references += [
                (source + offset, target + offset, label)
                for source, target, label in alone.references
            ]
    kinds = kinds_of(together)
    assert {kind.colour: kind.copies for kind in kinds} == expected
    garbage = find_garbage(together.snapshot())
    cyclic = sum(kind.members.size for kind in kinds)
    assert cyclic + sum(len(kind.hanging) for kind in kinds) <= int(garbage.sum())


@given(named_graphs(), st.data())
def test_another_name_or_code_of_one_reference_or_object_is_another_kind(
    graph: tuple[list[str], list[Named]], data: st.DataObject
) -> None:
    types, references = graph
    heap, other = build(types, references), build(types, references)
    inside = {
        number for kind in kinds_of(heap) for number in kind.graph.numbers[kind.members[0]].tolist()
    }
    if not inside:
        return
    if data.draw(st.booleans()):
        other.entries[data.draw(st.sampled_from(sorted(inside)))]["code"] = ("app.py", 7)
    else:
        within = [
            place
            for place, (source, target, _) in enumerate(other.references)
            if _together(heap, source, target)
        ]
        source, target, label = other.references[
            data.draw(st.sampled_from(within) if within else st.just(0))
        ]
        other.references[other.references.index((source, target, label))] = (
            source,
            target,
            {**label, "name": "z"},
        )
    colours = Counter({kind.colour: kind.copies for kind in kinds_of(heap)})
    changed = Counter({kind.colour: kind.copies for kind in kinds_of(other)})
    assert sum((colours - changed).values()) == sum((changed - colours).values()) == 1


def _together(heap: Heap, source: int, target: int) -> bool:
    return any(
        {source, target} <= set(kind.graph.numbers[copy].tolist())
        for kind in kinds_of(heap)
        for copy in kind.members
    )
