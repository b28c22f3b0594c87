"""Operations that each leave something reachable, beside each its clean twin."""

from __future__ import annotations

import asyncio
import atexit
import contextvars
import ctypes
import functools
import logging
import threading
import weakref
from collections import deque
from collections.abc import Callable
from datetime import datetime, timedelta, tzinfo
from itertools import count

numbers = count(1000)  # small integers are no blocks


class Entry:
    def close(self) -> None:
        pass


# A registry that grows.

REGISTRY: dict[str, list[Entry]] = {"entries": []}


def registry() -> None:
    REGISTRY["entries"].append(Entry())


def registry_clean() -> None:
    registry()
    REGISTRY["entries"].pop()


# A value that refers to its own key in a WeakKeyDictionary.


class Key:
    pass


class Value:
    def __init__(self, key: object) -> None:
        self.key = key


VALUES: weakref.WeakKeyDictionary[Key, Value] = weakref.WeakKeyDictionary()


def weak_key() -> None:
    key = Key()
    VALUES[key] = Value(key)


def weak_key_clean() -> None:
    key = Key()
    VALUES[key] = Value(weakref.ref(key))


# A reference to a string that C code never gives back.


def lost_string() -> None:
    ctypes.pythonapi.Py_IncRef(ctypes.py_object(str(next(numbers))))


def lost_string_clean() -> None:
    text = ctypes.py_object(str(next(numbers)))
    ctypes.pythonapi.Py_IncRef(text)
    ctypes.pythonapi.Py_DecRef(text)


# The same with an object that the collector tracks.


def lost_entry() -> None:
    ctypes.pythonapi.Py_IncRef(ctypes.py_object(Entry()))


# Two registries, one of which keeps two entries.

FIRST: list[Entry] = []
SECOND: list[Entry] = []


def two_registries() -> None:
    FIRST.append(Entry())
    SECOND.extend((Entry(), Entry()))


# One entry more in another of many lists, each time.

LISTS: list[list[Entry]] = [[] for _ in range(5000)]


def scattered() -> None:
    LISTS[next(numbers) % len(LISTS)].append(Entry())


def scattered_clean() -> None:
    scattered()
    for each in LISTS:
        each.clear()


# What a closure, a local of a thread, a cache, a default argument keep.


def make_closure() -> Callable[[], None]:
    seen: list[Entry] = []

    def see() -> None:
        seen.append(Entry())

    return see


closure = make_closure()

here = threading.local()
here.entries = []


def thread_local() -> None:
    here.entries.append(Entry())


class Calculation:
    @functools.cache  # noqa: B019
    def result(self) -> int:
        return 1


def cached() -> None:
    Calculation().result()


def cached_clean() -> None:
    Calculation().result()
    Calculation.result.cache_clear()


def default(entries: list[Entry] = []) -> None:  # noqa: B006
    entries.append(Entry())


# Registries of plain values, which the collector does not track.

NAMES: dict[str, str] = {}


def plain_registry() -> None:
    number = next(numbers)
    NAMES[f"name {number}"] = f"value {number}"


def plain_registry_clean() -> None:
    plain_registry()
    NAMES.popitem()


class Metrics:
    def __init__(self) -> None:
        self.seen: dict[str, float] = {}


METRICS = Metrics()


def plain_attribute() -> None:
    METRICS.seen[f"metric {next(numbers)}"] = 1.0


SEEN: set[str] = set()


def plain_set() -> None:
    SEEN.add(f"seen {next(numbers)}")


# A logger for every operation.


def logger() -> None:
    logging.getLogger(f"leaks.{next(numbers)}")


# A task that never ends: a weak set has it too.

WAITING: list[asyncio.Task[bool]] = []


async def task() -> None:
    WAITING.append(asyncio.ensure_future(asyncio.Event().wait()))
    await asyncio.sleep(0)


async def task_clean() -> None:
    await task()
    waiting = WAITING.pop()
    waiting.cancel()
    await asyncio.wait([waiting])


# A callback in a registry of C's.


def registered() -> None:
    atexit.register(Entry().close)


def registered_clean() -> None:
    atexit.register(Entry().close)
    atexit._clear()  # unregister() leaves a slot behind, and the C heap grows by it


# Entries of two registries that refer to each other weakly, or one to the other.


class Session:
    def __init__(self) -> None:
        self.conn: weakref.ref[Conn] | None = None


class Conn:
    def __init__(self) -> None:
        self.session: weakref.ref[Session] | None = None


SESSIONS: list[Session] = []
CONNS: list[Conn] = []


def weak_pair(both: bool = True) -> None:
    session, conn = Session(), Conn()
    conn.session = weakref.ref(session)
    if both:
        session.conn = weakref.ref(conn)
    SESSIONS.append(session)
    CONNS.append(conn)


weak_one_way = functools.partial(weak_pair, both=False)


# What only a thread's function holds.

