"""A process looked at in place: for each question it stands still, and answers itself."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from unknot.attach.landing import Answered, Landing, Visit

__all__ = ["InPlace"]

Reply = tuple[dict[str, Any], list[bytearray]]


class InPlace:
    """Asked as a :class:`~unknot.attach.landing.Visit` is.

    ``enter`` makes the process run what is in a landing, ``landing`` makes one with these orders;
    with ``collect``, the process collects before it is looked at first.
    """

    def __init__(
        self, enter: Callable[[Landing], Visit], landing: Callable[..., Landing], *, collect: bool
    ) -> None:
        self._enter = enter
        self._landing = landing
        self._collect = collect
        self.pause = 0.0
        """Seconds that the process stood still so far, in all stops."""
        self.halted = 0.0
        self.stops = 0
        self.longest = 0.0
        """Seconds of the longest stop."""

    def ask(self, **message: Any) -> Reply:
        return self.ask_each(message)[0]

    def ask_each(self, *messages: dict[str, Any]) -> list[Reply]:
        """The answers to all of these, for which the process stands still once."""
        with (
            self._landing(orders=messages, collect=self._collect) as landing,
            self._enter(landing) as visit,
        ):
            assert isinstance(visit, Answered)
            self._collect = False
            self.pause += visit.pause
            self.halted += visit.halted
            self.stops += 1
            self.longest = max(self.longest, visit.pause)
            return [visit.next() for _ in messages]
