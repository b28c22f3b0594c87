"""How a pool spreads its dispatches: a link over the links of its workers."""

from __future__ import annotations

import asyncio
from collections import OrderedDict
from contextlib import suppress

from unknot.runtime import frames
from unknot.runtime.admission import Backpressure, Pressure
from unknot.runtime.call import Link, Receiver
from unknot.runtime.errors import DispatchError, Overloaded, WorkerStopped

from .process import WorkerProcess


class Seat:
    """A place for a worker, and how many dispatches it has."""

    __slots__ = ("in_flight", "link", "worker")

    def __init__(self) -> None:
        self.worker: WorkerProcess | None = None
        self.link: Link | None = None
        self.in_flight = 0


class Ticket:
    """A dispatch on its way through the pool: stands for its receiver at a worker's link."""

    __slots__ = ("_receiver", "_spread", "cancelled", "id", "replied", "seat", "sent", "times")

    def __init__(self, receiver: Receiver, sent: list[bytes], times: int, spread: Spread) -> None:
        self.id = receiver.id
        self.sent = sent
        self.times = times
        self.seat: Seat | None = None
        self.cancelled = False
        self.replied = False
        self._receiver = receiver
        self._spread = spread

    def deliver(self, reply: bytes, last: bool) -> None:
        self.replied = True
        if last:
            self._spread.finish(self)
        self._receiver.deliver(reply, last)

    def post(self, reply: bytes, last: bool) -> None:
        self.deliver(reply, last)  # a pool and its workers are of one loop

    def fail(self, reply: bytes) -> None:
        """The worker is lost. Begin again, if that was allowed and nobody can tell."""
        if self.times > 0 and not (self.replied or self.cancelled or self._spread.closing):
            self.times -= 1
            self._spread.queue_again(self)
        else:
            self._spread.finish(self)
            self._receiver.fail(reply)


class Spread:
    """Every dispatch of a pool from its opening to its last reply, in a seat or in line for one."""

    def __init__(
        self, name: str, size: int, limit: int, queue: int, backpressure: Backpressure | None
    ) -> None:
        self.seats = [Seat() for _ in range(size)]
        self.closing = False
        self._name = name
        self._limit = limit
        self._queue = queue
        self._backpressure = backpressure
        self._loop = asyncio.get_running_loop()
        self._tickets: dict[int, Ticket] = {}
        self._line: OrderedDict[int, Ticket] = OrderedDict()
        self._empty: asyncio.Future[None] | None = None

    def __len__(self) -> int:
        return len(self._tickets)

    @property
    def pids(self) -> list[int]:
        """Of the processes that have a seat."""
        workers = [seat.worker for seat in self.seats if seat.worker is not None]
        return [worker.pid for worker in workers if worker.pid is not None]

    # -- as a link -----------------------------------------------------------------------------

    def open(self, receiver: Receiver, sent: list[bytes], times: int = 0) -> None:
        try:
            self.check()
            seat = self._free_seat() if not self._line else None
            if seat is None:
                self._refuse_a_crowd()
        except (DispatchError, RuntimeError) as error:
            receiver.fail(frames.refused(error))
            return
        except Exception as error:  # the hook's own
            receiver.fail(frames.raised(error))
            return
        ticket = self._tickets[receiver.id] = Ticket(receiver, sent, times, self)
        if seat is None:
            self._line[ticket.id] = ticket
        else:
            _give(seat, ticket)

    def send(self, number: int, request: bytes) -> None:
        ticket = self._tickets.get(number)
        if ticket is None:
            return
        if ticket.seat is None or ticket.times:
            ticket.sent.append(request)
        if ticket.seat is not None and ticket.seat.link is not None:
            ticket.seat.link.send(number, request)

    def cancel(self, number: int) -> None:
        with suppress(RuntimeError):  # its loop is closed, and with it all
            self._loop.call_soon_threadsafe(self._cancel, number)

    def check(self) -> None:
        """Raises what keeps this from taking a dispatch."""
        if self.closing:
            raise WorkerStopped(f"pool {self._name!r} was stopped")
        if asyncio.get_running_loop() is not self._loop:
            raise RuntimeError(f"pool {self._name!r} belongs to the event loop that started it")

    def _refuse_a_crowd(self) -> None:
        pressure = Pressure(
            sum(seat.in_flight for seat in self.seats),
            len(self._line),
            self._limit * len(self.seats),
        )
        if pressure.waiting >= self._queue or (
            self._backpressure is not None and not self._backpressure(pressure)
        ):
            raise Overloaded(
                f"refused: {pressure.in_flight} in flight of {pressure.limit},"
                f" {pressure.waiting} waiting"
            )

    def _cancel(self, number: int) -> None:
        ticket = self._tickets.get(number)
        if ticket is None:
            return
        ticket.cancelled = True
        if ticket.seat is None:
            ticket.deliver(frames.CANCELLED, True)
        elif ticket.seat.link is not None:
            ticket.seat.link.cancel(number)

    # -- seats ---------------------------------------------------------------------------------

    def seat(self, seat: Seat, worker: WorkerProcess) -> None:
        """A worker is there: give it what waits."""
        seat.worker, seat.link, seat.in_flight = worker, worker.open_link(), 0
        self._serve_line()

    def unseat(self, seat: Seat) -> None:
        """The worker is lost, and all of its dispatches with it."""
        seat.worker, seat.link, seat.in_flight = None, None, 0

    def finish(self, ticket: Ticket) -> None:
        """The dispatch is about to have its last reply."""
        self._leave(ticket)
        self._tickets.pop(ticket.id, None)
        self._line.pop(ticket.id, None)
        self._serve_line()
        if not self._tickets and self._empty is not None and not self._empty.done():
            self._empty.set_result(None)

    def queue_again(self, ticket: Ticket) -> None:
        """First in line for another worker."""
        self._leave(ticket)
        self._line[ticket.id] = ticket
        self._line.move_to_end(ticket.id, last=False)
        self._loop.call_soon(self._serve_line)

    def fail_all(self, error: Exception) -> None:
        """Give every dispatch that is left its last reply."""
        for ticket in list(self._tickets.values()):
            ticket.times = 0
            ticket.fail(frames.refused(error))

    async def close(self, grace: float | None) -> None:
        """Take nothing more, and wait until all have their last reply, for `grace` seconds."""
        self.closing = True
        if self._tickets:
            self._empty = self._loop.create_future()
            await asyncio.wait((self._empty,), timeout=grace)

    def _leave(self, ticket: Ticket) -> None:
        if ticket.seat is not None:
            ticket.seat.in_flight = max(0, ticket.seat.in_flight - 1)
            ticket.seat = None

    def _serve_line(self) -> None:
        while self._line and (seat := self._free_seat()) is not None:
            _, ticket = self._line.popitem(last=False)
            _give(seat, ticket)

    def _free_seat(self) -> Seat | None:
        """The one with the fewest dispatches, if it has room for another."""
        living = [
            seat
            for seat in self.seats
            if seat.worker is not None and seat.worker.usable and seat.in_flight < self._limit
        ]
        return min(living, key=_load, default=None)


def _load(seat: Seat) -> int:
    return seat.in_flight


def _give(seat: Seat, ticket: Ticket) -> None:
    assert seat.link is not None
    seat.in_flight += 1
    ticket.seat = seat
    sent = ticket.sent
    if not ticket.times:
        ticket.sent = []  # it will not be asked for again, and may be large
    seat.link.open(ticket, sent)
