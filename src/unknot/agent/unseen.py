"""Who holds an object that no tracked object refers to: a frame that runs, or the memory of C.

The collector does not look into a frame while it runs, nor into an object whose type does not
support it: a ``datetime`` refers to its ``tzinfo``, a numpy array of objects to each of them, and
neither is tracked. The address of what it refers to stands in its memory, though.
"""

from __future__ import annotations

import gc
import struct
import sys
from itertools import chain, compress
from types import CodeType
from typing import Any, Dict, Iterable, List, NamedTuple, Optional, Set, Tuple

from .anatomy import Anatomy
from .frames import OPTIMIZED
from .labels import describe, find, referents_of
from .origins import AGENT, Origins
from .references import References
from .stores import Stores

__all__ = ["find_unseen"]

HAVE_GC = 1 << 14
"""``Py_TPFLAGS_HAVE_GC``: the type supports the collector."""
PLAIN = (str, bytes, int, float, complex, bool, range, CodeType, type(None), type(...))
"""Types without that, whose instances hold nothing of the program's."""
LARGEST = 1 << 26
"""Bytes of a buffer that are looked through."""
CHUNK = 8192
"""Objects whose referents are listed at the same time."""

_flags_of = type.__dict__["__flags__"].__get__
_size_of = type.__dict__["__basicsize__"].__get__


class Sight(NamedTuple):
    """A reference that the collector does not see."""

    holder: Any
    kind: str
    name: Optional[str]
    keeper: Any = None
    """The tracked object that refers to the holder."""


def find_unseen(ids: List[int]) -> Dict[str, Any]:
    """Who holds the tracked objects of those identities, as far as that can be found.

    ``holds`` has for each object found its ``id``, its ``holder``, the ``kind`` and ``name`` of the
    reference, and the ``keeper``: what holds the holder. Those are described in ``objects``, as
    :func:`~.labels.label` does it. Nothing of the program's own code runs; call it undisturbed.
    """
    wanted = set(find(ids))
    seen = {**_in_memory(wanted), **_in_frames(wanted)}
    origins = Origins()
    stores = Stores(origins)
    objects, holds = [], []
    for identity, (holder, kind, name, keeper) in seen.items():
        hold = {"id": identity, "holder": id(holder), "kind": kind, "name": name, "keeper": None}
        objects.append(describe(holder, References([]), Anatomy(type(holder)), origins, stores))
        if keeper is not None:
            references = References(referents_of(keeper), id(holder))
            objects.append(describe(keeper, references, Anatomy(type(keeper)), origins, stores))
            hold["keeper"] = id(keeper)
        holds.append(hold)
    return {"holds": holds, "objects": objects}


def _in_frames(wanted: Set[int]) -> Dict[int, Sight]:
    """By local variables of functions that run, in any thread, but for the agent's own."""
    found = {}
    # Empty at the end: it has this very frame at first, which would be a cycle of ours
    # (test_looking_for_what_is_unseen_leaves_no_cycle).
    waiting = list(sys._current_frames().values())
    while waiting:
        frame = waiting.pop()
        if frame.f_back is not None:
            waiting.append(frame.f_back)
        code = frame.f_code
        # Code that is no function's has a mapping for its locals, which may be the program's.
        if code.co_flags & OPTIMIZED and not code.co_filename.startswith(AGENT):
            for name, value in frame.f_locals.items():
                if id(value) in wanted:
                    found[id(value)] = Sight(frame, "local", name)
    return found


def _in_memory(wanted: Set[int]) -> Dict[int, Sight]:
    """By the memory of objects whose type does not support the collector."""
    try:
        from ctypes import string_at
    except ImportError:  # an interpreter without it
        return {}
    word = struct.calcsize("P")
    found = {}
    for holder, keepers in _opaque_objects():
        memory = string_at(id(holder), _size_of(type(holder)))[object.__basicsize__ :]
        memory = memory[: len(memory) // word * word] + _buffer_of(holder)
        for identity in wanted.intersection(memoryview(memory).cast("P")):
            found[identity] = Sight(holder, "unknown", None, _keeper_of(holder, keepers))
    return found


def _buffer_of(holder: Any) -> bytes:
    """The references of an array of objects: they lie apart from it."""
    if not Anatomy(type(holder)).in_c:  # a buffer that code of the program's makes
        return b""
    try:
        with memoryview(holder) as view:
            return view.tobytes() if view.format == "O" and view.nbytes <= LARGEST else b""
    except Exception:  # it has no buffer, or none now
        return b""


def _opaque_objects() -> Iterable[Tuple[Any, List[Any]]]:
    """Once each, what a tracked object refers to and the collector does not see into.

    With it come some objects, one of which refers to it. A generator would be one of them.
    """
    tracked = gc.get_objects()
    found: Dict[int, Tuple[Any, List[Any]]] = {}
    opaque: Dict[int, bool] = dict.fromkeys(map(id, PLAIN), False)
    for start in range(0, len(tracked), CHUNK):
        keepers = tracked[start : start + CHUNK]
        referents = list(chain.from_iterable(map(referents_of, keepers)))
        types = list(map(type, referents))
        for identity, cls in dict(zip(map(id, types), types)).items():
            if identity not in opaque:
                opaque[identity] = not _flags_of(cls) & HAVE_GC
        for thing in compress(referents, map(opaque.__getitem__, map(id, types))):
            found.setdefault(id(thing), (thing, keepers))
    return found.values()


def _keeper_of(holder: Any, keepers: List[Any]) -> Any:
    return next(one for one in keepers if any(each is holder for each in referents_of(one)))
