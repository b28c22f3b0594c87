"""Every reference that the collector sees is told, by name, and telling disturbs nothing."""

from __future__ import annotations

import asyncio
import gc
import json
import subprocess
import sys
import weakref
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from typing import Any

import pytest

from tests.agent.zoo.callables import Plain, make_closure
from tests.agent.zoo.frames import generator_with_locals, raised, raising, simple_generator
from tests.agent.zoo.stored import PLACES
from tests.interpreters import VERSIONS, need_interpreter
from unknot.agent.labels import label

ROOT = Path(__file__).parents[2]
AGENT = ROOT / "src" / "unknot" / "agent"
INLINE = ("3.11", "3.12", "3.13", "3.14", "3.15")
"""Where generators hold their locals, and instances their attributes, without an object between."""

UNKNOWN = {"rows of a file": "a csv reader offers its dialect, and nothing for what it reads"}
"""Of the zoo, what has a reference whose name C hides, and why."""

DIFFERENT = {
    "closed generator": "one that was closed before it began keeps its arguments since 3.12",
    "empty context": "the empty tree is not tracked since 3.12",
    "generator that asked for its locals": "no dict of them is kept since 3.13",
    "deque subclass": "its attributes are stored inline since 3.14",
    "instance with a dict": "the dict is a view of the instance since 3.13",
    "slots and dict": "3.13 stores no attributes inline where there are slots",
    "stored late": "as the instance with a dict",
}
"""What may have other references on 3.11 than on later releases, and why."""

ATTRIBUTES_INLINE = "attributes are stored inline, without a dict"
ANNOTATE = "has __annotate__, which makes the annotations when they are asked for"
TRACKED = "every dict is tracked, an empty one too"
ITERATING = "a weak collection keeps no list of what to remove later"

DIFFERENT_SINCE_3_14 = {
    "cached function": TRACKED,
    "deque subclass": ATTRIBUTES_INLINE,
    "dict subclass": ATTRIBUTES_INLINE,
    "endlessly cached function": TRACKED,
    "function": ANNOTATE,
    "function with a dict of annotations": ANNOTATE,
    "function with annotations": ANNOTATE,
    "function with attributes": ANNOTATE,
    "future that two tasks await": "knows who awaits it",
    "list subclass": ATTRIBUTES_INLINE,
    "loop": TRACKED,
    "metaclass": TRACKED,
    "method caller": "keeps its arguments in a tuple too",
    "partial method": TRACKED,
    "partial with attributes": TRACKED,
    "pending future": "knows who awaits it",
    "set subclass": ATTRIBUTES_INLINE,
    "union": "keeps what can be hashed apart",
    "weak key dict": ITERATING,
    "weak set": ITERATING,
    "weak value dict": ITERATING,
}

DIFFERENT_SINCE_3_15 = {
    "generator expression": "iterates over a list itself, without an iterator",
    "getset descriptor": "its class is not among its references",
    "looping generator": "iterates over a tuple itself, without an iterator",
    "throwing into an async generator": "keeps the exception, not a tuple",
}

EVERYWHERE = {
    "bound method": {"attribute __func__ → function", "attribute __self__ → Plain"},
    "cell": {"cell → list"},
    "closure": {"item 0 → cell", "item 1 → cell"},
    "context": {"attribute vars → hamt"},
    "dict": {
        "item text → list",
        "item 1 → list",
        "item → list",
        "key → Plain",
        "key → tuple",
    },
    "exception": {
        "attribute args → tuple",
        "attribute __cause__ → ValueError",
        "attribute __traceback__ → traceback",
    },
    "exception with context": {
        "attribute args → tuple",
        "attribute __context__ → KeyError",
        "attribute __traceback__ → traceback",
    },
    "future with a callback": {
        "attribute _loop → _UnixSelectorEventLoop",
        "attribute _callbacks 0 → function",
        "attribute _callbacks 1 → Context",
    },
    "handle": {
        "attribute _args → tuple",
        "attribute _callback → function",
        "attribute _context → Context",
        "attribute _loop → _UnixSelectorEventLoop",
        "class → type",
    },
    "list": {"item 0 → list", "item 1 → list", "item 3 → list", "item 4 → list"},
    "set": {"key → Plain"},
    "slots": {"attribute _Slotted__hidden → list", "attribute slot → list", "class → type"},
    "stop iteration": {"attribute args → tuple", "attribute value → list"},
    "token with an old value": {"attribute context → Context", "attribute old_value → list"},
    "traceback": {"attribute tb_frame → frame", "attribute tb_next → traceback"},
    "weak reference with a key": {"attribute key → list", "callback → function", "class → type"},
}
"""The references of some objects, the same on every release."""

