"""The references of one object, as the collector sees them, and the names found for them."""

from __future__ import annotations

from itertools import chain, compress
from typing import AbstractSet, Any, Dict, Iterable, Iterator, List, Optional, Tuple

from .originals import is_tracked

__all__ = ["References"]

UNKNOWN = ("unknown", None, None, None)


class References:
    """An object's references, each named at most once.

    A referent occurs as often as the object refers to it. Names are matched by identity: a name is
    given to the first unnamed reference to its referent, or dropped if there is none. References to
    untracked objects are left out, except to the one with identity ``untracked``; with ``wanted``,
    so are references to objects whose identity is not among these.
    """

    __slots__ = ("_names", "_places", "referents")

    def __init__(
        self,
        referents: List[Any],
        untracked: Optional[int] = None,
        wanted: Optional[AbstractSet[int]] = None,
    ) -> None:
        self.referents = referents
        self._names: Dict[int, Tuple[str, Optional[str], Optional[int], Optional[str]]] = {}
        self._places: Dict[int, List[int]] = {}
        """By identity, the places of a referent that have no name yet, in descending order."""
        places: Iterable[int] = range(len(referents))
        if wanted is not None:
            places = compress(places, map(wanted.__contains__, map(id, referents)))
        for place in reversed(list(places)):
            if is_tracked(referents[place]) or id(referents[place]) == untracked:
                self._places.setdefault(id(referents[place]), []).append(place)

    def are_among(self, things: Iterable[Any]) -> Iterator[bool]:
        """Whether each thing is a referent whose references get names."""
        return map(self._places.__contains__, map(id, things))

    def name(
        self,
        referent: Any,
        kind: str,
        name: Optional[str] = None,
        index: Optional[int] = None,
        key: Optional[str] = None,
    ) -> bool:
        """Name one reference to ``referent``. Returns whether there was an unnamed one.

        ``key`` is the text of a dict key that is not a string.
        """
        places = self._places.get(id(referent))
        while places:
            place = places.pop()
            if place not in self._names:
                self._names[place] = (kind, name, index, key)
                return True
        return False

    def name_at(self, place: int, kind: str, name: Optional[str] = None) -> None:
        """Name the reference at a place, unless it has a name."""
        self._names.setdefault(place, (kind, name, None, None))

    def nameless(self) -> List[Tuple[int, Any]]:
        """Places and referents of the unnamed references to tracked objects."""
        left = chain.from_iterable(self._places.values())
        places = sorted(place for place in left if place not in self._names)
        return [(place, self.referents[place]) for place in places]

    def is_nameless(self, place: int) -> bool:
        return place not in self._names

    def attributes(self) -> Iterator[str]:
        """Names of attributes that refer to tracked objects, also through an instance dict."""
        for place, (kind, name, _, _) in self._names.items():
            if kind == "attribute" and name is not None:
                yield name
            elif kind == "dict":
                for key, value in dict.items(self.referents[place]):
                    if type(key) is str and is_tracked(value):
                        yield key

    def local_variables(self) -> Iterator[str]:
        """Names of local variables among the references."""
        for kind, name, _, _ in self._names.values():
            if kind == "local" and name is not None:
                yield name

    def to_list(self) -> List[Dict[str, Any]]:
        """The references as dicts for the wire, in the collector's order."""
        ids = list(map(id, self.referents))
        found = []
        for place, identity in compress(enumerate(ids), map(self._places.__contains__, ids)):
            kind, name, index, key = self._names.get(place, UNKNOWN)
            found.append({"to": identity, "kind": kind, "name": name, "index": index, "key": key})
        return found
