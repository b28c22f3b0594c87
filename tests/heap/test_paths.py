"""One cycle has one name, in whatever order its objects are and however attributes are kept."""

from __future__ import annotations

from random import Random

from hypothesis import given
from hypothesis import strategies as st

from tests.heap.made import Heap
from tests.heap.test_cuts import Named, look, named_graphs
from unknot.heap import CycleReport, describe_all, places_to_label
from unknot.heap.paths import least_rotation


def report_of(heap: Heap) -> CycleReport:
    ((_, report),) = look(heap)
    return report


@given(named_graphs(), st.randoms(use_true_random=False))
def test_signature_and_size_of_the_cut_do_not_depend_on_the_order_of_objects(
    graph: tuple[list[str], list[Named]], random: Random
) -> None:
    types, references = graph
    order = list(range(len(types)))
    random.shuffle(order)
    heaps = []
    for places in (range(len(types)), order):
        heap = Heap()
        names = dict(zip(places, types, strict=True))
        for place in range(len(types)):
            heap.add(f"app.{names[place]}", "application")
        for source, target, name in references:
            heap.refer(places[source], places[target], "attribute", name)
        heaps.append(heap)
    one, other = (
        sorted((report.signature, report.path, len(report.cut.edges)) for _, report in look(heap))
        for heap in heaps
    )
    assert one == other


def test_an_attribute_reads_the_same_in_a_dict_and_inline() -> None:
    reports = []
    for inline in (False, True):
        heap = Heap()
        session = heap.add("app.Session", "application")
        task = heap.add("asyncio.Task", state="done")
        if inline:
            heap.refer(session, task, "attribute", "task")
        else:
            attributes = heap.add("builtins.dict")
            heap.refer(session, attributes, "dict")
            heap.refer(attributes, task, "item", "task")
        heap.refer(task, session, "attribute", "_result")
        reports.append(report_of(heap))
    assert [step.text for step in reports[0].path] == ["Session.task", "Task._result"]
    assert reports[0].signature == reports[1].signature
    assert reports[0].cut.edges == reports[1].cut.edges == ("Session.task",)


def test_indices_and_keys_that_are_data_are_not_in_the_name() -> None:
    heap = Heap()
    for key in ("request-17", "request-18"):
        box = heap.add("builtins.dict")
        heap.refer(box, box, "item", key)
    kinds = [kind for kind, _ in look(heap)]
    places = [place for kind in kinds for place in places_to_label(kind)]
    (report,) = describe_all(kinds, heap.labels(places))
    assert (report.copies, report.path[0].text) == (2, "dict[…]")


def test_functions_of_one_shape_and_several_names_do_not_depend_on_their_order() -> None:
    reports = []
    for names in (("even", "odd"), ("odd", "even")):
        heap = Heap()
        functions = [heap.add("builtins.function", "application", name=name) for name in names]
        for one in functions:
            for other in functions:
                heap.refer(one, other, "attribute", names[functions.index(other)])
        reports.append(report_of(heap))
    assert [step.text for step in reports[0].path] == ["function even.even"]
    assert reports[0].signature == reports[1].signature
    assert len(reports[0].cut.edges) == len(reports[1].cut.edges) == 3


def test_attributes_of_one_type_do_not_depend_on_the_order_of_what_they_hold() -> None:
    reports = []
    for names in (("green", "red"), ("red", "green")):
        heap = Heap()
        colours = heap.add("builtins.list")
        for name in names:
            member = heap.add("app.Colour", "application")
            heap.refer(colours, member, "attribute", name)
            heap.refer(member, colours, "attribute", "colours")
        reports.append(report_of(heap))
    assert [step.text for step in reports[0].path] == ["Colour.colours", "list.green"]
    assert reports[0].signature == reports[1].signature


def test_a_class_has_its_own_name_whatever_made_it() -> None:
    texts = []
    for metaclass in ("builtins.type", "abc.ABCMeta"):
        heap = Heap()
        shape = heap.add(metaclass, "application", name="Shape")
        order = heap.add("builtins.tuple")
        heap.refer(shape, order, "attribute", "__mro__")
        heap.refer(order, shape, "item", index=0)
        report = report_of(heap)
        texts.append([step.text for step in report.path])
        assert "Create `Shape` once" in report.cut.instruction
    assert texts[0] == texts[1] == ["class Shape.__mro__", "tuple[…]"]


def test_a_component_of_plumbing_only_is_not_folded_away() -> None:
    heap = Heap()
    method, partial = heap.add("builtins.method"), heap.add("functools.partial")
    heap.refer(method, partial, "attribute", "__self__")
    heap.refer(partial, method, "attribute", "func")
    report = report_of(heap)
    assert {step.text for step in report.path} == {"method.__self__", "partial.func"}
    assert report.cut.sufficient


