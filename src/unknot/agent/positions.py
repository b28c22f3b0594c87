"""Finds references that have the same position in all objects of a type.

An object's referents come in an order that its type decides, so many instances have, say, what a
slot holds at one position, and its name is said once for all of them. It is found only where that
is certain of every instance.
"""

from __future__ import annotations

import sys
from array import array
from collections import deque
from operator import itemgetter
from typing import Any, Callable, List, Optional, Sequence, Tuple

from .originals import get_referents
from .snapshot import CHUNK, WORD, append_identities, identities

__all__ = [
    "LEAST",
    "REFERS_TO_TYPE",
    "Agreement",
    "ItemsAgreement",
    "SlotsAgreement",
    "count_referents",
    "find_positions",
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


class Agreement:
    """Positions in some things of one type, and whether others have what they read at the same."""

    def __init__(self, things: List[Any], names: List[str], reads: List[Read]) -> None:
        self.names = names
        self._reads = reads
        self.degree, self.positions = find_positions(things, reads)

    def holds(self, things: List[Any]) -> bool:
        """Whether the positions are those in ``things``, each of which is compared."""
        return (self.degree, self.positions) == find_positions(things, self._reads)


class SlotsAgreement(Agreement):
    """Of a class with nothing but slots, which are visited in one order.

    So positions in some instances are those in all that have the same slots filled. That the others
    are empty in all of them follows from the sum of their referents. An instance whose slots hold
    different objects shows which is which.
    """

    def __init__(self, things: List[Any], names: List[str], reads: List[Read]) -> None:
        super().__init__(things, names, reads)
        self._filled = [
            read for read, position in zip(reads, self.positions) if position is not None
        ]
        distinct = len(set(identities(get_referents(things[0])))) == self.degree
        self._counts = distinct and self.degree == len(self._filled) + REFERS_TO_TYPE

    def holds(self, things: List[Any]) -> bool:
        if not self._counts:
            return super().holds(things)
        return _agree(things, self._filled, self.degree)


class ItemsAgreement(Agreement):
    """Of dicts with the same keys, which are all that the first of ``things`` has.

    No key's ``__eq__`` is called: only a dict all of whose keys are strings and nothing else has as
    many referents as items.
    """

    def __init__(self, things: List[Any], names: List[str]) -> None:
        self.names = names
        self._reads: List[Read] = [itemgetter(name) for name in names]
        self.degree, self.positions = -1, [None] * len(names)
        if self._have_the_keys(things):
            self.degree, self.positions = find_positions(things, self._reads)

    def holds(self, things: List[Any]) -> bool:
        if self.degree < 0 or None in self.positions or not self._have_the_keys(things):
            return False
        return len(self.names) == 1 or super().holds(things)

    def _have_the_keys(self, things: List[Any]) -> bool:
        return _agree(things, self._reads, len(self.names), dict.__len__)


def _agree(
    things: List[Any], reads: List[Read], degree: int, size: Optional[Callable[[Any], int]] = None
) -> bool:
    """Whether all ``reads`` can read all the things, each of which has ``degree`` referents.

    Referents are counted together: none has fewer than that if it can be read or is of that size.
    """
    for start in range(0, len(things), CHUNK):
        chunk = things[start : start + CHUNK]
        if len(get_referents(*chunk)) != degree * len(chunk):
            return False
        if size is not None and set(map(size, chunk)) != {degree}:
            return False
        try:
            for read in reads:
                deque(map(read, chunk), maxlen=0)  # a loop in C
        except Exception:  # the slot of an instance is empty, or a key is missing
            return False
    return True


def find_positions(things: List[Any], reads: Sequence[Read]) -> Found:
    """Positions in any objects, compared in every one."""
    first = identities(get_referents(things[0]))
    degree = len(first)
    positions = _guess(first, things[0], reads)
    unknown: List[Optional[int]] = [None] * len(reads)
    if degree >= FAR:
        return -1, unknown
    fence = [object()]
    fences = array(WORD, [id(fence[0])]) * CHUNK
    for start in range(0, len(things), CHUNK):
        chunk = things[start : start + CHUNK]
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