SINCE_3_11 = {
    "async generator": {
        "attribute ag_finalizer → method",
        "attribute f_func → function",
        "local kept → list",
    },
    "cancelled task": {
        "attribute _cancelled_exc → CancelledError",
        "attribute _context → Context",
        "attribute _coro → coroutine",
        "attribute _loop → _UnixSelectorEventLoop",
    },
    "coroutine of a task": {
        "attribute cr_await → FutureIter",
        "attribute f_func → function",
        "local kept → list",
        "local waited → Future",
    },
    "delegating generator": {
        "attribute f_func → function",
        "attribute gi_yieldfrom → generator",
        "local inner → generator",
    },
    "finished coroutine": set(),
    "frame of a function": {
        "attribute f_back → frame",
        "attribute f_func → function",
        "local cell → cell",
        "local inner → function",
        "local local → cell",
        "local parameter → list",
    },
    "function": {
        "attribute __builtins__ → dict",
        "attribute __defaults__ → tuple",
        "attribute __globals__ → dict",
        "attribute __kwdefaults__ → dict",
        "closure → tuple",
    },
    "generator with cells": {
        "attribute f_func → function",
        "local argument → cell",
        "local inner → function",
        "local never → cell",
        "local one → cell",
        "local plain → list",
        "local three → cell",
        "local two → cell",
    },
    "handling generator": {"attribute exc_value → ValueError", "attribute f_func → function"},
    "instance": {"attribute first → list", "attribute second → list", "class → type"},
    "partial": {
        "attribute func → function",
        "attribute args → tuple",
        "attribute keywords → dict",
        "class → type",
    },
    "raised task": {
        "attribute _context → Context",
        "attribute _coro → coroutine",
        "attribute _exception → ValueError",
        "attribute _exception_tb → traceback",
        "attribute _loop → _UnixSelectorEventLoop",
    },
    "waiting task": {
        "attribute _context → Context",
        "attribute _coro → coroutine",
        "attribute _fut_waiter → Future",
        "attribute _loop → _UnixSelectorEventLoop",
    },
}
"""The references of some objects whose shape changed with 3.11. From 3.12 on, a C task's type is
one of its references, too.
"""

SINCE_3_14 = {"function": {"attribute __annotate__ → function", "dict → dict"}}
"""What some have besides since 3.14."""

STATES = {
    "async generator": "suspended",
    "awaiting async generator": "running",
    "cancelled future": "cancelled",
    "cancelled task": "cancelled",
    "closed generator": "finished",
    "coroutine that has not begun": "suspended",
    "finished async generator": "finished",
    "finished coroutine": "finished",
    "finished generator": "finished",
    "future with an exception": "done",
    "generator": "suspended",
    "pending future": "pending",
    "Python cancelled task": "cancelled",
    "Python future with a result": "done",
    "Python waiting task": "pending",
    "returned task": "done",
    "waiting task": "pending",
    "list": None,
}

ORIGINS = {
    "bound method": ("application", "tests", "Plain.method"),
    "builtin method": ("interpreter", "", "append"),
    "class": ("application", "tests", "Plain"),
    "coroutine of a task": ("application", "tests", "forever"),
    "deque": ("interpreter", "collections", None),
    "handle": ("library", "asyncio", None),
    "instance": ("application", "tests", None),
    "list": ("interpreter", "", None),
    "named tuple": ("application", "tests", None),
    "partial in Python": ("library", "functools", None),
    "Python step": ("library", "asyncio", "Task.__step"),
    "waiting task": ("interpreter", "asyncio", None),
}
"""Origin, package, name."""


@cache
def zoo(version: str) -> dict[str, Any]:
    command = [need_interpreter(version), "-W", "ignore", "-m", "tests.agent.zoo", str(AGENT)]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    result: dict[str, Any] = json.loads(done.stdout)
    return result


