"""Finds the tasks and threads that still run, what each runs, and where it waits.

Used after counting, because it creates frame objects. None of the program's code runs.
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
from typing import Any, Dict, Iterable, Iterator, List, NamedTuple, Optional, Tuple

from .census import type_name
from .labels import state_of
from .originals import current_frames
from .origins import Origins
from .type_layout import TypeLayout, module_dict, mro

__all__ = ["find_running", "may_be_task"]

DEEPEST = 200
"""Maximum number of awaits or calls followed."""
MOST = 100_000
"""Maximum number of tasks and threads described."""

AWAITS = {
    id(AsyncGeneratorType): ("ag_frame", "ag_await"),
    id(CoroutineType): ("cr_frame", "cr_await"),
    id(GeneratorType): ("gi_frame", "gi_yieldfrom"),
}
"""The attributes for an awaitable's frame and for what it awaits, by identity of the exact type."""

Layouts = Dict[int, TypeLayout]
"""By identity of the type."""

COROUTINE_OF = {
    "asyncio.Task": "_coro",
    "trio.hazmat.Task": "coro",
    "trio.lowlevel.Task": "coro",
}
"""The attribute with a task's coroutine, by type name."""

REGISTRIES = (
    *(("threading", name) for name in ("_active", "_limbo", "_dangling", "_shutdown_locks")),
    *(("asyncio.tasks", name) for name in ("_all_tasks", "_current_tasks", "_eager_tasks")),
    ("asyncio.tasks", "_scheduled_tasks"),
    ("trio._core._run", "GLOBAL_RUN_CONTEXT"),
)
"""Global objects that hold tasks and threads while they run, by module and name."""


class Place(NamedTuple):
    """Where a task or thread waits."""

    where: Optional[str]
    """``path:line`` in the innermost function of the application, or else in the innermost one."""
    function: str
    """The innermost function."""


def find_running(things: Iterable[Any]) -> Dict[str, Any]:
    """The ``running`` threads and the tasks among ``things``, and identities of ``registries``.

    The registries are what holds tasks and threads because they run. Each that runs has an ``id``,
    a ``kind`` (task or thread), the name of what it ``runs``, and the place where it waits,
    ``where`` and ``function``. Call it undisturbed.
    """
    origins = Origins()
    layouts: Layouts = {}
    running: List[Dict[str, Any]] = []
    registries = [id(found) for found in map(_global, REGISTRIES) if found is not None]
    for thing, attribute in _tasks(things, layouts):
        registries.extend(map(id, _schedulers(thing, layouts)))
        coroutine = _attribute(thing, layouts, attribute)
        frames = list(_awaiting(coroutine))
        if frames and len(running) < MOST:
            running.append(_describe(thing, "task", _name_of(coroutine), frames[::-1], origins))
    own = get_ident()  # its frame would form a cycle with this one
    frames_of = {ident: at for ident, at in current_frames().items() if ident != own}
    active = _global(("threading", "_active"))
    for ident, thread in list(dict.items(active if type(active) is dict else {})):
        if ident in frames_of and len(running) < MOST:
            frames = list(_calling(frames_of[ident]))
            running.append(_describe(thread, "thread", _target_of(thread), frames, origins))
    return {"running": running, "registries": sorted({*registries} - {id(None)})}


def _global(place: Tuple[str, str]) -> Any:
    """A global of an imported module; ``None`` if there is none."""
    module, name = place
    return dict.get(module_dict(sys.modules.get(module)), name)


def may_be_task(cls: type) -> bool:
    """Whether an instance is a task."""
    return _coroutine_of(cls) is not None


def _tasks(things: Iterable[Any], layouts: Layouts) -> Iterator[Tuple[Any, str]]:
    """The tasks that may still run, each with the name of the attribute with its coroutine."""
    for thing in things:
        attribute = _coroutine_of(type(thing))
        if attribute and state_of(thing, _layout(type(thing), layouts)) in (None, "pending"):
            yield thing, attribute


def _coroutine_of(cls: type) -> Optional[str]:
    return next(filter(None, map(COROUTINE_OF.get, map(type_name, mro(cls)))), None)


def _schedulers(task: Any, layouts: Layouts) -> Iterator[Any]:
    """Objects that hold a task while it runs: asyncio's loop, or trio's runner and task sets."""
    yield _attribute(task, layouts, "_loop")
    yield _attribute(task, layouts, "_runner")
    yield _attribute(_attribute(task, layouts, "_parent_nursery"), layouts, "_children")
    status = _attribute(task, layouts, "_cancel_status")
    for _ in range(DEEPEST):
        if status is None:
            return
        yield _attribute(status, layouts, "_tasks")
        yield _attribute(status, layouts, "_children")
        status = _attribute(status, layouts, "_parent")


def _layout(cls: type, layouts: Layouts) -> TypeLayout:
    if id(cls) not in layouts:
        layouts[id(cls)] = TypeLayout(cls)
    return layouts[id(cls)]


def _attribute(thing: Any, layouts: Layouts, name: str) -> Any:
    """An attribute computed in C, in a slot, or in the instance dict."""
    layout = _layout(type(thing), layouts)
    found = layout.read(thing, name)
    return dict.get(layout.instance_dict(thing) or {}, name) if found is None else found


def _awaiting(awaitable: Any) -> Iterator[FrameType]:
    """The frames of a chain of awaits, the outermost first."""
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
    """The frame and those of its callers, the innermost first."""
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
    """The place where ``frames`` wait, the innermost frame first."""
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
    """The qualified name of a function, partial, method or coroutine; else the type name."""
    if type(runnable) is functools.partial:
        runnable = runnable.func
    if type(runnable) is MethodType:
        runnable = runnable.__func__
    cls = type(runnable)
    if cls is FunctionType or cls is BuiltinFunctionType or id(cls) in AWAITS:
        return str.__str__(runnable.__qualname__)
    return type_name(cls)
