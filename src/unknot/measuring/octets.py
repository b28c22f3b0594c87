"""Bytes per operation of garbage and leaks."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field

from unknot.heap.weights import FolderNames

__all__ = ["Octets"]


@dataclass(frozen=True, slots=True)
class Octets:
    """Bytes per operation."""

    by_type: Mapping[str, float] = field(default_factory=dict)
    """Bytes of objects by type, with the untracked objects that only they hold."""
    of_folders: float = 0.0
    """The part that is names of folders where code lies."""
    with_folders: float = 0.0
    """Strings per operation that have such names."""

    @classmethod
    def of(cls, by_type: Mapping[str, float], names: FolderNames, ops: int) -> Octets:
        """``names`` are the folder names left by ``ops`` operations."""
        return cls(by_type, names.size / ops, names.strings / ops)

    def __add__(self, other: Octets) -> Octets:
        return Octets(
            Counter(self.by_type) + Counter(other.by_type),
            self.of_folders + other.of_folders,
            self.with_folders + other.with_folders,
        )
