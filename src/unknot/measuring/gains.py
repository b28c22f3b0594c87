"""Which of many objects gained something, those too that no snapshot shows."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import NamedTuple

from unknot.heap.labels import Unseen
from unknot.heap.snapshot import Identity

__all__ = ["Gain", "Gained", "Sizes"]

DICT = "builtins.dict"


class Gained(NamedTuple):
    """An object that gained something, as the agent knows it; only :class:`.Probe` can find it."""

    identity: Identity
    type: str
    amount: int


class Gain(NamedTuple):
    """What an object gained, and where that is."""

    type: str
    amount: int
    place: int | None
    """``None`` if the object is not in the snapshot."""
    unseen: Unseen | None
    """What holds it then."""


@dataclass(frozen=True, slots=True)
class Sizes:
    """How much each of some objects holds."""

    of: Mapping[Identity, int] = field(default_factory=dict)
    """By identity."""
    types: Mapping[Identity, str] = field(default_factory=dict)
    """By identity, where they are not all dicts."""

    def gained(self, before: Sizes, least: float) -> Sequence[Gained]:
        """Those that hold ``least`` more than they did ``before``, most gained first."""
        gained = {
            identity: size - before.of[identity]
            for identity, size in self.of.items()
            if identity in before.of and size - before.of[identity] >= least
        }
        most = sorted(gained, key=lambda identity: -gained[identity])
        return [Gained(one, self.types.get(one, DICT), gained[one]) for one in most]