def told(version: str) -> dict[str, set[str]]:
    """What each object's references are called, and what type they lead to."""
    return {
        name: {show(*reference) for reference in one["references"]}
        for name, one in zoo(version)["told"].items()
    }


def text_at(place: str) -> str:
    """The line of code at ``path:line``, without what is left and right of it."""
    path, _, line = place.rpartition(":")
    return Path(path).read_text(encoding="utf-8").splitlines()[int(line) - 1].strip()


def show(kind: str, name: str | None, index: int | None, target: str) -> str:
    parts = [kind, name, None if index is None else str(index), "→", target]
    return " ".join(part for part in parts if part is not None)


def described(thing: object) -> dict[str, Any]:
    reply = label([id(thing)])
    assert reply["missing"] == []
    found: dict[str, Any] = reply["objects"][0]
    return found


@pytest.mark.once
@pytest.mark.parametrize("version", VERSIONS)
def test_every_reference_the_collector_sees_is_told_in_its_order(version: str) -> None:
    assert zoo(version)["differing"] == []
    assert len(zoo(version)["told"]) > 200


@pytest.mark.once
@pytest.mark.parametrize("version", VERSIONS)
def test_every_reference_has_a_name_where_c_does_not_hide_it(version: str) -> None:
    hidden = {
        name
        for name, references in told(version).items()
        if any(reference.startswith("unknown") for reference in references)
    }
    assert hidden == set(UNKNOWN)


@pytest.mark.once
@pytest.mark.parametrize("version", VERSIONS)
@pytest.mark.parametrize("name", EVERYWHERE)
def test_the_names_that_are_the_same_on_every_release(version: str, name: str) -> None:
    assert told(version)[name] == EVERYWHERE[name] | told(version)[name] & {"class → type"}


@pytest.mark.once
@pytest.mark.parametrize("version", VERSIONS)
def test_names_that_a_release_changed(version: str) -> None:
    names = told(version)
    inline, apart = {"attribute attribute → list"}, {"dict → dict"}
    attributes = inline if version in ("3.14", "3.15") else apart
    assert names["deque subclass"] == {"item 0 → list", "class → type", *attributes}
    thrown = "typ → ValueError" if version == "3.15" else "args → tuple"
    assert names["throwing into an async generator"] == {
        "attribute generator → async_generator",
        f"attribute {thrown}",
    }


@pytest.mark.once
@pytest.mark.parametrize("version", ["3.14", "3.15"])
def test_what_a_loop_iterates_over_is_on_the_stack(version: str) -> None:
    iterated = "tuple" if version == "3.15" else "tuple_iterator"
    assert f"local (stack) → {iterated}" in told(version)["looping generator"]


@pytest.mark.once
@pytest.mark.parametrize("version", ["3.14", "3.15"])
def test_who_awaits_a_future_is_named(version: str) -> None:
    names = told(version)
    assert "attribute _asyncio_awaited_by → Task" in names["pending future"]
    assert "attribute _asyncio_awaited_by → set" in names["future that two tasks await"]
    assert "attribute _fut_waiter → Future" in names["task that shares a future"]


@pytest.mark.once
@pytest.mark.parametrize("version", INLINE)
@pytest.mark.parametrize("name", SINCE_3_11)
def test_the_names_that_are_the_same_since_3_11(version: str, name: str) -> None:
    found = told(version)[name] - {"class → type", *SINCE_3_14.get(name, ())}
    assert found == SINCE_3_11[name] - {"class → type"}


@pytest.mark.once
@pytest.mark.parametrize("version", ["3.8", "3.9", "3.10"])
def test_before_3_11_the_frame_holds_the_locals(version: str) -> None:
    names = told(version)
    assert names["generator with cells"] == {"attribute gi_frame → frame"}
    held = {each for each in names["frame of a generator"] if each.startswith("local")}
    assert held == {"local parameter → list", "local local → list"}
    held = {each for each in names["frame of a function"] if each.startswith("local")}
    assert held == {each for each in SINCE_3_11["frame of a function"] if each.startswith("local")}


