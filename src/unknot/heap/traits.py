"""Traits of all objects in cycles: the code they run and the names they use."""

from __future__ import annotations

from dataclasses import dataclass
from typing import NamedTuple

from unknot.heap.snapshot import Numbers

__all__ = ["PositionedNames", "Trait", "Traits"]


class Trait(NamedTuple):
    """A name that an object uses, or the code that it runs."""

    kind: str
    """``name`` of a reference; ``cell`` for a variable that an inner function uses; ``title`` of
    the object, such as a function's qualified name; or ``code`` that it runs."""
    name: str
    """Empty for Python code."""
    file: str = ""
    line: int = 0
    """The first line of the code."""
    digest: int = 0
    """Distinguishes different code at the same place."""

    @property
    def is_lasting(self) -> bool:
        """Whether the trait is code in a file, of which there is a finite amount."""
        return self.file != "" and not self.file.startswith("<")


class PositionedNames(NamedTuple):
    """Names of references by their position among all of an object, for objects of one kind.

    Of the objects, those of which traits were asked: :meth:`.graph.GarbageGraph.select_named`.
    """

    type: int
    """An index into the snapshot's ``type_names``."""
    degree: int
    """Number of references of each object."""
    names: tuple[tuple[int, int], ...]
    """Positions, and indices into ``Traits.found``."""


@dataclass(frozen=True, slots=True, eq=False)
class Traits:
    """k pairs of an object and one of its traits. Equal names and equal code are one trait."""

    found: tuple[Trait, ...]
    sources: Numbers
    """(k,) the place of the object with the trait."""
    targets: Numbers
    """(k,) the place of the object that a name refers to; otherwise of the object itself."""
    numbers: Numbers
    """(k,) index into ``found``."""
    positioned: tuple[PositionedNames, ...] = ()
    """Further names of references."""
