"""What measuring asks of the processes that run the operations, whoever started them."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Protocol

from unknot.records import GrowthKind

__all__ = ["Answer", "Answers", "Processes"]

Answer = tuple[dict[str, Any], list[bytearray]]
"""A message, and the arrays that came with it."""


class Answers(Protocol):
    """Answers what :class:`unknot.agent.duties.Duties` can be asked."""

    def ask_one(self, number: int, **message: Any) -> Answer | None:
        """Ask one process; ``None`` where it is gone."""


class Processes(Answers, Protocol):
    """One process or several, asked at the same points; answers come by number."""

    alone: bool
    """Whether nothing but operations could change the counts when they last settled."""

    def ask_all(self, **message: Any) -> Mapping[int, Answer]:
        """Ask every process. Those that are gone give no answer."""

    def run(self, ops: int) -> object:
        """Run operations with the collector off."""

    def settle(self, quiet: float = 0.0) -> Mapping[int, bool]:
        """Wait until no process changes for ``quiet`` seconds; whether it came to that."""

    def collect(self) -> Mapping[int, bool]:
        """Collect to a fixed point; whether it came to that."""

    def footprints(self) -> Mapping[int, Mapping[GrowthKind, int]]:
        """What each process holds beside its objects, as far as that is read."""
