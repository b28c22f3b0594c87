"""What callers of workers in other processes share: a block starts them, and stops them."""

from __future__ import annotations

from abc import abstractmethod
from types import TracebackType
from typing import Self

from unknot.runtime.caller import Caller

HURRY = 0.5
"""Seconds that dispatches have to end if their caller's block is cancelled."""


class Started(Caller):
    """A caller that is started once, and stopped when its block ends."""

    __slots__ = ()

    @abstractmethod
    async def start(self) -> None:
        """Start it. Raises `WorkerRefused`."""

    @abstractmethod
    async def stop(self, *, grace: float | None = 5.0, patience: float | None = 5.0) -> None:
        """Take no more dispatches, and end when those in flight have ended."""

    @abstractmethod
    def _drop(self) -> None:
        """End at once, without waiting."""

    async def __aenter__(self) -> Self:
        await self.start()
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        if kind is None or issubclass(kind, Exception):
            await self.stop()
        elif issubclass(kind, GeneratorExit):
            self._drop()  # a coroutine that is being closed may not wait
        else:  # such as Ctrl-C: dispatches in flight are not waited for
            await self.stop(grace=0, patience=HURRY)
