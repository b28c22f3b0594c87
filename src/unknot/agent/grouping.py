"""Groups objects, and finds what holds for all of a group while their memory is in the cache."""

from __future__ import annotations

from collections import defaultdict, deque
from typing import Any, Callable, DefaultDict, Dict, Iterable, List, Optional, Tuple

from .positions import LEAST, Agreement
from .snapshot import CHUNK

__all__ = ["group_by", "group_by_type"]

Begin = Callable[[List[Any]], Optional[Agreement]]


def group_by(things: Iterable[Any], keys: Iterable[Any]) -> Dict[Any, List[Any]]:
    """Lists of the things, by key."""
    groups: DefaultDict[Any, List[Any]] = defaultdict(list)
    deque(map(list.append, map(groups.__getitem__, keys), things), maxlen=0)  # a loop in C
    return groups


def group_by_type(
    things: List[Any], begin: Optional[Begin]
) -> Tuple[Dict[int, List[Any]], Dict[int, Optional[Agreement]]]:
    """The things by the identity of their type, and what holds for all of a type.

    That is what ``begin`` returns of some of them, if there are at least ``LEAST``; None if it does
    not hold for the others.
    """
    groups: DefaultDict[int, List[Any]] = defaultdict(list)
    few: DefaultDict[int, List[Any]] = defaultdict(list)
    agreements: Dict[int, Optional[Agreement]] = {}

    def compare(identity: int, alike: List[Any]) -> None:
        if begin is not None and identity not in agreements:
            agreements[identity] = begin(alike)
        agreement = agreements.get(identity)
        if agreement is not None and not agreement.holds(alike):
            agreements[identity] = None

    for start in range(0, len(things), CHUNK):
        chunk = things[start : start + CHUNK]
        for identity, alike in group_by(chunk, map(id, map(type, chunk))).items():
            groups[identity] += alike
            if len(alike) < LEAST:
                few[identity] += alike
            else:
                compare(identity, alike)
    for identity, alike in few.items():
        if len(groups[identity]) >= LEAST:
            compare(identity, alike)
    return groups, agreements
