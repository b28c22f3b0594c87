"""What no snapshot has, because the collector does not see it: three kinds of reference.

It does not look into a frame while it runs, nor into an object whose type does not support it: a
``datetime`` refers to its ``tzinfo``, a numpy array of objects to each of them, and neither is
tracked. The address of what it refers to stands in its memory, though. Nor does it track a dict,
up to CPython 3.13, that holds plain values alone, as a registry of strings does.
"""

from __future__ import annotations

import struct
from array import array
from types import CodeType
from typing import Any, Dict, Iterable, List, NamedTuple, Optional, Set, Tuple

from .anatomy import Anatomy
from .bound import current_frames, get_objects, is_tracked
from .frames import OPTIMIZED
from .givers import Givers
from .growable import can_grow
from .labels import describe
from .origins import AGENT, Origins
from .references import References
from .referents import referents_by_type, referents_of
from .snapshot import WORD, find

__all__ = ["find_unseen", "measure_dicts"]

HAVE_GC = 1 << 14
"""``Py_TPFLAGS_HAVE_GC``: the type supports the collector."""
PLAIN = (str, bytes, int, float, complex, bool, range, CodeType, type(None), type(...))
"""Types without that, whose instances hold nothing of the program's."""
ZONED = frozenset(("datetime.datetime", "datetime.time"))
"""Without a zone, they are shorter than their types say: what follows in memory is not theirs."""
LARGEST = 1 << 26
"""Bytes of a buffer that are looked through."""
_flags_of = type.__dict__["__flags__"].__get__
_size_of = type.__dict__["__basicsize__"].__get__


class Sight(NamedTuple):
    """A reference that no snapshot has."""

    holder: Any
    local: Optional[str] = None
    """The name, of one that a frame has."""
    keeper: Any = None
    """The tracked object that refers to a holder which is not tracked."""


def measure_dicts() -> List[array[Any]]:
    """Identities and lengths of all dicts, tracked or not, unsigned 64 bit each."""
    lengths = {id(found): len(found) for found in get_objects() if type(found) is dict}
    lengths.update((id(found), len(found)) for found, _ in _plain_dicts())
    for _, _, value in _locals():
        if type(value) is dict and not is_tracked(value):
            lengths[id(value)] = len(value)
    return [array(WORD, lengths), array(WORD, lengths.values())]


def find_unseen(ids: List[int]) -> Dict[str, Any]:
    """Who holds the objects of those identities, as far as no snapshot says it.

    They are tracked, or can grow (:mod:`.growable`). ``holds`` has for each object found its
    ``id``, its ``holder``, the ``kind`` and ``name`` of the reference, and the ``keeper``: what
    holds the holder, where that is not tracked. Those are described in ``objects``, as
    :func:`~.labels.label` does it. Nothing of the program's own code runs; call it undisturbed.
    """
    wanted = set(find(ids))
    seen = {**_in_memory(wanted), **_of_untracked(set(ids) - wanted), **_in_frames(set(ids))}
    origins = Origins()
    givers = Givers(origins)
    objects, holds = [], []
    for identity, (holder, name, keeper) in seen.items():
        told = [_tell(holder, identity, origins, givers)]
        if keeper is not None:
            told.append(_tell(keeper, id(holder), origins, givers))
        named = [one for one in told[0]["references"] if one["to"] == identity]
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
        objects.extend(told)
    return {"holds": holds, "objects": objects}


def _tell(thing: Any, held: int, origins: Origins, givers: Givers) -> Dict[str, Any]:
    references = References(referents_of(thing), held)
    return describe(thing, references, Anatomy(type(thing)), origins, givers)


def _in_frames(wanted: Set[int]) -> Dict[int, Sight]:
    """By local variables of functions that run."""
    found = {id(value): Sight(frame, local=name) for frame, name, value in _locals()}
    return {identity: found[identity] for identity in wanted.intersection(found)}


def _locals() -> List[Tuple[Any, str, Any]]:
    """Frames, names and values of the functions that run, in any thread, but for the agent's own.

    Other code than functions' has a mapping for its locals, which may be the program's.
    """
    found: List[Tuple[Any, str, Any]] = []
    # Empty at the end: it has this very frame at first, which would be a cycle of ours
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


def _in_memory(wanted: Set[int]) -> Dict[int, Sight]:
    """By the memory of objects whose type does not support the collector."""
    try:
        from ctypes import string_at
    except Exception:  # an interpreter without ctypes, or one that forbids it
        return {}
    word = struct.calcsize("P")
    anatomies: Dict[int, Anatomy] = {}
    found = {}
    for holder, keepers in referents_by_type(_is_opaque):
        cls = type(holder)
        anatomy = anatomies.get(id(cls)) or anatomies.setdefault(id(cls), Anatomy(cls))
        if ZONED.intersection(anatomy.names) and anatomy.read(holder, "tzinfo") is None:
            continue
        memory = string_at(id(holder), _size_of(cls))[object.__basicsize__ :]
        memory = memory[: len(memory) // word * word]
        if anatomy.in_c:  # another one's buffer is made by code of the program's
            memory += _buffer_of(holder)
        for identity in wanted.intersection(memoryview(memory).cast("P")):
            found[identity] = Sight(holder, keeper=_keeper_of(holder, keepers))
    return found


def _buffer_of(holder: Any) -> bytes:
    """The references of an array of objects: they lie apart from it."""
    try:
        with memoryview(holder) as view:
            return view.tobytes() if view.format == "O" and view.nbytes <= LARGEST else b""
    except Exception:  # it has no buffer, or none now
        return b""


def _of_untracked(wanted: Set[int]) -> Dict[int, Sight]:
    """Who holds those objects, which can grow and are not tracked."""
    found = referents_by_type(can_grow) if wanted else ()
    return {id(one): Sight(_keeper_of(one, keepers)) for one, keepers in found if id(one) in wanted}


def _plain_dicts() -> Iterable[Tuple[Dict[Any, Any], List[Any]]]:
    return [found for found in referents_by_type(_is_dict) if not is_tracked(found[0])]


def _is_opaque(cls: type) -> bool:
    """Whether the collector does not look into its instances, and may miss something there."""
    return not _flags_of(cls) & HAVE_GC and not any(cls is plain for plain in PLAIN)


def _is_dict(cls: type) -> bool:
    return cls is dict


def _keeper_of(thing: Any, keepers: List[Any]) -> Any:
    return next(one for one in keepers if any(each is thing for each in referents_of(one)))
