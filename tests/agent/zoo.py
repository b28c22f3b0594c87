"""One object of every kind whose references the agent names, in every state it can be in.

As a script, under any interpreter that the agent supports: ``python zoo.py AGENT_FOLDER`` prints
what the labels say of each, as JSON. So it needs the standard library alone, and Python 3.8.
"""

from __future__ import annotations

import abc
import asyncio
import collections
import contextvars
import functools
import gc
import importlib
import importlib.util
import itertools
import json
import operator
import sys
import types
import typing
import weakref
from collections.abc import Callable, Iterator
from enum import Enum
from typing import Any

if typing.TYPE_CHECKING:
    Animals = dict[str, Any]


class Plain:
    def __init__(self, **attributes: Any) -> None:
        for name, value in attributes.items():
            setattr(self, name, value)

    def method(self) -> None: ...


class Slotted:
    __slots__ = ("__hidden", "empty", "slot")

    def __init__(self) -> None:
        self.slot = [1]
        self.__hidden = [2]


class SlotsAndDict(Slotted):
    def __init__(self) -> None:
        super().__init__()
        self.attribute = [3]


class ListWithAttribute(list):  # type: ignore[type-arg]
    pass


class DictWithAttribute(dict):  # type: ignore[type-arg]
    pass


class TupleWithAttribute(tuple):  # type: ignore[type-arg]
    pass


class SetWithAttribute(set):  # type: ignore[type-arg]
    pass


class DequeWithAttribute(collections.deque):  # type: ignore[type-arg]
    pass


class ErrorWithSlot(ValueError):
    __slots__ = ("slot",)


class Meta(type):
    registry: list[Any]


class WithMeta(metaclass=Meta):
    registry = [[]]


class Abstract(abc.ABC):
    pass


class Colour(Enum):
    RED = ("a", [])


class Point(typing.NamedTuple):
    x: Any
    y: Any


class Reference(weakref.ref):  # type: ignore[type-arg]
    __slots__ = ("key",)


def with_attribute(thing: Any) -> Any:
    thing.attribute = [4]
    return thing


def values() -> Animals:
    """Instances, containers and what reads them."""
    materialised = Plain(first=[1], second=[2])
    vars(materialised)
    many = Plain(**{"attribute%d" % number: [] for number in range(40)})
    twice = [1]
    key = Plain()
    found: Animals = {
        "instance": Plain(first=[1], second=[2]),
        "instance with the same value twice": Plain(first=twice, second=twice, own=Plain),
        "instance with a dict": materialised,
        "instance with many attributes": many,
        "instance without attributes": Plain(),
        "slots": Slotted(),
        "slots and dict": SlotsAndDict(),
        "list": [[], [], 1, twice, twice],
        "tuple": ([], [], 1),
        "set": {key, 1},
        "frozenset": frozenset([key, 1]),
        "dict": {"text": [], 1: [], key: [], ("a", key): 1, True: [2]},
        "deque": collections.deque([[], []]),
        "named tuple": Point([], []),
        "ordered dict": collections.OrderedDict(text=[], other=[]),
        "default dict": collections.defaultdict(make_closure, text=[]),
        "counter": collections.Counter({key: 2}),
        "list subclass": with_attribute(ListWithAttribute([[]])),
        "dict subclass": with_attribute(DictWithAttribute(text=[])),
        "tuple subclass": with_attribute(TupleWithAttribute([[]])),
        "set subclass": with_attribute(SetWithAttribute([key])),
        "deque subclass": with_attribute(DequeWithAttribute([[]])),
        "enum member": Colour.RED,
        "class": Plain,
        "class with slots": Slotted,
        "class with metaclass": WithMeta,
        "metaclass": Meta,
        "abstract class": Abstract,
        "namespace": types.SimpleNamespace(name=[]),
        "module": with_attribute(types.ModuleType("made")),
        "mapping proxy": types.MappingProxyType({"a": []}),
        "dict keys": {"a": []}.keys(),
        "dict items": {"a": []}.items(),
        "dict values": {"a": []}.values(),
        "memory view": memoryview(bytearray(b"ab")),
        "slice": slice([], [], []),
        "attribute getter": operator.attrgetter("a", "b"),
        "item getter": operator.itemgetter([], []),
        "method caller": operator.methodcaller("a", [], b=[]),
    }
    found["managed buffer"] = gc.get_referents(found["memory view"])[0]
    if sys.version_info >= (3, 9):
        found["generic alias"] = list[Plain]
    if sys.version_info >= (3, 10):
        found["union"] = Plain | Slotted
    return found