def test_a_closure_variable_is_named_and_its_cell_is_not_shown() -> None:
    heap = Heap()
    button = heap.add("app.Button", "application")
    function = heap.add("builtins.function", name="clicked", freevars=["other", "button"])
    closure, cell = heap.add("builtins.tuple"), heap.add("builtins.cell")
    heap.refer(button, function, "attribute", "callback")
    heap.refer(function, closure, "closure")
    heap.refer(closure, cell, "item", index=1)
    heap.refer(cell, button, "cell")
    assert [step.text for step in report_of(heap).path] == [
        "Button.callback",
        "function clicked closure button",
    ]


def test_the_way_through_a_tangle_is_the_shortest_through_what_tells_most() -> None:
    heap = Heap()
    ring = [heap.add("builtins.list") for _ in range(50)]
    for at, one in enumerate(ring):
        heap.refer(one, ring[(at + 1) % 50], "item", index=0)
        heap.refer(one, one, "item", index=1)
    owner = heap.add("app.Owner", "application")
    heap.refer(owner, ring[3], "attribute", "items")
    heap.refer(ring[5], owner, "item", index=2)
    report = report_of(heap)
    assert [step.text for step in report.path] == ["Owner.items", *["list[…]"] * 3]
    assert report.size == 51


@given(st.lists(st.tuples(st.integers(0, 2)), min_size=1, max_size=12))
def test_the_least_rotation_is_the_least_of_all_rotations(keys: list[tuple[int]]) -> None:
    start = least_rotation(keys)
    assert keys[start:] + keys[:start] == min(keys[at:] + keys[:at] for at in range(len(keys)))


def with_traceback(context: bool, frames: int = 1) -> Heap:
    """A session whose task failed below so many frames, and may have it in its context too."""
    heap = Heap()
    session = heap.add("app.Session", "application")
    task = heap.add("asyncio.Task", state="done")
    heap.refer(session, task, "attribute", "task")
    if context:
        heap.refer(task, session, "attribute", "_result")
    holder, label = task, "_exception_tb"
    for number in range(frames):
        traceback = heap.add("builtins.traceback")
        frame = heap.add("builtins.frame", "application", name=f"step{number}")
        heap.refer(holder, traceback, "attribute", label)
        heap.refer(traceback, frame, "attribute", "tb_frame")
        heap.refer(frame, session, "local", "session")
        holder, label = traceback, "tb_next"
    return heap


def also(heap: Heap) -> list[list[str]]:
    return [[step.text for step in path] for path in report_of(heap).also]


def test_a_shorter_way_does_not_hide_the_frames_that_a_traceback_keeps() -> None:
    assert also(with_traceback(context=True)) == [
        ["Session.task", "Task._exception_tb", "traceback.tb_frame", "frame step0 local session"]
    ]


def test_frames_that_the_path_goes_through_are_not_told_twice() -> None:
    assert also(with_traceback(context=False)) == []
    assert [path[-1] for path in also(with_traceback(context=False, frames=2))] == [
        "frame step1 local session"
    ]


def test_of_many_frames_the_nearest_are_told() -> None:
    assert [path[-1] for path in also(with_traceback(context=True, frames=40))] == [
        "frame step0 local session",
        "frame step1 local session",
    ]


def test_the_other_ways_change_neither_signature_nor_path() -> None:
    plain, failed = (report_of(with_traceback(True, frames)) for frames in (0, 3))
    assert (plain.signature, plain.path) == (failed.signature, failed.path)
    assert (plain.also, failed.cut.sufficient) == ((), True)


def test_a_frame_that_an_exception_only_came_through_is_not_what_the_cycle_is_named_by() -> None:
    texts = []
    for caller in ("pay", "ship"):
        heap = Heap()
        ours = heap.add("builtins.frame", "application", name=caller)
        theirs = heap.add("builtins.frame", "library", package="contextlib", name="Stack.close")
        error = heap.add("builtins.ValueError")
        outer, inner = heap.add("builtins.traceback"), heap.add("builtins.traceback")
        heap.refer(theirs, error, "local", "error")
        heap.refer(error, outer, "attribute", "__traceback__")
        heap.refer(outer, theirs, "attribute", "tb_frame")
        heap.refer(outer, inner, "attribute", "tb_next")
        heap.refer(inner, ours, "attribute", "tb_frame")
        heap.refer(ours, theirs, "attribute", "f_back")
        report = report_of(heap)
        assert report.origin == "library"
        texts.append([step.text for step in report.path])
    names = ["frame Stack.close local error", "ValueError.__traceback__", "traceback.tb_frame"]
    assert texts == [names, names]
