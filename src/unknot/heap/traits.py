"""Traits of all objects in cycles, sent by an agent: the code they run and the names they use."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, NamedTuple

import numpy as np

from unknot.errors import UnknotError
from unknot.heap.snapshot import FAR, Identities, Numbers

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
    """Names of references by their position among all of an object, for the objects of one type.

    Of the objects, those of which traits were asked: :meth:`.graph.GarbageGraph.select_named`.
    """

    type_id: int
    degree: int
    """Number of references of each object; of one with more or fewer, the names are not known."""
    names: tuple[tuple[int, int], ...]
    """Positions, and indices into ``Traits.found``."""


@dataclass(frozen=True, slots=True, eq=False)
class Traits:
    """k pairs of an object and one of its traits. Equal names and equal code are one trait."""

    found: tuple[Trait, ...]
    sources: Identities
    """(k,) identity of the object with the trait."""
    targets: Identities
    """(k,) identity of the object that a name refers to; otherwise of the object itself."""
    numbers: Numbers
    """(k,) index into ``found``."""
    positioned: tuple[PositionedNames, ...] = ()
    """Further names of references."""

    @classmethod
    def from_raw(cls, message: Mapping[str, Any], buffers: Sequence[bytes | bytearray]) -> Traits:
        """The traits sent by an agent (:mod:`unknot.agent.traits`).

        Raises :class:`~unknot.errors.UnknotError` if the arrays do not match.
        """
        arrays = [np.frombuffer(buffer, dtype=np.uint64) for buffer in buffers]
        found = tuple(Trait(*text) for text in message["texts"])
        if len(arrays) != 3 or len({len(array) for array in arrays}) != 1:
            raise UnknotError("trait arrays do not match")
        sources, targets, numbers = arrays
        if len(numbers) and int(numbers.max()) >= len(found):
            raise UnknotError("trait number without a text")
        positioned = tuple(
            PositionedNames(
                identity, degree, tuple((position, number) for position, number in names)
            )
            for identity, degree, names in message.get("positioned", ())
        )
        for each in positioned:
            for position, number in each.names:
                if not (0 <= position < each.degree <= FAR and 0 <= number < len(found)):
                    raise UnknotError("trait at no position or without a text")
        return cls(found, sources, targets, numbers.astype(np.int32), positioned)
