"""Finds three kinds of reference that no snapshot shows, because the collector does not visit them.

The collector does not visit a running frame, nor an object whose type does not support it: a
``datetime`` refers to its ``tzinfo`` and a numpy array of objects to each of them, and neither is
tracked. The address of the referent is in the object's memory, though. Up to CPython 3.13 it also
does not track a dict that holds only plain values, such as a registry of strings.
"""

from __future__ import annotations

import struct
from array import array
from types import CodeType
from typing import Any, Dict, Iterable, List, NamedTuple, Optional, Set, Tuple

from .frames import OPTIMIZED
from .growable import can_grow
from .labels import describe
from .originals import current_frames, get_objects, is_tracked
from .origins import AGENT, Origins
from .references import References
from .referents import referents_by_type, referents_of
from .snapshot import WORD, find
from .store_origins import StoreOrigins
from .type_layout import TypeLayout

__all__ = ["find_unseen", "measure_dicts"]

HAVE_GC = 1 << 14
"""``Py_TPFLAGS_HAVE_GC``: the type supports the collector."""
PLAIN = (str, bytes, int, float, complex, bool, range, CodeType, type(None), type(...))
"""Types without collector support whose instances hold no objects of the program."""
ZONED = frozenset(("datetime.datetime", "datetime.time"))
"""Types whose instances without ``tzinfo`` are shorter than ``__basicsize__``."""
LARGEST = 1 << 26
"""Maximum size in bytes of a buffer that is searched."""
_flags_of = type.__dict__["__flags__"].__get__
_size_of = type.__dict__["__basicsize__"].__get__


class UnseenReference(NamedTuple):
    """A reference that no snapshot shows."""

    holder: Any
    local: Optional[str] = None
    """The name of the local variable if the holder is a frame."""
    keeper: Any = None
    """The tracked object that refers to the holder if that is untracked."""


def measure_dicts() -> List[array[Any]]:
    """Identities and lengths of all dicts, tracked or not, as unsigned 64-bit integers."""
    lengths = {id(found): len(found) for found in get_objects() if type(found) is dict}
    lengths.update((id(found), len(found)) for found, _ in _plain_dicts())
    for _, _, value in _locals():
        if type(value) is dict and not is_tracked(value):
            lengths[id(value)] = len(value)
    return [array(WORD, lengths), array(WORD, lengths.values())]


def find_unseen(ids: List[int]) -> Dict[str, Any]:
    """Holders of the objects with those identities that no snapshot shows.

    The objects are tracked or growable (:mod:`.growable`). ``holds`` has, for each object found,
    its ``id``, its ``holder``, the ``kind`` and ``name`` of the reference, and the ``keeper``, the
    tracked object that refers to an untracked holder. ``objects`` describes holders and keepers as
    :func:`~.labels.label` does. None of the program's code runs. Call it undisturbed.
    """
    wanted = set(find(ids))
    seen = {**_in_memory(wanted), **_of_untracked(set(ids) - wanted), **_in_frames(set(ids))}
    origins = Origins()
    store_origins = StoreOrigins(origins)
    objects, holds = [], []
    for identity, (holder, name, keeper) in seen.items():
        described = [_describe(holder, identity, origins, store_origins)]
        if keeper is not None:
            described.append(_describe(keeper, id(holder), origins, store_origins))
        named = [one for one in described[0]["references"] if one["to"] == identity]
        kind = "local" if name is not None else "unknown"
        holds.append(
            {
                "id": identity,
                "holder": id(holder),
                "kind": named[0]["kind"] if named else kind,
                "name": named[0]["name"] if named else name,
                "keeper": None if keeper is None else id(keeper),
            }
        )
        objects.extend(described)
    return {"holds": holds, "objects": objects}


def _describe(
    thing: Any, held: int, origins: Origins, store_origins: StoreOrigins
) -> Dict[str, Any]:
    references = References(referents_of(thing), held)
    return describe(thing, references, TypeLayout(type(thing)), origins, store_origins)


def _in_frames(wanted: Set[int]) -> Dict[int, UnseenReference]:
    """References from local variables of running functions, by the identity of the referent."""
    found = {id(value): UnseenReference(frame, local=name) for frame, name, value in _locals()}
    return {identity: found[identity] for identity in wanted.intersection(found)}


def _locals() -> List[Tuple[Any, str, Any]]:
    """Frames, names and values of local variables of running functions, except the agent's.

    Code other than functions has a namespace, which may be a mapping of the program.
    """
    found: List[Tuple[Any, str, Any]] = []
    # It must be empty at the end: it holds this frame at first, which would be a cycle
    # (test_looking_for_what_is_unseen_leaves_no_cycle).
    waiting = list(current_frames().values())
    while waiting:
        frame = waiting.pop()
        if frame.f_back is not None:
            waiting.append(frame.f_back)
        code = frame.f_code
        if code.co_flags & OPTIMIZED and not code.co_filename.startswith(AGENT):
            found.extend((frame, name, value) for name, value in frame.f_locals.items())
    return found


def _in_memory(wanted: Set[int]) -> Dict[int, UnseenReference]:
    """References found in the memory of objects whose type does not support the collector."""
    try:
        from ctypes import string_at
    except Exception:  # an interpreter without ctypes, or one that forbids it
        return {}
    word = struct.calcsize("P")
    layouts: Dict[int, TypeLayout] = {}
    found = {}
    for holder, keepers in referents_by_type(_is_opaque):
        cls = type(holder)
        layout = layouts.get(id(cls)) or layouts.setdefault(id(cls), TypeLayout(cls))
        if ZONED.intersection(layout.names) and layout.read(holder, "tzinfo") is None:
            continue
        memory = string_at(id(holder), _size_of(cls))[object.__basicsize__ :]
        memory = memory[: len(memory) // word * word]
        if layout.in_c:  # otherwise the program's code would create the buffer
            memory += _buffer_of(holder)
        for identity in wanted.intersection(memoryview(memory).cast("P")):
            found[identity] = UnseenReference(holder, keeper=_keeper_of(holder, keepers))
    return found


def _buffer_of(holder: Any) -> bytes:
    """The separate memory of an array of objects; empty for other objects."""
    try:
        with memoryview(holder) as view:
            return view.tobytes() if view.format == "O" and view.nbytes <= LARGEST else b""
    except Exception:  # it has no buffer at present
        return b""


def _of_untracked(wanted: Set[int]) -> Dict[int, UnseenReference]:
    """References to growable objects that are not tracked."""
    found = referents_by_type(can_grow) if wanted else ()
    return {
        id(one): UnseenReference(_keeper_of(one, keepers))
        for one, keepers in found
        if id(one) in wanted
    }


def _plain_dicts() -> Iterable[Tuple[Dict[Any, Any], List[Any]]]:
    return [found for found in referents_by_type(_is_dict) if not is_tracked(found[0])]


def _is_opaque(cls: type) -> bool:
    """Whether the collector does not visit its instances, which may hold objects."""
    return not _flags_of(cls) & HAVE_GC and not any(cls is plain for plain in PLAIN)


def _is_dict(cls: type) -> bool:
    return cls is dict


def _keeper_of(thing: Any, keepers: List[Any]) -> Any:
    return next(one for one in keepers if any(each is thing for each in referents_of(one)))
