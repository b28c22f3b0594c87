"""Copies the whole heap into arrays: tracked objects, untracked objects below them, and sizes.

:mod:`.snapshot` has only what a collection examines. This also has strings, buffers and plain
tuples, which make up most of a process's memory. It is for a forked copy of a process, which lists
its objects and their reference counts before it loads the agent, so the agent is not among them.
"""

from __future__ import annotations

from array import array
from itertools import islice
from typing import Any, Dict, List, Tuple

from .census import type_name
from .originals import getrefcount
from .snapshot import COUNT, WORD, count_overhead, identities, leave_out_asyncio, list_referents
from .weights import append_untracked, is_sized_in_c, size_of

__all__ = ["survey"]


def survey(
    objects: List[Any], refcounts: List[int], overhead: int
) -> Tuple[Dict[str, Any], List[array[Any]]]:
    """The tracked ``objects`` and the untracked objects reachable from them, as arrays.

    ``refcounts`` were read before anything else held the objects and include ``overhead``
    references by the list and the counting. The list of objects is modified.

    The message has ``tracked``, the number of tracked objects, which come first; ``names``, type
    names by the identity of the type; and ``fence``. The arrays, for n objects and m references:

    - ``ids``, ``types``, ``sizes`` (n, unsigned 64-bit): identity, identity of the type, bytes;
    - ``counts`` (n, signed 64-bit): reference counts, without those of the survey;
    - ``referents`` (n + m, unsigned 64-bit): identities, with ``fence`` after those of each object;
    - ``mappings`` (d) and ``keys`` (d + k): dicts whose keys the collector does not visit, and
      their keys, with ``fence`` after those of each dict.

    No method written in Python is called.
    """
    tracked = len(objects)
    ids = identities(objects)
    classes = tuple(map(type, objects))
    leave_out_asyncio(objects, ids)
    fence = [object()]
    mappings, keys = append_untracked(objects, fence)
    own = count_overhead()
    counts = array(COUNT, [count - overhead for count in refcounts])
    counts.extend(count - own for count in map(getrefcount, islice(objects, tracked, None)))
    ids.extend(identities(islice(objects, tracked, None)))
    classes += tuple(map(type, islice(objects, tracked, None)))
    types = identities(classes)
    names = dict(zip(types, classes))
    sizes = array(WORD, _sizes(objects, types, names))
    referents = list_referents(objects, fence)
    message = {
        "tracked": tracked,
        "fence": id(fence[0]),
        "names": {str(identity): type_name(cls) for identity, cls in names.items()},
    }
    return message, [ids, types, sizes, counts, referents, mappings, keys]


def _sizes(objects: List[Any], types: array[int], names: Dict[int, type]) -> List[int]:
    from sys import getsizeof

    odd = {identity for identity, cls in names.items() if not is_sized_in_c(cls)}
    if not odd:
        return list(map(getsizeof, objects))
    return [
        size_of(thing) if identity in odd else getsizeof(thing)
        for thing, identity in zip(objects, types)
    ]
