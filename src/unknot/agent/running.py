"""What still runs: tasks and threads, what each runs and where it waits.

Asked after the counting is done: it makes frame objects. Nothing of the program's own code runs.
"""

from __future__ import annotations

import functools
import sys
from _thread import get_ident
from types import (
    AsyncGeneratorType,
    BuiltinFunctionType,
    CoroutineType,
    FrameType,
    FunctionType,
    GeneratorType,
    MethodType,
)
from typing import Any, Dict, Iterator, List, NamedTuple, Optional, Tuple

from .anatomy import Anatomy, lineage, module_dict
from .bound import current_frames
from .census import tracked_by_type, type_name
from .labels import state_of
from .origins import Origins

__all__ = ["find_running"]

DEEPEST = 200
"""Awaits and calls that are followed."""
MOST = 100_000
"""Tasks and threads that are described."""

AWAITS = {
    id(AsyncGeneratorType): ("ag_frame", "ag_await"),
    id(CoroutineType): ("cr_frame", "cr_await"),
    id(GeneratorType): ("gi_frame", "gi_yieldfrom"),
}
"""The attributes of what awaits, by the identity of its exact type."""

Anatomies = Dict[int, Anatomy]
"""By the identity of the type."""

COROUTINE_OF = {
    "asyncio.Task": "_coro",
    "trio.hazmat.Task": "coro",
    "trio.lowlevel.Task": "coro",
}
"""The attribute by which a task refers to what it runs, by the name of its type."""

REGISTRIES = (
    *(("threading", name) for name in ("_active", "_limbo", "_dangling", "_shutdown_locks")),
    *(("asyncio.tasks", name) for name in ("_all_tasks", "_current_tasks", "_eager_tasks")),
    ("asyncio.tasks", "_scheduled_tasks"),
    ("trio._core._run", "GLOBAL_RUN_CONTEXT"),
)
"""What keeps tasks and threads because they run, by module and name."""


class Place(NamedTuple):
    """Where something waits."""

    where: Optional[str]
    """``path:line``, of the innermost function of the application, or else of the innermost."""
    function: str
    """The innermost function."""


def find_running() -> Dict[str, Any]:
    """The tasks and threads that still run, and ``registries``: identities of what keeps them so.

    ``running`` has for each its ``id``; ``kind``, task or thread; ``runs``, the name of what it
    runs; ``where`` and ``function``, the place where it waits. Call it undisturbed.
    """
    origins = Origins()
    anatomies: Anatomies = {}
    running: List[Dict[str, Any]] = []
    registries = [id(found) for found in map(_global, REGISTRIES) if found is not None]
    for thing, attribute in _tasks(anatomies):
        registries.extend(map(id, _schedulers(thing, anatomies)))
        coroutine = _attribute(thing, anatomies, attribute)
        frames = list(_awaiting(coroutine))
        if frames and len(running) < MOST:
            running.append(_describe(thing, "task", _name_of(coroutine), frames[::-1], origins))
    own = get_ident()  # its frame would be a cycle of ours
    frames_of = {ident: at for ident, at in current_frames().items() if ident != own}
    active = _global(("threading", "_active"))
    for ident, thread in list(dict.items(active if type(active) is dict else {})):
        if ident in frames_of and len(running) < MOST:
            frames = list(_calling(frames_of[ident]))
            running.append(_describe(thread, "thread", _target_of(thread), frames, origins))
    return {"running": running, "registries": sorted({*registries} - {id(None)})}


def _global(place: Tuple[str, str]) -> Any:
    """What a module that is imported calls so."""
    module, name = place
    return dict.get(module_dict(sys.modules.get(module)), name)


def _tasks(anatomies: Anatomies) -> Iterator[Tuple[Any, str]]:
    """The tasks that may still run, each with the attribute by which it has its coroutine."""
    for thing in tracked_by_type(lambda cls: _coroutine_of(cls) is not None):
        attribute = _coroutine_of(type(thing))
        if attribute and state_of(thing, _anatomy(type(thing), anatomies)) in (None, "pending"):
            yield thing, attribute


def _coroutine_of(cls: type) -> Optional[str]:
    return next(filter(None, map(COROUTINE_OF.get, map(type_name, lineage(cls)))), None)


def _schedulers(task: Any, anatomies: Anatomies) -> Iterator[Any]:
    """What keeps a task because it runs: asyncio's loop; trio's runner, and sets of tasks."""
    yield _attribute(task, anatomies, "_loop")
    yield _attribute(task, anatomies, "_runner")
    yield _attribute(_attribute(task, anatomies, "_parent_nursery"), anatomies, "_children")
    status = _attribute(task, anatomies, "_cancel_status")
    for _ in range(DEEPEST):
        if status is None:
            return
        yield _attribute(status, anatomies, "_tasks")
        yield _attribute(status, anatomies, "_children")
        status = _attribute(status, anatomies, "_parent")


def _anatomy(cls: type, anatomies: Anatomies) -> Anatomy:
    if id(cls) not in anatomies:
        anatomies[id(cls)] = Anatomy(cls)
    return anatomies[id(cls)]


def _attribute(thing: Any, anatomies: Anatomies, name: str) -> Any:
    """An attribute that C computes, or that is in a slot or in the instance's dict."""
    anatomy = _anatomy(type(thing), anatomies)
    found = anatomy.read(thing, name)
    return dict.get(anatomy.instance_dict(thing) or {}, name) if found is None else found


def _awaiting(awaitable: Any) -> Iterator[FrameType]:
    """The frames of what awaits, the outermost first."""
    for _ in range(DEEPEST):
        if id(type(awaitable)) not in AWAITS:
            return
        frame, following = AWAITS[id(type(awaitable))]
        found = getattr(awaitable, frame)
        if found is None:
            return
        yield found
        awaitable = getattr(awaitable, following)


def _calling(frame: Optional[FrameType]) -> Iterator[FrameType]:
    """The frame and its callers'."""
    for _ in range(DEEPEST):
        if frame is None:
            return
        yield frame
        frame = frame.f_back


def _describe(
    thing: Any, kind: str, runs: str, frames: List[FrameType], origins: Origins
) -> Dict[str, Any]:
    place = _place(frames, origins)
    return {
        "id": id(thing),
        "kind": kind,
        "runs": runs,
        "where": place.where,
        "function": place.function,
    }


def _place(frames: List[FrameType], origins: Origins) -> Place:
    """``frames`` are the innermost first."""
    files = [origins.file(str.__str__(frame.f_code.co_filename)) for frame in frames]
    own = [
        place
        for place, file in enumerate(files)
        if file is not None and origins.author(file)[0] == "application"
    ]
    at = own[0] if own else 0
    where = None if files[at] is None else f"{files[at]}:{frames[at].f_lineno}"
    return Place(where, str.__str__(frames[0].f_code.co_name))


def _target_of(thread: Any) -> str:
    target = _attribute(thread, {}, "_target")
    return _name_of(target) if target is not None else f"{type(thread).__name__}.run"


def _name_of(runnable: Any) -> str:
    """The qualified name of a function, or of what calls one."""
    if type(runnable) is functools.partial:
        runnable = runnable.func
    if type(runnable) is MethodType:
        runnable = runnable.__func__
    cls = type(runnable)
    if cls is FunctionType or cls is BuiltinFunctionType or id(cls) in AWAITS:
        return str.__str__(runnable.__qualname__)
    return type_name(cls)