@pytest.mark.once
@pytest.mark.parametrize("version", INLINE[1:])
def test_an_object_reads_the_same_on_the_releases_that_are_gated(version: str) -> None:
    first, second = told(INLINE[0]), told(version)
    # How a tree of variables is laid out depends on their hashes; types made in C became
    # referents of their instances one release after the other.
    names = {name for name in first.keys() & second.keys() if not name.startswith("node ")}
    differing = {name for name in names if (first[name] ^ second[name]) - {"class → type"}}
    known = set(DIFFERENT)
    if version in ("3.14", "3.15"):
        known.update(DIFFERENT_SINCE_3_14)
    if version == "3.15":
        known.update(DIFFERENT_SINCE_3_15)
    assert differing <= known


@pytest.mark.once
@pytest.mark.parametrize("version", VERSIONS)
def test_the_variables_of_a_context_are_called_by_their_names(version: str) -> None:
    few = [each for name, each in told(version).items() if name.endswith(" of the context")]
    named = {reference for references in few for reference in references}
    assert {"variable variable → list", "variable other → list"} <= named
    full = [each for name, each in told(version).items() if name.endswith(" of the full context")]
    named = {reference for references in full for reference in references}
    assert {f"variable many{number} → list" for number in range(100)} <= named
    nested = [each for name, each in told(version).items() if name.endswith("of a variable")]
    assert {"variable variable → ContextVar"} in [set(each) for each in nested]


@pytest.mark.once
@pytest.mark.parametrize("version", VERSIONS)
def test_states(version: str) -> None:
    found = zoo(version)["told"]
    assert {name: found[name]["state"] for name in STATES} == STATES


@pytest.mark.once
@pytest.mark.parametrize("version", VERSIONS)
def test_whose_code_it_is(version: str) -> None:
    found = zoo(version)["told"]
    for name, expected in ORIGINS.items():
        one = found[name]
        assert (name, one["origin"], one["package"], one["name"]) == (name, *expected)
    assert found["function"]["freevars"] == ["one", "two"]
    assert found["list"]["freevars"] == []


@pytest.mark.once
@pytest.mark.parametrize("version", VERSIONS)
def test_code_and_classes_are_found_in_their_files(version: str) -> None:
    found = zoo(version)["told"]
    line = simple_generator.__code__.co_firstlineno
    assert found["generator"]["where"].endswith(f"frames.py:{line}")
    line = raising.__code__.co_firstlineno + 8
    assert found["frame of a function"]["where"].endswith(f"frames.py:{line}")
    # the class's own line is known since 3.13, before that the first method's
    method = Plain.__init__.__code__.co_firstlineno
    where, number = found["instance"]["where"].rsplit(":", 1)
    assert where.endswith("callables.py")
    assert method - 3 <= int(number) <= method
    assert found["list"]["where"] is None


@pytest.mark.once
@pytest.mark.parametrize("version", VERSIONS)
def test_no_code_of_a_hostile_object_runs(version: str) -> None:
    assert zoo(version)["ran"] == []
    assert len(zoo(version)["enemies"]) == 26


@pytest.mark.once
@pytest.mark.parametrize("version", VERSIONS)
def test_the_line_that_stores_an_attribute_is_found(version: str) -> None:
    found = zoo(version)["told"]
    texts = {
        attribute: found[f"stored {attribute}"]["stores"].get(attribute) for attribute in PLACES
    }
    assert {name: place and text_at(place) for name, place in texts.items()} == PLACES


@pytest.mark.once
@pytest.mark.parametrize("version", VERSIONS)
def test_of_what_c_or_a_class_keeps_no_line_is_told(version: str) -> None:
    found = zoo(version)["told"]
    written_in_c = {name for name, one in found.items() if one["origin"] == "interpreter"}
    silent = {"class", "function with attributes", "module", "namespace", *written_in_c}
    assert {name: found[name]["stores"] for name in silent if found[name]["stores"]} == {}
    assert len(written_in_c) > 100


@pytest.mark.once
@pytest.mark.parametrize("version", VERSIONS)
def test_the_line_is_found_among_hostile_code_and_none_of_it_runs(version: str) -> None:
    assert zoo(version)["ran"] == []
    (one,) = [one for one in zoo(version)["enemies"] if one["type"] == "loud_module.LoudStores"]
    texts = {name: text_at(place) for name, place in one["stores"].items()}
    assert texts == {"stored": "thing.stored = [1]", "elsewhere": "thing.elsewhere = [1]"}


@pytest.mark.once
@pytest.mark.parametrize("version", VERSIONS)
def test_nothing_is_left_behind_and_nothing_to_collect(version: str) -> None:
    result = zoo(version)
    assert len(set(result["counts"])) == 1
    assert result["garbage"] == 0


