"""What tracked objects refer to, by type: the way to objects that the collector does not track."""

from __future__ import annotations

import sys
from itertools import compress
from typing import Any, Callable, Dict, Iterable, List, Tuple

from .bound import get_objects, get_referents
from .snapshot import CHUNK

__all__ = ["referents_by_type", "referents_of"]


def referents_of(thing: Any) -> List[Any]:
    """What an object refers to; of the module ``_asyncio``, nothing (:mod:`.snapshot`)."""
    return [] if thing is sys.modules.get("_asyncio") else get_referents(thing)


def referents_by_type(wanted: Callable[[type], bool]) -> Iterable[Tuple[Any, List[Any]]]:
    """What tracked objects refer to of the types that are wanted, once each.

    With it come some objects, one of which refers to it. A generator would be one of them.
    """
    asyncio = sys.modules.get("_asyncio")  # see :func:`referents_of`
    tracked = [thing for thing in get_objects() if thing is not asyncio]
    found: Dict[int, Tuple[Any, List[Any]]] = {}
    known: Dict[int, bool] = {}
    for start in range(0, len(tracked), CHUNK):
        keepers = tracked[start : start + CHUNK]
        referents = get_referents(*keepers)
        types = list(map(type, referents))
        for identity, cls in dict(zip(map(id, types), types)).items():
            if identity not in known:
                known[identity] = wanted(cls)
        for thing in compress(referents, map(known.__getitem__, map(id, types))):
            found.setdefault(id(thing), (thing, keepers))
    return found.values()
