"""A pool's link, which distributes dispatches over the links of its workers."""

from __future__ import annotations

import asyncio
from collections import OrderedDict
from contextlib import suppress

from unknot.runtime import frames
from unknot.runtime.admission import Backpressure, Pressure
from unknot.runtime.call import Link, Receiver
from unknot.runtime.errors import DispatchError, Overloaded, WorkerStopped

from .process import WorkerProcess


class WorkerSlot:
    """A slot for a worker, and the number of its dispatches."""

    __slots__ = ("in_flight", "link", "worker")

    def __init__(self) -> None:
        self.worker: WorkerProcess | None = None
        self.link: Link | None = None
        self.in_flight = 0


class PoolDispatch:
    """A dispatch in the pool, which is the receiver for a worker's link."""

    __slots__ = ("_link", "_receiver", "cancelled", "id", "replied", "sent", "slot", "times")

    def __init__(self, receiver: Receiver, sent: list[bytes], times: int, link: PoolLink) -> None:
        self.id = receiver.id
        self.sent = sent
        self.times = times
        self.slot: WorkerSlot | None = None
        self.cancelled = False
        self.replied = False
        self._receiver = receiver
        self._link = link

    def deliver(self, reply: bytes, last: bool) -> None:
        self.replied = True
        if last:
            self._link.finish(self)
        self._receiver.deliver(reply, last)

    def post(self, reply: bytes, last: bool) -> None:
        self.deliver(reply, last)  # a pool and its workers share a loop

    def fail(self, reply: bytes) -> None:
        """Retry on another worker if that is allowed and no reply was seen; otherwise fail."""
        if self.times > 0 and not (self.replied or self.cancelled or self._link.closing):
            self.times -= 1
            self._link.queue_again(self)
        else:
            self._link.finish(self)
            self._receiver.fail(reply)


