"""Finds the referents of tracked objects by type, including untracked ones."""

from __future__ import annotations

import sys
from typing import Any, Callable, Dict, Iterable, List, Tuple

from .census import Known, choose_by_type
from .originals import get_objects, get_referents
from .snapshot import CHUNK

__all__ = ["referents_by_type", "referents_of"]


def referents_of(thing: Any) -> List[Any]:
    """An object's referents; empty for the module ``_asyncio`` (see :mod:`.snapshot`)."""
    return [] if thing is sys.modules.get("_asyncio") else get_referents(thing)


def referents_by_type(wanted: Callable[[type], bool]) -> Iterable[Tuple[Any, List[Any]]]:
    """Referents of tracked objects whose type is ``wanted``, once each.

    Each comes with some tracked objects, at least one of which refers to it. Not a generator,
    because that would itself be a tracked object.
    """
    asyncio = sys.modules.get("_asyncio")  # see :func:`referents_of`
    tracked = [thing for thing in get_objects() if thing is not asyncio]
    found: Dict[int, Tuple[Any, List[Any]]] = {}
    known: Known = {}
    for start in range(0, len(tracked), CHUNK):
        keepers = tracked[start : start + CHUNK]
        for thing in choose_by_type(get_referents(*keepers), wanted, known):
            found.setdefault(id(thing), (thing, keepers))
    return found.values()
