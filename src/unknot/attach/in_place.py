"""A process looked at in place: it is paused for each question, and answers itself."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any, TypeVar

from unknot.attach.landing import Landing
from unknot.attach.visit import Answered, Visit
from unknot.measuring.duties import Answer, Duty

__all__ = ["InPlace"]

Reply = TypeVar("Reply")
Other = TypeVar("Other")


class InPlace:
    """Has the interface of a :class:`~unknot.attach.visit.Visit`.

    ``enter`` makes the process run the program in a landing, ``landing`` creates one with given
    orders; with ``collect``, the process collects before the first look.
    """

    def __init__(
        self, enter: Callable[[Landing], Visit], landing: Callable[..., Landing], *, collect: bool
    ) -> None:
        self._enter = enter
        self._landing = landing
        self._collect = collect
        self.pause = 0.0
        """Seconds for which the process was paused so far, in all pauses."""
        self.halted = 0.0
        self.stops = 0
        self.longest = 0.0
        """Seconds of the longest pause."""

    def ask(self, duty: Duty[Reply]) -> Answer[Reply]:
        with self._look(duty) as visit:
            return visit.next(duty)

    def ask_both(
        self, first: Duty[Reply], second: Duty[Other]
    ) -> tuple[Answer[Reply], Answer[Other]]:
        with self._look(first, second) as visit:
            return visit.next(first), visit.next(second)

    @contextmanager
    def _look(self, *duties: Duty[Any]) -> Iterator[Answered]:
        """The replies to all of these, for which the process is paused once."""
        with (
            self._landing(orders=duties, collect=self._collect) as landing,
            self._enter(landing) as visit,
        ):
            assert isinstance(visit, Answered)
            self._collect = False
            self.pause += visit.pause
            self.halted += visit.halted
            self.stops += 1
            self.longest = max(self.longest, visit.pause)
            yield visit