class PoolLink:
    """All dispatches of a pool from their opening to their last reply, running or waiting."""

    def __init__(
        self, name: str, size: int, limit: int, queue: int, backpressure: Backpressure | None
    ) -> None:
        self.slots = [WorkerSlot() for _ in range(size)]
        self.closing = False
        self._name = name
        self._limit = limit
        self._queue = queue
        self._backpressure = backpressure
        self._loop = asyncio.get_running_loop()
        self._dispatches: dict[int, PoolDispatch] = {}
        self._line: OrderedDict[int, PoolDispatch] = OrderedDict()
        self._empty: asyncio.Future[None] | None = None

    def __len__(self) -> int:
        return len(self._dispatches)

    @property
    def pids(self) -> list[int]:
        """The identifiers of the running processes."""
        workers = [slot.worker for slot in self.slots if slot.worker is not None]
        return [worker.pid for worker in workers if worker.pid is not None]

    # -- as a link -----------------------------------------------------------------------------

    def open(self, receiver: Receiver, sent: list[bytes], times: int = 0) -> None:
        try:
            self.check()
            slot = self._free_slot() if not self._line else None
            if slot is None:
                self._apply_backpressure()
        except (DispatchError, RuntimeError) as error:
            receiver.fail(frames.refused(error))
            return
        except Exception as error:  # raised by the hook
            receiver.fail(frames.raised(error))
            return
        dispatch = self._dispatches[receiver.id] = PoolDispatch(receiver, sent, times, self)
        if slot is None:
            self._line[dispatch.id] = dispatch
        else:
            _give(slot, dispatch)

    def send(self, number: int, request: bytes) -> None:
        dispatch = self._dispatches.get(number)
        if dispatch is None:
            return
        if dispatch.slot is None or dispatch.times:
            dispatch.sent.append(request)
        if dispatch.slot is not None and dispatch.slot.link is not None:
            dispatch.slot.link.send(number, request)

    def cancel(self, number: int) -> None:
        with suppress(RuntimeError):  # the loop is closed
            self._loop.call_soon_threadsafe(self._cancel, number)

    def check(self) -> None:
        """Raise if the pool cannot take a dispatch."""
        if self.closing:
            raise WorkerStopped(f"pool {self._name!r} was stopped")
        if asyncio.get_running_loop() is not self._loop:
            raise RuntimeError(f"pool {self._name!r} belongs to the event loop that started it")

    def _apply_backpressure(self) -> None:
        pressure = Pressure(
            sum(slot.in_flight for slot in self.slots),
            len(self._line),
            self._limit * len(self.slots),
        )
        if pressure.waiting >= self._queue or (
            self._backpressure is not None and not self._backpressure(pressure)
        ):
            raise Overloaded(
                f"refused: {pressure.in_flight} in flight of {pressure.limit},"
                f" {pressure.waiting} waiting"
            )

    def _cancel(self, number: int) -> None:
        dispatch = self._dispatches.get(number)
        if dispatch is None:
            return
        dispatch.cancelled = True
        if dispatch.slot is None:
            dispatch.deliver(frames.CANCELLED, True)
        elif dispatch.slot.link is not None:
            dispatch.slot.link.cancel(number)

    # -- slots ---------------------------------------------------------------------------------

    def add_worker(self, slot: WorkerSlot, worker: WorkerProcess) -> None:
        """Put a worker into a slot and give it waiting dispatches."""
        slot.worker, slot.link, slot.in_flight = worker, worker.open_link(), 0
        self._serve_line()

    def remove_worker(self, slot: WorkerSlot) -> None:
        """Empty a slot whose worker is lost, with all of its dispatches."""
        slot.worker, slot.link, slot.in_flight = None, None, 0

    def finish(self, dispatch: PoolDispatch) -> None:
        """Remove a dispatch, just before its last reply."""
        self._leave(dispatch)
        self._dispatches.pop(dispatch.id, None)
        self._line.pop(dispatch.id, None)
        self._serve_line()
        if not self._dispatches and self._empty is not None and not self._empty.done():
            self._empty.set_result(None)

    def queue_again(self, dispatch: PoolDispatch) -> None:
        """Put a dispatch first in line for another worker."""
        self._leave(dispatch)
        self._line[dispatch.id] = dispatch
        self._line.move_to_end(dispatch.id, last=False)
        self._loop.call_soon(self._serve_line)

    def fail_all(self, error: Exception) -> None:
        """Fail all remaining dispatches with ``error``."""
        for dispatch in list(self._dispatches.values()):
            dispatch.times = 0
            dispatch.fail(frames.refused(error))

    async def close(self, grace: float | None) -> None:
        """Refuse new dispatches, and wait for the others for at most `grace` seconds."""
        self.closing = True
        if self._dispatches:
            self._empty = self._loop.create_future()
            await asyncio.wait((self._empty,), timeout=grace)

    def _leave(self, dispatch: PoolDispatch) -> None:
        if dispatch.slot is not None:
            dispatch.slot.in_flight = max(0, dispatch.slot.in_flight - 1)
            dispatch.slot = None

    def _serve_line(self) -> None:
        while self._line and (slot := self._free_slot()) is not None:
            _, dispatch = self._line.popitem(last=False)
            _give(slot, dispatch)

    def _free_slot(self) -> WorkerSlot | None:
        """The slot with the fewest dispatches; `None` if none has room."""
        living = [
            slot
            for slot in self.slots
            if slot.worker is not None and slot.worker.usable and slot.in_flight < self._limit
        ]
        return min(living, key=_load, default=None)


def _load(slot: WorkerSlot) -> int:
    return slot.in_flight


def _give(slot: WorkerSlot, dispatch: PoolDispatch) -> None:
    assert slot.link is not None
    slot.in_flight += 1
    dispatch.slot = slot
    sent = dispatch.sent
    if not dispatch.times:
        dispatch.sent = []  # not needed for a retry, and may be large
    slot.link.open(dispatch, sent)