fill = threading.Event()
filled = threading.Event()


def run() -> None:
    names: dict[str, str] = {}
    while True:
        fill.wait()
        fill.clear()
        number = next(numbers)
        names[f"name {number}"] = f"value {number}"
        filled.set()


threading.Thread(target=run, daemon=True).start()


def local_of_a_thread() -> None:
    filled.clear()
    fill.set()
    filled.wait()


# The memory of a type that does not support the collector: a datetime's tzinfo.


class Zone(tzinfo):
    def utcoffset(self, when: datetime | None) -> timedelta:
        return timedelta(0)

    dst = utcoffset

    def tzname(self, when: datetime | None) -> str:
        return "here"


STAMPS: dict[str, list[datetime]] = {"all": []}


def stamp() -> None:
    STAMPS["all"].append(datetime(2026, 1, 1, tzinfo=Zone()))


def stamp_clean() -> None:
    stamp()
    STAMPS["all"].pop()


# A way from a value to its weak key that passes other objects, in a table of one's own.


class ScopeTable(weakref.WeakKeyDictionary):  # type: ignore[type-arg]  # 3.8
    pass


SCOPES = ScopeTable()


def weak_key_among_others(strong: bool = True) -> None:
    key = Key()
    inner = Value(key if strong else weakref.ref(key))
    SCOPES[key] = {"bound": Entry(), "inner": (inner, Entry())}


weak_key_among_others_clean = functools.partial(weak_key_among_others, strong=False)


# What C code holds is in a cache with a bound, too.


@functools.lru_cache(300)
def priced(entry: Entry) -> int:
    return 1


RECENT: deque[Entry] = deque(maxlen=200)
LATEST: dict[int, Entry] = {}


def lost_and_cached() -> None:
    entry = Entry()
    priced(entry)
    ctypes.pythonapi.Py_IncRef(ctypes.py_object(entry))


def lost_and_cached_clean() -> None:
    priced(Entry())
    priced.cache_clear()


def lost_and_recent() -> None:
    entry = Entry()
    RECENT.append(entry)
    ctypes.pythonapi.Py_IncRef(ctypes.py_object(entry))


def lost_and_in_a_full_dict() -> None:
    entry = Entry()
    LATEST[next(numbers)] = entry
    if len(LATEST) > 12:
        del LATEST[min(LATEST)]
    ctypes.pythonapi.Py_IncRef(ctypes.py_object(entry))


# A cache without a bound, and what its entries leave elsewhere.


class Model:
    pass


class Adapted:
    def __init__(self, model: type) -> None:
        self.model = model


@functools.cache
def adapted_of(model: type) -> Adapted:
    return Adapted(model)


@functools.lru_cache(64)
def title_of(model: type) -> tuple[type, str]:
    return model, model.__name__


def adapted() -> None:
    model = type("Reply", (Model,), {})
    title_of(model)
    adapted_of(model)


def adapted_clean() -> None:
    title_of(Model)
    adapted_of(Model)


# Tasks and threads that nobody ends.


async def poll_forever(entry: Entry) -> None:
    while True:  # noqa: ASYNC110
        await asyncio.sleep(0.7)  # poll waits here


async def start_to_poll() -> None:
    asyncio.get_running_loop().create_task(poll_forever(Entry()))


async def poll() -> None:
    await asyncio.create_task(start_to_poll())


async def poll_clean() -> None:
    polling = asyncio.get_running_loop().create_task(poll_forever(Entry()))
    await asyncio.sleep(0)
    polling.cancel()
    await asyncio.wait([polling])


def listen_for(stop: threading.Event, entry: Entry) -> None:
    stop.wait()  # listen waits here


def listen() -> None:
    threading.Thread(target=listen_for, args=(threading.Event(), Entry()), daemon=True).start()


def listen_clean() -> None:
    stop = threading.Event()
    thread = threading.Thread(target=listen_for, args=(stop, Entry()), daemon=True)
    thread.start()
    stop.set()
    thread.join()


class Listener(threading.Thread):
    def __init__(self) -> None:
        super().__init__(daemon=True)
        self.stop = threading.Event()

    def run(self) -> None:
        self.stop.wait()  # listen_by_subclass waits here


def listen_by_subclass() -> None:
    Listener().start()


# One entry in two registries.

THIRD: list[Entry] = []


def in_two_registries() -> None:
    entry = Entry()
    FIRST.append(entry)
    THIRD.append(entry)


def in_two_registries_clean() -> None:
    in_two_registries()
    FIRST.pop()
    THIRD.pop()


# A context variable for every operation: the context keeps what was set in each.


def variable_each() -> None:
    user: contextvars.ContextVar[list[str]] = contextvars.ContextVar("user")
    user.set(["nobody"])


USER: contextvars.ContextVar[list[str]] = contextvars.ContextVar("user")


def variable_each_clean() -> None:
    USER.set(["nobody"])
