"""The references of one object: what the collector sees, and the names found for it."""

from __future__ import annotations

from itertools import chain
from typing import Any, Dict, Iterator, List, Optional, Tuple

from .bound import is_tracked

__all__ = ["References"]

UNKNOWN = ("unknown", None, None, None)


class References:
    """What an object refers to, each reference named at most once.

    A referent is there as often as the object refers to it. A name is matched by identity: it
    takes the first reference to its object that has none yet, and falls flat if there is none.
    References to what is not tracked are left out, but for those to the object ``untracked``.
    """

    __slots__ = ("_names", "_places", "referents")

    def __init__(self, referents: List[Any], untracked: Optional[int] = None) -> None:
        self.referents = referents
        self._names: Dict[int, Tuple[str, Optional[str], Optional[int], Optional[str]]] = {}
        self._places: Dict[int, List[int]] = {}
        """Where each of those objects is among the referents, last place first."""
        for place in range(len(referents) - 1, -1, -1):
            if is_tracked(referents[place]) or id(referents[place]) == untracked:
                self._places.setdefault(id(referents[place]), []).append(place)

    def name(
        self,
        referent: Any,
        kind: str,
        name: Optional[str] = None,
        index: Optional[int] = None,
        key: Optional[str] = None,
    ) -> bool:
        """Name one reference to ``referent``; whether there was one.

        ``key`` is the text of a dict's key that is no string.
        """
        places = self._places.get(id(referent))
        while places:
            place = places.pop()
            if place not in self._names:
                self._names[place] = (kind, name, index, key)
                return True
        return False

    def name_at(self, place: int, kind: str, name: Optional[str] = None) -> None:
        """Name the reference at that place, if it has no name."""
        self._names.setdefault(place, (kind, name, None, None))

    def nameless(self) -> List[Tuple[int, Any]]:
        """Places and objects of the references without a name to what the collector tracks."""
        left = chain.from_iterable(self._places.values())
        places = sorted(place for place in left if place not in self._names)
        return [(place, self.referents[place]) for place in places]

    def is_nameless(self, place: int) -> bool:
        return place not in self._names

    def attributes(self) -> Iterator[str]:
        """Names of attributes that lead to tracked objects, those in the instance's dict too."""
        for place, (kind, name, _, _) in self._names.items():
            if kind == "attribute" and name is not None:
                yield name
            elif kind == "dict":
                for key, value in dict.items(self.referents[place]):
                    if type(key) is str and is_tracked(value):
                        yield key

    def local_variables(self) -> Iterator[str]:
        """Names of the local variables among them."""
        for kind, name, _, _ in self._names.values():
            if kind == "local" and name is not None:
                yield name

    def to_list(self) -> List[Dict[str, Any]]:
        """Every reference that is told, in the collector's order."""
        found = []
        for place, identity in enumerate(map(id, self.referents)):
            if identity in self._places:
                kind, name, index, key = self._names.get(place, UNKNOWN)
                found.append(
                    {"to": identity, "kind": kind, "name": name, "index": index, "key": key}
                )
        return found