def iterators() -> Animals:
    made: Animals = {
        "list iterator": iter([[]]),
        "exhausted iterator": iter([[]]),
        "reversed list": reversed([[]]),
        "reversed": reversed(collections.UserList([[]])),
        "sequence iterator": collections.UserList.__iter__ and iter(Sequence()),
        "tuple iterator": iter(([],)),
        "dict iterator": iter({"a": []}),
        "item iterator": iter({"a": []}.items()),
        "set iterator": iter({Plain}),
        "deque iterator": iter(collections.deque([[]])),
        "callable iterator": iter(list, []),
        "map": map(make_closure, [[]]),
        "filter": filter(make_closure, [[]]),
        "zip": zip([[]], [[]]),
        "enumerate": enumerate([[]]),
        "chain": itertools.chain([[]], [[]]),
        "cycle": itertools.cycle([[]]),
        "islice": itertools.islice([[]], 1),
        "repeat": itertools.repeat([]),
        "starmap": itertools.starmap(make_closure, [[]]),
        "takewhile": itertools.takewhile(make_closure, [[]]),
        "filterfalse": itertools.filterfalse(make_closure, [[]]),
        "tee": itertools.tee([[]])[0],
        "groupby": itertools.groupby([[]], make_closure),
    }
    list(made["exhausted iterator"])
    next(made["chain"])
    next(made["cycle"])
    return made


class Sequence:
    def __getitem__(self, index: int) -> int:
        return [1, 2][index]


def make_closure(first: Any = (), *, word: Any = None) -> Callable[[], Any]:
    one, two = [1], [2]

    def inner(default: Any = [3], *, keyword: Any = {"k": []}) -> Any:  # noqa: B006
        return one, two, default, keyword

    return inner


def fresh_module(name: str, without: str) -> Any:
    """A module of the standard library as it is without its half in C."""
    spec = importlib.util.find_spec(name)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    hidden = sys.modules[without]
    sys.modules[without] = None  # type: ignore[assignment]
    try:
        spec.loader.exec_module(module)
    finally:
        sys.modules[without] = hidden
    return module


def callables() -> Animals:
    def annotated(a: Plain, b: list[int] = [1]) -> None: ...  # noqa: B006

    def asked(a: Plain) -> None: ...

    typing.get_type_hints(asked, localns={"Plain": Plain})
    plain = Plain()
    closure = make_closure()
    cached = functools.lru_cache(maxsize=4)(closure)
    endless = functools.lru_cache(maxsize=None)(make_closure)
    cached_with_entries = functools.lru_cache(maxsize=4)(make_closure)
    cached_with_entries(plain)
    cached_with_entries(plain, word=plain)
    owner = Plain()
    owner.own = owner.method
    empty = (lambda: later).__closure__[0]  # type: ignore[has-type,index]
    if plain is None:
        later = None
    return {
        "function": closure,
        "function with annotations": annotated,
        "function with a dict of annotations": asked,
        "function with attributes": with_attribute(make_closure()),
        "closure": closure.__closure__,  # type: ignore[attr-defined]
        "cell": closure.__closure__[0],  # type: ignore[attr-defined]
        "empty cell": empty,
        "bound method": plain.method,
        "bound method of a partial": types.MethodType(functools.partial(make_closure), plain),
        "own method": owner,
        "builtin method": [].append,
        "builtin function": len,
        "method wrapper": [].__len__,
        "method descriptor": list.append,
        "wrapper descriptor": list.__len__,
        "getset descriptor": Plain.__dict__["__dict__"],
        "member descriptor": Slotted.__dict__["slot"],
        "class method": classmethod(closure),
        "static method": staticmethod(closure),
        "property": property(closure, make_closure, make_closure()),
        "super": super(SlotsAndDict, SlotsAndDict()),
        "partial": functools.partial(closure, [], word=[]),
        "partial with attributes": with_attribute(functools.partial(closure, [])),
        "partial in Python": fresh_module("functools", "_functools").partial(closure, [], word=[]),
        "partial method": functools.partialmethod(closure, []),
        "cached function": cached,
        "endlessly cached function": endless,
        "cached function with entries": cached_with_entries,
        "weak reference": weakref.ref(plain, closure),
        "weak reference without callback": weakref.ref(plain),
        "weak reference with a key": with_key(Reference(plain, closure)),
        "weak proxy": weakref.proxy(owner, closure),
        "weak callable proxy": weakref.proxy(closure, closure),
        "weak method": weakref.WeakMethod(owner.method, make_closure),
        "weak set": weakref.WeakSet([plain]),
        "weak key dict": weakref.WeakKeyDictionary({plain: []}),
        "weak value dict": weakref.WeakValueDictionary({"a": plain}),
        "kept alive": [plain, owner],
    }


