"""Limits the number of dispatches that run at once; the rest wait in order of arrival."""

from __future__ import annotations

import asyncio
from collections import OrderedDict
from collections.abc import Callable
from dataclasses import dataclass
from typing import TypeAlias

from .errors import Overloaded


@dataclass(frozen=True, slots=True)
class Pressure:
    """The counts passed to a back-pressure hook when one more dispatch would have to wait."""

    in_flight: int
    waiting: int
    limit: int


# Called on the worker's loop; must not block. True lets the caller wait, False refuses it.
Backpressure: TypeAlias = Callable[[Pressure], bool]


class Admission:
    """Slots and a first-in, first-out queue for them.

    Drivers take and return slots on the worker's loop, whichever loops the callers are on, so there
    is no lock that a finalizer could re-enter.
    """

    __slots__ = ("_backpressure", "_in_flight", "_limit", "_line")

    def __init__(self, limit: int, backpressure: Backpressure | None) -> None:
        if limit < 1:
            raise ValueError(f"limit must be at least 1, not {limit}")
        self._limit = limit
        self._backpressure = backpressure
        self._in_flight = 0
        # Ordered, so that a cancelled waiter can be removed from the middle at no cost.
        self._line: OrderedDict[asyncio.Future[None], None] = OrderedDict()

    @property
    def pressure(self) -> Pressure:
        return Pressure(self._in_flight, len(self._line), self._limit)

    def take(self) -> bool:
        """Take a slot if one is free. Returns whether it was taken."""
        if self._line or self._in_flight >= self._limit:
            return False
        self._in_flight += 1
        return True

    async def wait(self) -> None:
        """Wait for a slot. Raises `Overloaded` if the hook refuses."""
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
                self.give_back()  # granted in the same turn of the loop as the cancellation
            self._line.pop(turn, None)
            raise

    def give_back(self) -> None:
        """Return a slot, to the first waiter if there is one."""
        while self._line:
            turn, _ = self._line.popitem(last=False)
            if not turn.done():
                turn.set_result(None)
                return
        self._in_flight -= 1