def test_what_does_not_exist_is_missing() -> None:
    thing = Plain()
    untracked = 10**30
    reply = label([id(thing), id(untracked), 8, id(thing)])
    assert [one["id"] for one in reply["objects"]] == [id(thing)]
    assert reply["missing"] == [id(untracked), 8]


def test_an_object_that_was_labelled_is_freed_like_any_other() -> None:
    thing = Plain(third=Plain())
    dies = [weakref.ref(thing), weakref.ref(thing.third)]
    gc.disable()
    try:
        described(thing)
        del thing
        assert [reference() for reference in dies] == [None, None]
    finally:
        gc.enable()


def test_the_collector_stays_as_it_was() -> None:
    assert gc.isenabled()
    label([])
    assert gc.isenabled()
    gc.disable()
    try:
        label([])
        assert not gc.isenabled()
    finally:
        gc.enable()


def test_a_labelled_frame_holds_its_locals_no_longer_than_before() -> None:
    dies: list[weakref.ref[Plain]] = []

    def fail() -> None:
        own = Plain()
        dies.append(weakref.ref(own))
        raise KeyError

    frame = raised(fail).__traceback__.tb_next.tb_frame
    assert "own" in {one["name"] for one in described(frame)["references"]}
    frame.clear()
    assert dies[0]() is None


def test_a_dict_of_locals_that_the_program_asked_for_is_not_touched() -> None:
    generator: Iterator[Any] = generator_with_locals()
    (asked,) = next(generator)
    asked["names"] = changed = Plain()
    asked["more"] = 1
    described(generator)
    assert asked == {"names": changed, "more": 1}


def test_a_generator_is_labelled_while_it_runs() -> None:
    def labels_itself() -> Iterator[Any]:
        own = Plain()
        yield described(holder[0])
        del own

    holder: list[Any] = []
    holder.append(labels_itself())
    found = next(holder[0])
    assert (found["state"], found["name"]) == ("running", described(holder[0])["name"])


def test_a_future_in_debug_mode_tells_where_it_was_made() -> None:
    async def make() -> set[str]:
        future = asyncio.get_running_loop().create_future()
        return {one["name"] for one in described(future)["references"]}

    with asyncio.Runner(debug=True) as runner:
        assert "_source_traceback" in runner.run(make())


def test_the_module_asyncio_in_c_is_left_alone() -> None:
    # On 3.12 its list of dead iterators would be brought to life, and freed twice.
    module = sys.modules["_asyncio"]
    assert described(module)["references"] == []
    gc.collect()


def test_an_attribute_called_dict_does_not_hide_the_instances_own() -> None:
    class Hiding:
        __dict__ = property(lambda self: {})

    thing = Hiding()
    for number in range(40):  # more than are stored inline
        object.__setattr__(thing, f"a{number}", [number])
    kinds = {one["kind"] for one in described(thing)["references"]}
    assert kinds == {"dict", "class"}


def test_a_closure_is_found_behind_a_function() -> None:
    closure = make_closure()
    (to,) = [one["to"] for one in described(closure)["references"] if one["kind"] == "closure"]
    assert to == id(closure.__closure__)


def test_of_an_object_with_many_references_those_to_the_others_are_told() -> None:
    things: list[Any] = [[], [], []]
    many: list[Any] = [[] for _ in range(50)]
    many[7], many[30], many[31] = things[0], things[1], things[1]
    mapping: dict[Any, Any] = {number: [] for number in range(50)}
    mapping |= {"here": things[2], "there": many}
    few = [things[0], []]
    ids = [id(each) for each in (many, mapping, few, *things)]
    told = {each["id"]: each["references"] for each in label(ids, most=10)["objects"]}
    everything = {each["id"]: each["references"] for each in label(ids)["objects"]}
    assert {one["index"]: one["to"] for one in told[id(many)]} == {
        7: id(things[0]),
        30: id(things[1]),
        31: id(things[1]),
    }
    for identity, references in told.items():
        few_or_known = [one for one in everything[identity] if one["to"] in ids]
        assert references == (everything[identity] if identity == id(few) else few_or_known)
    assert [one["name"] for one in told[id(mapping)]] == ["here", "there"]