def with_key(reference: Reference) -> Reference:
    reference.key = [5]
    return reference


def simple_generator(parameter: Any) -> Iterator[Any]:
    local, unbound = [1], [2]
    del unbound
    yield parameter
    yield local


def generator_with_cells(argument: Any, plain: Any) -> Iterator[Any]:
    one, two, three = [1], [2], [1]
    never: Any

    def inner() -> Any:
        return one, two, three, argument, never

    yield inner
    never = plain


def looping_generator() -> Iterator[Any]:
    for item in [[]]:
        yield item


def handling_generator() -> Iterator[Any]:
    try:
        raise ValueError([])
    except ValueError:
        yield []


def keeping_generator() -> Iterator[Any]:
    try:
        raise ValueError([])
    except ValueError as error:
        kept = error
    yield kept


def delegating_generator() -> Iterator[Any]:
    inner = simple_generator([])
    yield from inner


def generator_with_locals() -> Iterator[Any]:
    names = []
    names.append(locals())
    yield names


def generators() -> Animals:
    free = [9]

    def with_free() -> Iterator[Any]:
        mine = [8]
        yield free, mine

    found: Animals = {
        "generator": simple_generator([]),
        "generator with cells": generator_with_cells([], []),
        "generator with free variables": with_free(),
        "looping generator": looping_generator(),
        "handling generator": handling_generator(),
        "keeping generator": keeping_generator(),
        "delegating generator": delegating_generator(),
        "generator that asked for its locals": generator_with_locals(),
        "generator expression": (thing for thing in [[], []]),
        "finished generator": simple_generator([]),
    }
    for generator in found.values():
        next(generator)
    list(found["finished generator"])
    found["closed generator"] = generator_with_cells([], [])
    found["closed generator"].close()
    found["generator that has not begun"] = generator_with_cells([], [])
    found["generator whose frame is known"] = known = simple_generator([])
    next(known)
    found["frame of a generator"] = known.gi_frame  # type: ignore[attr-defined]
    found["frame of a generator with cells"] = found["generator with cells"].gi_frame
    return found


def raising(parameter: Any) -> None:
    local, never = [1], [2]
    cell = [3]

    def inner() -> Any:
        return cell, local

    del never
    raise KeyError(parameter) from ValueError(inner)


def raising_in_class(free: Any) -> None:
    class Body:
        attribute = [1]
        value = free
        function = lambda self: __class__  # type: ignore[name-defined] # noqa: E731
        raise KeyError(attribute)


def raised(function: Callable[..., Any], *arguments: Any) -> BaseException:
    try:
        function(*arguments)
    except BaseException as error:
        return error
    raise AssertionError("nothing was raised")


def raise_while_handling() -> None:
    try:
        raising([])
    except KeyError:
        raise RuntimeError([]) from None


def read_missing(thing: Any) -> Any:
    return thing.missing


