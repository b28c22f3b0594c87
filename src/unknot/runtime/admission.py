"""Admission: at most so many dispatches run at once, and the rest wait in the order they came."""

from __future__ import annotations

import asyncio
from collections import OrderedDict
from collections.abc import Callable
from dataclasses import dataclass
from typing import TypeAlias

from .errors import Overloaded


@dataclass(frozen=True, slots=True)
class Pressure:
    """What a back-pressure hook decides on: counts at the moment one more dispatch has to wait."""

    in_flight: int
    waiting: int
    limit: int


# Called on the worker's loop; must not block. True: let the caller wait. False: refuse it.
Backpressure: TypeAlias = Callable[[Pressure], bool]


class Admission:
    """Slots, and a first-in-first-out line for them.

    Drivers take slots on the worker's loop and give them back there, however many loops the
    callers are on: no lock, and so none that a finalizer could re-enter.
    """

    __slots__ = ("_backpressure", "_in_flight", "_limit", "_line")

    def __init__(self, limit: int, backpressure: Backpressure | None) -> None:
        if limit < 1:
            raise ValueError(f"limit must be at least 1, not {limit}")
        self._limit = limit
        self._backpressure = backpressure
        self._in_flight = 0
        # Ordered, so that one who gives up leaves from the middle at no cost to the others.
        self._line: OrderedDict[asyncio.Future[None], None] = OrderedDict()

    @property
    def pressure(self) -> Pressure:
        return Pressure(self._in_flight, len(self._line), self._limit)

    def take(self) -> bool:
        """Whether a slot was free. It is taken now."""
        if self._line or self._in_flight >= self._limit:
            return False
        self._in_flight += 1
        return True

    async def wait(self) -> None:
        """Wait in line for a slot. Raises `Overloaded` if the hook would not have it."""
        pressure = self.pressure
        if self._backpressure is not None and not self._backpressure(pressure):
            raise Overloaded(
                f"refused: {pressure.in_flight} in flight of {pressure.limit},"
                f" {pressure.waiting} waiting"
            )
        turn = asyncio.get_running_loop().create_future()
        self._line[turn] = None
        try:
            await turn
        except BaseException:
            if turn.done() and not turn.cancelled():
                self.give_back()  # the slot came in the same turn of the loop as the cancellation
            self._line.pop(turn, None)
            raise

    def give_back(self) -> None:
        """Hand the slot to the first who still wants it."""
        while self._line:
            turn, _ = self._line.popitem(last=False)
            if not turn.done():
                turn.set_result(None)
                return
        self._in_flight -= 1
