"""A proposed cut frees everything, and nothing smaller does."""

from __future__ import annotations

from itertools import combinations

from hypothesis import given
from hypothesis import strategies as st

from tests.heap.made import Heap
from tests.heap.naive import still_held
from unknot.heap import (
    CycleReport,
    Kind,
    connect,
    describe,
    describe_all,
    find_garbage,
    find_kinds,
    group,
)
from unknot.heap.description import places_to_label

Named = tuple[int, int, str]


@st.composite
def named_graphs(draw: st.DrawFn) -> tuple[list[str], list[Named]]:
    size = draw(st.integers(1, 7))
    number = st.integers(0, size - 1)
    types = draw(st.lists(st.sampled_from(["A", "B", "C"]), min_size=size, max_size=size))
    name = st.sampled_from(["x", "y"])
    return types, draw(st.lists(st.tuples(number, number, name), min_size=1, max_size=14))


def build(types: list[str], references: list[Named], copies: int = 1) -> Heap:
    heap = Heap()
    for _ in range(copies):
        numbers = [heap.add(f"app.{name}", "application") for name in types]
        for source, target, name in references:
            heap.refer(numbers[source], numbers[target], "attribute", name)
    return heap


def look(heap: Heap) -> list[tuple[Kind, CycleReport]]:
    snapshot = heap.snapshot()
    graph = connect(snapshot, find_garbage(snapshot))
    kinds = group(graph, heap.traits(graph))
    labels = heap.labels(each for kind in kinds for each in places_to_label(kind))
    return [(kind, describe(kind, labels)) for kind in kinds]


def without(
    members: list[int], types: list[str], references: list[Named], cut: set[str]
) -> set[int]:
    """What the naive search still finds held in a component once the cut is made."""
    edges = [
        (source, target)
        for source, target, name in references
        if source in members and target in members and f"{types[source]}.{name}" not in cut
    ]
    return still_held(len(types), edges)


@given(named_graphs())
def test_after_the_cut_nothing_is_left_and_no_smaller_cut_does_it(
    graph: tuple[list[str], list[Named]],
) -> None:
    types, references = graph
    for kind, report in look(build(types, references)):
        members = kind.graph.numbers[kind.members[0]].tolist()
        cut = report.cut
        assert not without(members, types, references, set(cut.edges))
        assert cut.sufficient
        assert cut.of == kind.objects or len(kind.samples) < kind.copies
        handles = {f"{types[s]}.{name}" for s, t, name in references if {s, t} <= set(members)}
        for fewer in combinations(handles, len(cut.edges) - 1):
            assert without(members, types, references, set(fewer))


@given(named_graphs(), st.integers(2, 6))
def test_every_copy_is_proven_or_the_report_says_how_many(
    graph: tuple[list[str], list[Named]], copies: int
) -> None:
    for kind, report in look(build(*graph, copies)):
        assert report.cut.sufficient
        assert report.cut.copies in (kind.copies, len(kind.samples))
        assert report.cut.of <= kind.objects


def test_copies_that_name_their_references_otherwise_are_told_apart() -> None:
    heap = build(["A", "B"], [(0, 1, "x"), (1, 0, "x")], copies=5)
    odd = build(["A", "B"], [(0, 1, "y"), (1, 0, "y")])
    heap.entries += odd.entries
    heap.references += [(s + 10, t + 10, label) for s, t, label in odd.references]
    (kind, report), (odd_kind, odd_report) = look(heap)
    assert (kind.copies, report.cut.edges, report.cut.copies) == (5, ("B.x",), 5)
    assert (odd_kind.copies, odd_report.cut.edges, odd_report.cut.copies) == (1, ("B.y",), 1)
    assert report.cut.sufficient
    assert odd_report.cut.sufficient


def test_two_references_that_only_together_free_it_are_both_named() -> None:
    graph = ["A", "B", "C"], [(0, 1, "b"), (1, 0, "x"), (0, 2, "c"), (2, 0, "x"), (1, 1, "me")]
    ((_, report),) = look(build(*graph))
    assert set(report.cut.edges) == {"B.x", "C.x", "B.me"}  # back to A, which was made first
    assert report.cut.sufficient


