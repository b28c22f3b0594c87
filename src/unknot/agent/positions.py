"""Finds references that have the same position in all objects of a type.

An object's referents come in an order that its type decides, so many instances have, say, what a
slot holds at one position, and its name is said once for all of them. It is found only where that
is certain of every instance.
"""

from __future__ import annotations

import sys
from array import array
from collections import deque
from itertools import chain
from operator import itemgetter
from typing import Any, Callable, Iterable, List, Optional, Sequence, Tuple

from .grouping import Group
from .originals import get_referents
from .snapshot import CHUNK, WORD, append_identities, identities

__all__ = [
    "FAR",
    "LEAST",
    "REFERS_TO_TYPE",
    "count_referents",
    "find_positions",
    "positions_of_items",
    "positions_of_slots",
]

LEAST = 16
"""Minimum number of objects of a type for which looking is worth it."""
FAR = 255
"""Objects with this many referents or more are not examined."""

REFERS_TO_TYPE = int(sys.version_info >= (3, 9))
"""Referents of an instance of a class that are its class."""

Read = Callable[[Any], Any]
Found = Tuple[int, List[Optional[int]]]
"""The number of referents of each thing, and the position of what each reader returns.

A position is None unless it is the same in all the things. The number is -1 if it differs, and then
all positions are None.
"""


def count_referents(things: List[Any]) -> int:
    """How many referents all the things have together."""
    total = 0
    for start in range(0, len(things), CHUNK):
        total += len(get_referents(*things[start : start + CHUNK]))
    return total


def positions_of_slots(group: Group, reads: Sequence[Read], alone: bool) -> List[Optional[int]]:
    """The position of what each of ``reads`` returns in all of the group; None if it differs.

    Slots are visited in one order. So where instances have nothing else (``alone``), as many
    referents as slots mean that all are filled, and positions in one instance are those in all.
    Where some slots are empty, they are if the same others can be read in every instance. An
    instance whose slots hold different objects shows which is which.
    """
    unknown: List[Optional[int]] = [None] * len(reads)
    first = identities(get_referents(group.first))
    if len(first) != group.degree:
        return unknown
    positions = _guess(first, group.first, reads)
    filled = [read for read, position in zip(reads, positions) if position is not None]
    if not alone or len(first) != len(filled) + REFERS_TO_TYPE or len(set(first)) != len(first):
        degree, positions = find_positions(group.chunks(), reads)
        return positions if degree == group.degree else unknown
    if len(filled) == len(reads):
        return positions
    for chunk in group.chunks():
        try:
            for read in filled:
                deque(map(read, chunk), maxlen=0)  # a loop in C
        except Exception:  # the slot of an instance is empty
            return unknown
    return positions


def positions_of_items(group: Group, names: List[str]) -> List[Optional[int]]:
    """The position of what each name leads to in all the dicts of a group.

    None unless each has these names for keys and nothing else, in this order. ``names`` are as many
    as each dict has referents. No key's ``__eq__`` is called: a dict with another key than strings
    has more referents than items, so the group has fewer keys then, and lists of unequal lengths
    are not compared.
    """
    positions: List[Optional[int]] = list(range(len(names)))
    for chunk in group.chunks():
        if list(chain.from_iterable(chunk)) != names * len(chunk):
            return [None] * len(names)
        # Up to 3.12, a dict that shares keys is visited in their order, which may be another one.
        if len(names) > 1:
            values = list(chain.from_iterable(map(dict.values, chunk)))
            if identities(values) != identities(get_referents(*chunk)):
                return find_positions(group.chunks(), list(map(itemgetter, names)))[1]
    return positions


def find_positions(chunks: Iterable[List[Any]], reads: Sequence[Read]) -> Found:
    """Positions in any objects, ``CHUNK`` of them at most at a time, compared in every one."""
    degree = -1
    positions: List[Optional[int]] = []
    unknown: List[Optional[int]] = [None] * len(reads)
    fence = [object()]
    fences = array(WORD, [id(fence[0])]) * CHUNK
    for chunk in chunks:
        if degree < 0:
            first = identities(get_referents(chunk[0]))
            degree = len(first)
            positions = _guess(first, chunk[0], reads)
            if degree >= FAR:
                return -1, unknown
        fenced: List[Any] = [fence] * (2 * len(chunk))
        fenced[::2] = chunk
        row = array(WORD)
        append_identities(row, get_referents(*fenced))
        if len(row) != (degree + 1) * len(chunk):
            return -1, unknown
        if row[degree :: degree + 1] != fences[: len(chunk)]:
            return -1, unknown
        for number, position in enumerate(positions):
            if position is not None:
                try:
                    found = identities(list(map(reads[number], chunk)))
                except Exception:  # the slot of an instance is empty
                    positions[number] = None
                    continue
                if found != row[position :: degree + 1]:
                    positions[number] = None
    return degree, positions


def _guess(referents: array[int], thing: Any, reads: Sequence[Read]) -> List[Optional[int]]:
    """The position of what each of ``reads`` returns among the referents of one thing.

    Of several that refer to the same object, each reader gets the next.
    """
    rest = referents.tolist()
    positions: List[Optional[int]] = []
    for read in reads:
        try:
            position = rest.index(id(read(thing)))
        except Exception:  # no referent, or an empty slot
            positions.append(None)
            continue
        rest[position] = 0
        positions.append(position)
    return positions