def exceptions() -> Animals:
    error = raised(raising, [])
    context = raised(raise_while_handling)
    with_slot = ErrorWithSlot([])
    with_slot.slot = [1]
    with_slot.attribute = [2]  # type: ignore[attr-defined]
    traceback = error.__traceback__
    assert traceback is not None
    assert traceback.tb_next is not None
    frame = traceback.tb_next.tb_frame
    body = raised(raising_in_class, []).__traceback__
    assert body is not None
    assert body.tb_next is not None
    assert body.tb_next.tb_next is not None
    code = compile("raise KeyError([])", "<made>", "exec")
    module = raised(exec, code, {"__name__": "made", "value": []}).__traceback__
    assert module is not None
    assert module.tb_next is not None
    found: Animals = {
        "exception": error,
        "exception with context": context,
        "exception with slots": with_slot,
        "attribute error": raised(read_missing, []),
        "stop iteration": StopIteration([]),
        "stop async iteration": StopAsyncIteration([]),
        "system exit": SystemExit([]),
        "import error": ImportError("a", name="b", path="c"),
        "os error": OSError(1, "a", "b"),
        "unicode error": UnicodeDecodeError("utf-8", b"a", 0, 1, "why"),
        "traceback": traceback,
        "frame of a function": frame,
        "frame of a class": body.tb_next.tb_next.tb_frame,
        "frame of a module": module.tb_next.tb_frame,
        "running frame": sys._getframe(),
    }
    if sys.version_info >= (3, 11):
        group = ExceptionGroup("several", [error, with_slot])  # type: ignore[list-item]
        group.add_note("a note")
        found["exception group"] = group
    return found


variable: contextvars.ContextVar[Any] = contextvars.ContextVar("variable")
other: contextvars.ContextVar[Any] = contextvars.ContextVar("other", default=[7])
many = [contextvars.ContextVar("many%d" % number) for number in range(100)]


def fill(tokens: list[Any], each: list[Any]) -> contextvars.Context:
    for one in each:
        tokens.append(one.set([one.name]))
    return contextvars.copy_context()


def contexts() -> Animals:
    tokens: list[Any] = []
    few = contextvars.Context().run(fill, tokens, [variable, other, variable])
    full = contextvars.Context().run(fill, [], [variable, *many])
    nested = contextvars.Context()
    nested.run(variable.set, other)
    found: Animals = {
        "context": few,
        "empty context": contextvars.Context(),
        "full context": full,
        "context of a variable": nested,
        "token": tokens[0],
        "token with an old value": tokens[-1],
        "context variable": other,
    }
    for name in ("context", "full context", "context of a variable"):
        for number, node in enumerate(nodes_of(found[name])):
            found["node %d of the %s" % (number, name)] = node
    return found


def nodes_of(context: contextvars.Context) -> list[Any]:
    nodes: list[Any] = []
    queue = [context]
    while queue:
        for node in gc.get_referents(queue.pop()):
            if type(node).__name__.startswith("hamt"):
                nodes.append(node)
                queue.append(node)
    return nodes


async def forever(waited: Any) -> None:
    kept = [1]
    await waited
    del kept


async def returning() -> Any:
    return [1]


async def failing() -> None:
    mine = [1]
    raise ValueError(mine)


async def numbers() -> Any:
    kept = [1]
    yield kept
    await asyncio.sleep(30)


async def waiting_numbers(waited: Any) -> Any:
    await waited
    yield 1


def on_done(_: Any) -> None: ...


async def tasks(prefix: str, task: Any, future: Any) -> Animals:
    loop = asyncio.get_running_loop()
    waited = future(loop=loop)
    awaited = future(loop=loop)
    failed, cancelled, successful = (future(loop=loop) for _ in range(3))
    successful.set_result([1])
    failed.set_exception(ValueError([]))
    cancelled.cancel()
    once, twice = future(loop=loop), future(loop=loop)
    once.add_done_callback(on_done)
    for _ in range(3):
        twice.add_done_callback(functools.partial(on_done))
    found: Animals = {
        "pending future": waited,
        "future with a callback": once,
        "future with callbacks": twice,
        "future with a result": successful,
        "future with an exception": failed,
        "cancelled future": cancelled,
        "waiting task": task(forever(waited), loop=loop),
        "task with callbacks": task(forever(awaited), loop=loop),
        "returned task": task(returning(), loop=loop),
        "raised task": task(failing(), loop=loop),
        "cancelled task": task(forever(future(loop=loop)), loop=loop),
    }
    for _ in range(2):
        found["task with callbacks"].add_done_callback(on_done)
    await asyncio.sleep(0)
    found["cancelled task"].cancel()
    for _ in range(3):
        await asyncio.sleep(0)
    failed.exception()
    found["raised task"].exception()
    found["coroutine of a task"] = found["waiting task"].get_coro()
    found["awaiting a future"] = waited.__await__()
    found["wake-up"] = waited._callbacks[0][0]
    return {prefix + name: thing for name, thing in found.items()}


