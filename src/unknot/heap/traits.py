"""What an agent said about all objects of cycles: the code they run, and the names they use."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, NamedTuple

import numpy as np

from unknot.errors import UnknotError
from unknot.heap.snapshot import Identities, IntArray

__all__ = ["Trait", "Traits"]


class Trait(NamedTuple):
    """A name that an object uses, or the code that it runs."""

    kind: str
    """``name`` of a reference; ``cell``, a variable that an inner function uses; the object's
    ``title``, as a function's qualified name; the ``code`` that it runs."""
    name: str
    """Empty where it is code of Python's."""
    file: str = ""
    line: int = 0
    """Where code begins."""
    digest: int = 0
    """Tells code of one place apart."""

    @property
    def is_lasting(self) -> bool:
        """Whether there is an end to such: to code in files there is."""
        return self.file != "" and not self.file.startswith("<")


@dataclass(frozen=True, slots=True, eq=False)
class Traits:
    """Of k traits of objects, which object has which. Equal names and codes are one trait."""

    found: tuple[Trait, ...]
    sources: Identities
    """(k,) the object that has it."""
    targets: Identities
    """(k,) what it names a reference to; the object itself where it is of that alone."""
    numbers: IntArray
    """(k,) index into ``found``."""

    @classmethod
    def from_raw(cls, message: Mapping[str, Any], buffers: Sequence[bytes | bytearray]) -> Traits:
        """The traits that an agent sent (:mod:`unknot.agent.traits`).

        Raises :class:`~unknot.errors.UnknotError` where the arrays do not fit together.
        """
        arrays = [np.frombuffer(buffer, dtype=np.uint64) for buffer in buffers]
        found = tuple(Trait(*text) for text in message["texts"])
        if len(arrays) != 3 or len({len(array) for array in arrays}) != 1:
            raise UnknotError("traits whose arrays do not fit together")
        sources, targets, numbers = arrays
        if len(numbers) and int(numbers.max()) >= len(found):
            raise UnknotError("a trait without a text")
        return cls(found, sources, targets, numbers.astype(np.int64))
