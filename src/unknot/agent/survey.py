"""The whole heap as arrays: tracked objects, what is untracked below them, and their sizes.

Where :mod:`.snapshot` has what a collection would look at, this also has the strings, buffers and
plain tuples, which are most of what a process weighs. It is for a process that has stopped: a
forked copy, which lists its objects and their reference counts before anything of the agent's is
loaded, so that nothing of the agent's is among them.
"""

from __future__ import annotations

from array import array
from itertools import islice
from typing import Any, Dict, List, Tuple

from .bound import getrefcount
from .census import type_name
from .snapshot import COUNT, WORD, count_overhead, identities, leave_out_asyncio, list_referents
from .weights import append_untracked, is_sized_in_c, size_of

__all__ = ["survey"]


def survey(
    objects: List[Any], refcounts: List[int], overhead: int
) -> Tuple[Dict[str, Any], List[array[Any]]]:
    """All of ``objects``, which the collector tracks, and what is untracked below them.

    ``refcounts`` were taken before anything else held the objects, ``overhead`` of each are the
    list's and the counting's own. The list of objects is used up.

    The message has ``tracked``, how many of the n objects are tracked: these come first; ``names``,
    from a type's identity to its name; and ``fence``. The arrays:

    - ``ids``, ``types``, ``sizes`` (n, unsigned 64 bit): identity, identity of the type, bytes;
    - ``counts`` (n, signed 64 bit): reference counts, nothing of the survey's own in them;
    - ``referents`` (n + m, unsigned 64 bit): what they lead to, and ``fence`` after those of each;
    - ``mappings`` (d) and ``keys`` (d + k): the dicts whose keys the collector passes over, and
      their keys, likewise fenced.

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
