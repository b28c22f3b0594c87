"""The interface to the processes that run the operations, whoever started them."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Protocol, TypeVar

from unknot.measuring.duties import Answer, Duty
from unknot.records import GrowthKind

__all__ = ["Answers", "Processes"]

Reply = TypeVar("Reply")


class Answers(Protocol):
    """Processes with an agent."""

    def ask_one(self, number: int, duty: Duty[Reply]) -> Answer[Reply] | None:
        """Ask one process. Returns ``None`` if it has ended."""


class Processes(Answers, Protocol):
    """One process or several, examined at the same points; replies are by number."""

    alone: bool
    """Whether nothing but operations could change the counts when they last settled."""

    def ask_all(self, duty: Duty[Reply]) -> Mapping[int, Answer[Reply]]:
        """Ask every process. Returns replies by number, without processes that have ended."""

    def run(self, ops: int) -> object:
        """Run operations with the collector off."""

    def settle(self, quiet: float = 0.0) -> Mapping[int, bool]:
        """Wait until no process changes for ``quiet`` seconds. Returns whether that was reached."""

    def collect(self) -> Mapping[int, bool]:
        """Collect to a fixed point. Returns whether it was reached."""

    def footprints(self) -> Mapping[int, Mapping[GrowthKind, int]]:
        """Each process's footprint, as far as the system reports it."""
