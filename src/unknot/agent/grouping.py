"""Groups objects by type, and by the number of their referents where a snapshot knows it."""

from __future__ import annotations

from array import array
from collections import defaultdict, deque
from typing import Any, DefaultDict, Dict, Iterable, Iterator, List, Optional, Sequence, Tuple

from .snapshot import CHUNK

__all__ = ["INDEX", "Group", "group_by", "group_by_type", "groups_of"]

INDEX = "I"
"""Type code of indices of objects."""


class Group:
    """Objects of one exact type. Those in a list of all are not taken from it before they are read.

    ``degree`` is how many referents each of them has; None if unknown.
    """

    def __init__(
        self, objects: List[Any], order: Optional[array[int]] = None, degree: Optional[int] = None
    ) -> None:
        self._objects = objects
        self._order = order
        self.degree = degree

    def __len__(self) -> int:
        return len(self._objects if self._order is None else self._order)

    @property
    def first(self) -> Any:
        return self._objects[0 if self._order is None else self._order[0]]

    @property
    def things(self) -> List[Any]:
        if self._order is not None:
            self._objects, self._order = self._take(self._order), None
        return self._objects

    def chunks(self) -> Iterator[List[Any]]:
        """The objects, ``CHUNK`` at a time."""
        order = self._order
        for start in range(0, len(self), CHUNK):
            part = slice(start, start + CHUNK)
            yield self._objects[part] if order is None else self._take(order[part])

    def _take(self, order: array[int]) -> List[Any]:
        return list(map(self._objects.__getitem__, order))


def group_by(things: Iterable[Any], keys: Iterable[Any]) -> Dict[Any, List[Any]]:
    """Lists of the things, by key."""
    groups: DefaultDict[Any, List[Any]] = defaultdict(list)
    deque(map(list.append, map(groups.__getitem__, keys), things), maxlen=0)  # a loop in C
    return groups


def group_by_type(things: List[Any]) -> List[Group]:
    """The things by the identity of their type."""
    return list(map(Group, group_by(things, map(id, map(type, things))).values()))


def groups_of(
    objects: List[Any], order: bytes, runs: Sequence[Tuple[int, Optional[int]]]
) -> List[Group]:
    """Some of the ``objects``: their indices in order, ``INDEX`` each, and the runs among them.

    A run is a number of objects of one type, and how many referents each has.
    """
    indices = array(INDEX, order)
    groups, start = [], 0
    for size, degree in runs:
        groups.append(Group(objects, indices[start : start + size], degree))
        start += size
    return groups
