"""What still runs: tasks and threads, what each runs and where it waits; and caches with a bound.

Asked after the counting is done: it makes frame objects. Nothing of the program's own code runs.
"""

from __future__ import annotations

import functools
import sys
from _thread import get_ident
from collections import deque
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
from .bound import current_frames, get_referents
from .census import tracked_by_type, type_name
from .labels import state_of
from .origins import Origins

__all__ = ["find_bounded", "find_running"]

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

REGISTRIES = (
    *(("threading", name) for name in ("_active", "_limbo", "_dangling", "_shutdown_locks")),
    *(("asyncio.tasks", name) for name in ("_all_tasks", "_current_tasks", "_eager_tasks")),
    ("asyncio.tasks", "_scheduled_tasks"),
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
    anatomies: Dict[int, Anatomy] = {}
    running: List[Dict[str, Any]] = []
    registries = [id(found) for found in map(_global, REGISTRIES) if found is not None]
    for thing, anatomy in _tasks(anatomies):
        loop = _attribute(thing, anatomy, "_loop")
        registries.append(id(loop))
        coroutine = _attribute(thing, anatomy, "_coro")
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
    return {"running": running, "registries": sorted(set(registries))}


def find_bounded() -> List[int]:
    """Identities of caches and deques with a bound, and of the dicts by which caches find."""
    found: List[int] = []
    for thing in tracked_by_type(_may_be_bounded):
        if type(thing) is functools._lru_cache_wrapper:
            if _is_bounded_cache(thing):
                found.append(id(thing))
                found.extend(id(part) for part in get_referents(thing) if type(part) is dict)
        elif _maxlen_of(thing) is not None:
            found.append(id(thing))
    return found


def _may_be_bounded(cls: type) -> bool:
    return cls is functools._lru_cache_wrapper or issubclass(cls, deque)


_maxlen_of: Any = vars(deque)["maxlen"].__get__


def _is_bounded_cache(cache: Any) -> bool:
    try:
        return functools._lru_cache_wrapper.cache_info(cache).maxsize is not None
    except Exception:
        return False


def _global(place: Tuple[str, str]) -> Any:
    """What a module that is imported calls so."""
    module, name = place
    return dict.get(module_dict(sys.modules.get(module)), name)


def _tasks(anatomies: Dict[int, Anatomy]) -> Iterator[Tuple[Any, Anatomy]]:
    for thing in tracked_by_type(_is_task):
        cls = type(thing)
        anatomy = anatomies.get(id(cls))
        if anatomy is None:
            anatomy = anatomies[id(cls)] = Anatomy(cls)
        if state_of(thing, anatomy) == "pending":
            yield thing, anatomy


def _is_task(cls: type) -> bool:
    return any(type_name(each) == "asyncio.Task" for each in lineage(cls))


def _attribute(thing: Any, anatomy: Anatomy, name: str) -> Any:
    """An attribute that C computes, or that is in the instance's dict."""
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
    anatomy = Anatomy(type(thread))
    target = _attribute(thread, anatomy, "_target")
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