def test_what_hangs_from_the_component_is_freed_with_it() -> None:
    ((kind, report),) = look(build(["A", "B", "B"], [(0, 0, "x"), (0, 1, "y"), (1, 2, "y")]))
    assert (kind.size, report.cut.frees, report.cut.of) == (1, 3, 3)


def test_an_object_that_was_gone_when_the_agent_looked_is_tolerated() -> None:
    heap = build(["A", "B"], [(0, 1, "x"), (1, 0, "y")])
    snapshot = heap.snapshot()
    (kind,) = find_kinds(snapshot, find_garbage(snapshot))
    for places in ([], kind.places()[:1]):
        (report,) = describe_all([kind], heap.labels(places))
        assert len(report.path) == 2
        assert report.cut.sufficient
        assert report.cut.possible == bool(places)


def test_references_that_nobody_can_clear_come_last() -> None:
    heap = Heap()
    task = heap.add("asyncio.Task", state="done")
    context = heap.add("contextvars.Context")
    holder = heap.add("wool.Holder", "library", package="wool")
    heap.refer(task, context, "attribute", "_context")
    heap.refer(context, holder, "variable", "current")
    heap.refer(holder, task, "attribute", "_task")
    ((_, report),) = look(heap)
    assert report.cut.edges == ("Holder._task",)
    assert report.origin == "application"


JOB = {"where": "app.py:1", "stores": {"task": "driver.py:7", "other": "app.py:9"}}


def test_the_cut_of_an_attribute_is_where_it_is_stored() -> None:
    heap, bare = Heap(), Heap()
    for each, fields in ((heap, JOB), (bare, {"where": "app.py:1"})):
        job = each.add("app.Job", "application", **fields)
        task = each.add("asyncio.Task", state="done")
        each.refer(job, task, "attribute", "task")
        each.refer(task, job, "attribute", "_result")
    ((_, report),) = look(heap)
    assert report.where == "driver.py:7"
    assert report.cut.instruction.endswith("a done-callback of the task (driver.py:7).")
    ((_, without),) = look(bare)  # as an agent tells that finds no line, or knows of none
    assert without.where == "app.py:1"
    assert without.cut.instruction.endswith("(its class is at app.py:1).")
    assert without.signature == report.signature


def test_an_attribute_in_a_dict_of_its_own_is_cut_where_it_is_stored() -> None:
    heap = Heap()
    job = heap.add("app.Job", "application", **JOB)
    attributes = heap.add("builtins.dict")
    heap.refer(job, attributes, "dict")
    heap.refer(attributes, job, "item", "task")
    ((_, report),) = look(heap)
    assert report.cut.edges == ("Job.task",)
    assert report.where == "driver.py:7"


def test_an_entry_of_a_container_is_cut_where_the_container_is_stored() -> None:
    heap = Heap()
    signal = heap.add("app.Signal", "application", where="app.py:1", stores={"hooks": "app.py:3"})
    hooks = heap.add("builtins.list")
    hook = heap.add("builtins.function", "application", where="app.py:8", name="hook")
    heap.refer(signal, hooks, "attribute", "hooks")
    heap.refer(hooks, hook, "item", None, 0)
    heap.refer(hook, signal, "attribute", "signal")
    ((_, report),) = look(heap)
    assert report.cut.edges == ("Signal.hooks[…]",)
    assert report.where == "app.py:3"


def test_a_cycle_of_the_standard_library_is_told_and_one_known_has_its_issue() -> None:
    heap = Heap()
    group = heap.add("asyncio.taskgroups.TaskGroup", "library", package="asyncio")
    task = heap.add("asyncio.Task", state="done")
    heap.refer(group, task, "attribute", "_parent_task")
    heap.refer(task, group, "attribute", "_result")
    ((_, report),) = look(heap)
    assert report.origin == "library"
    assert report.known == "https://github.com/python/cpython/issues/128552"


def test_who_raised_an_exception_and_who_it_passed_by_did_not_make_the_cycle() -> None:
    heap = Heap()
    frame = heap.add("builtins.frame", "library", package="asyncio", name="wait_for")
    error = heap.add("app.RefusedError", "application")
    outer = heap.add("builtins.traceback", "application")
    inner = heap.add("builtins.traceback", "library", package="asyncio")
    heap.refer(frame, error, "local", "exc")
    heap.refer(error, outer, "attribute", "__traceback__")
    heap.refer(outer, inner, "attribute", "tb_next")
    heap.refer(inner, frame, "attribute", "tb_frame")
    ((_, report),) = look(heap)
    assert report.origin == "library"