async def coroutines() -> Animals:
    loop = asyncio.get_running_loop()
    handle = loop.call_soon(on_done, [])
    timer = loop.call_later(30, on_done, [])
    created, finished = returning(), returning()
    raised(finished.send, None)
    suspended = numbers()
    await suspended.__anext__()
    done = numbers()
    await done.__anext__()
    await done.aclose()
    waited = loop.create_future()
    awaiting = waiting_numbers(waited)
    step = awaiting.__anext__()
    step.send(None)
    wrapper = forever(waited).__await__()
    found: Animals = {
        "handle": handle,
        "timer handle": timer,
        "coroutine that has not begun": created,
        "finished coroutine": finished,
        "coroutine wrapper": wrapper,
        "async generator": suspended,
        "async generator that has not begun": numbers(),
        "finished async generator": done,
        "awaiting async generator": awaiting,
        "step of an async generator": step,
        "sending to an async generator": suspended.asend([]),
        "throwing into an async generator": suspended.athrow(ValueError([])),
        "loop": loop,
    }
    handle.cancel
    return found


async def animals() -> Animals:
    """Everything, while a loop runs."""
    found: Animals = {}
    for part in (values, iterators, callables, generators, exceptions, contexts):
        found.update(part())
    found.update(await tasks("", asyncio.Task, asyncio.Future))
    pure = asyncio.tasks._PyTask, asyncio.futures._PyFuture  # type: ignore[attr-defined]
    found.update(await tasks("Python ", *pure))
    found.update(await coroutines())
    for prefix, task in (("", asyncio.Task), ("Python ", pure[0])):
        found[prefix + "task that has not begun"] = task(returning(), loop=found["loop"])
        found[prefix + "step"] = found["loop"]._ready[-1]._callback
    return found


def load_agent(folder: str) -> Callable[[list[int]], Any]:
    """The function ``label``, imported as the agent is."""
    package = types.ModuleType("unknot_agent")
    package.__path__ = [folder]
    sys.modules[package.__name__] = package
    return importlib.import_module("unknot_agent.labels").label  # type: ignore[no-any-return]


def tell(label: Callable[[list[int]], Any], zoo: Animals) -> dict[str, Any]:
    """What the labels say of each animal, and where they differ from the collector's view."""
    tracked = {name: thing for name, thing in zoo.items() if gc.is_tracked(thing)}
    seen = {name: list(filter(gc.is_tracked, gc.get_referents(it))) for name, it in tracked.items()}
    objects = {
        each["id"]: each for each in label([id(thing) for thing in tracked.values()])["objects"]
    }
    told: dict[str, Any] = {}
    differing = []
    for name, thing in tracked.items():
        one = objects[id(thing)]
        if [reference["to"] for reference in one["references"]] != list(map(id, seen[name])):
            differing.append(name)
        told[name] = {
            **one,
            "references": [
                [each["kind"], each["name"], each["index"], type(referent).__name__]
                for each, referent in zip(one["references"], seen[name])
            ],
        }
    return {"told": told, "differing": differing}


async def main(folder: str) -> None:
    label = load_agent(folder)
    zoo = await animals()
    gc.collect()
    gc.disable()
    first = tell(label, zoo)
    counts = []
    for _ in range(3):
        label([id(thing) for thing in zoo.values()])
        counts.append(len(gc.get_objects()))
    print(json.dumps({**first, "counts": counts}))  # noqa: T201
    for task in asyncio.all_tasks() - {asyncio.current_task()}:  # type: ignore[arg-type]
        task.cancel()
    sys.stdout.flush()
    import os

    os._exit(0)


if __name__ == "__main__":
    asyncio.run(main(sys.argv[1]))
