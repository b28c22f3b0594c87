"""Traits as arrays: pairs of objects, and for each pair the number of a text."""

from __future__ import annotations

from array import array
from types import CodeType
from typing import Any, Dict, Iterable, List, Optional, Sequence, Tuple

from .digests import digest_code
from .grouping import Group
from .snapshot import WORD, identities

__all__ = ["TraitTable"]

Text = Tuple[str, str, str, int, int]
"""Kind (``name``, ``cell``, ``title`` or ``code``), name, and the file, line and digest of code."""


class TraitTable:
    """The traits that were added: entry by entry a source, a target and a number in ``texts``."""

    def __init__(self) -> None:
        self.texts: Dict[Text, int] = {}
        self.sources, self.targets, self.numbers = array(WORD), array(WORD), array(WORD)
        self.positioned: List[Tuple[int, int, List[Tuple[int, int]]]] = []
        """Names of references of all objects of a type: see :func:`.traits.collect_traits`."""
        self._names: Dict[str, int] = {}
        self._codes: Dict[int, int] = {}

    def add(self, source: Any, target: Any, number: int) -> None:
        self.sources.append(id(source))
        self.targets.append(id(target))
        self.numbers.append(number)

    def add_all(self, sources: Sequence[Any], targets: Sequence[Any], number: int) -> None:
        """Add a trait for pairs of objects."""
        self.add_columns(sources, [(targets, number)])

    def add_columns(
        self, sources: Sequence[Any], columns: Iterable[Tuple[Sequence[Any], int]]
    ) -> None:
        """Add traits for pairs of the same sources and each column's targets."""
        own = identities(sources)
        for targets, number in columns:
            self.sources.extend(own)
            self.targets.extend(identities(targets))
            self.numbers.extend(array(WORD, [number]) * len(own))

    def add_positioned(
        self, group: Group, names: Sequence[str], positions: Sequence[Optional[int]]
    ) -> None:
        """Add the names of references whose position is known, for all objects of the group."""
        pairs = zip(positions, names)
        known = [(position, self.name(name)) for position, name in pairs if position is not None]
        if known and group.degree is not None:
            self.positioned.append((id(type(group.first)), group.degree, known))

    def name(self, name: str) -> int:
        """The number of a reference's name. A subclass of str is converted."""
        if type(name) is not str:
            name = str.__str__(name)
        if name not in self._names:
            self._names[name] = self.number(("name", name, "", 0, 0))
        return self._names[name]

    def add_title(self, thing: Any, title: str) -> None:
        """Add an object's title, as in its label."""
        self.add(thing, thing, self.number(("title", str.__str__(title), "", 0, 0)))

    def add_c_code(self, thing: Any, name: str) -> None:
        """Add C code that an object runs, of which only the name is known."""
        self.add_title(thing, name)
        self.add(thing, thing, self.number(("code", str.__str__(name), "", 0, 0)))

    def add_code(self, thing: Any, code: CodeType) -> None:
        """Add the code that an object runs."""
        self.add(thing, thing, self.code(code))

    def code(self, code: CodeType) -> int:
        if id(code) not in self._codes:
            place = (str.__str__(code.co_filename), code.co_firstlineno)
            self._codes[id(code)] = self.number(("code", "", *place, digest_code(code)))
        return self._codes[id(code)]

    def number(self, text: Text) -> int:
        return self.texts.setdefault(text, len(self.texts))