def test_an_exception_that_the_application_gave_an_attribute_is_the_application_s() -> None:
    heap = Heap()
    future = heap.add("asyncio.futures.Handle", "library", package="asyncio")
    error = heap.add("app.RefusedError", "application")
    heap.refer(future, error, "attribute", "_exception")
    heap.refer(error, future, "attribute", "handle")
    ((_, report),) = look(heap)
    assert report.origin == "application"


def test_an_application_s_cycle_is_not_known_by_another_way_round() -> None:
    heap = Heap()
    session = heap.add("app.Session", "application")
    task = heap.add("asyncio.Task", state="done")
    traceback = heap.add("builtins.traceback")
    frame = heap.add("builtins.frame", "library", package="asyncio", name="TaskGroup.__aexit__")
    heap.refer(session, task, "attribute", "task")
    heap.refer(task, session, "attribute", "_result")
    heap.refer(task, traceback, "attribute", "_exception_tb")
    heap.refer(traceback, frame, "attribute", "tb_frame")
    heap.refer(frame, session, "local", "exc")
    ((_, report),) = look(heap)
    assert report.also[0][-1].text == "frame TaskGroup.__aexit__ local exc"
    assert (report.origin, report.known) == ("application", None)


def test_of_code_that_is_installed_and_code_that_is_not_the_latter_is_to_be_cut() -> None:
    heap = Heap()
    holder = heap.add("wool.Holder", "library", package="wool")
    handler = heap.add("app.Handler", "application")
    heap.refer(holder, handler, "attribute", "handler")
    heap.refer(handler, holder, "attribute", "holder")
    ((_, report),) = look(heap)
    assert report.cut.edges == ("Handler.holder",)
    assert report.origin == "application"


def test_a_cycle_of_an_installed_package_is_an_application_s() -> None:
    heap = Heap()
    holder = heap.add("wool.Holder", "library", package="wool")
    group = heap.add("asyncio.taskgroups.TaskGroup", "library", package="asyncio")
    heap.refer(holder, group, "attribute", "group")
    heap.refer(group, holder, "attribute", "_owner")
    ((_, report),) = look(heap)
    assert report.origin == "application"
    assert report.cut.edges == ("Holder.group",)


def waiting(heap: Heap, wakeup: str) -> int:
    """A task that waits for a future, which leads back to it; its number."""
    task = heap.add("asyncio.Task", state="pending")
    future = heap.add("asyncio.Future", state="pending")
    method = heap.add("builtins.builtin_function_or_method", name=wakeup)
    heap.refer(task, future, "attribute", "_fut_waiter")
    heap.refer(future, method, "attribute", "_callbacks", 0)
    heap.refer(method, task, "attribute", "__self__")
    return task


def test_a_task_that_nobody_keeps_and_that_waits_for_ever_is_to_be_cancelled() -> None:
    heap = Heap()
    waiting(heap, "task_wakeup")
    ((_, report),) = look(heap)
    assert report.cut.instruction.startswith("Cancel the task that waits there")


def test_a_callback_of_a_future_that_wakes_no_task_is_no_task_to_cancel() -> None:
    heap = Heap()
    future = heap.add("asyncio.Future", state="pending")
    method = heap.add("builtins.method", "application", name="Waiter.done")
    waiter = heap.add("app.Waiter", "application")
    heap.refer(future, method, "attribute", "_callbacks", 0)
    heap.refer(method, waiter, "attribute", "__self__")
    heap.refer(waiter, future, "attribute", "reply")
    ((_, report),) = look(heap)
    assert report.cut.edges == ("Waiter.reply",)
    assert report.cut.instruction.startswith("Cancel the future in `Waiter.reply`")


def test_a_task_that_is_done_is_not_to_be_cancelled() -> None:
    heap = Heap()
    job = heap.add("app.Job", "application")
    task = heap.add("asyncio.Task", state="done")
    heap.refer(job, task, "attribute", "task")
    heap.refer(task, job, "attribute", "_result")
    ((_, report),) = look(heap)
    assert report.cut.instruction.startswith("Set `Job.task` to None in a done-callback")
