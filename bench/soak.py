"""Dispatches of every ending to a pool whose workers are killed meanwhile: `python -m bench.soak`.

Each dispatch must have exactly one outcome, counted where the replies arrive; memory must not grow;
and no process, socket or file may be left. Otherwise the exit code is 1.
"""

from __future__ import annotations

import argparse
import asyncio
import gc
import os
import random
import signal
import sys
import tempfile
from collections import Counter
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from pathlib import Path
from time import monotonic

import psutil

from bench.workloads.bundled import Refused, answer, count, count_and_refuse, refuse
from unknot.runtime import Rejected, WorkerDied
from unknot.runtime.call import Link, Receiver
from unknot.runtime.caller import Caller
from unknot.runtime.remote import WorkerPool

MEMORY = 16e6
"""Maximum growth of the caller, in bytes, between a tenth of the dispatches and the end."""
LATEST = 0.02
"""Seconds within which dispatches are cancelled or abandoned."""


@dataclass(slots=True)
class Tally:
    """Counts of final replies, and of outcomes as callers saw them. Its size is constant."""

    opened: int = 0
    unanswered: set[int] = field(default_factory=set)
    surplus: int = 0
    """Final replies to dispatches that had already received one."""
    outcomes: Counter[tuple[str, str]] = field(default_factory=Counter)
    memory: list[int] = field(default_factory=list)
    objects: list[int] = field(default_factory=list)
    kills: int = 0

    def open(self, number: int) -> None:
        self.opened += 1
        self.unanswered.add(number)

    def answer(self, number: int) -> None:
        """Count a final reply."""
        if number in self.unanswered:
            self.unanswered.remove(number)
        else:
            self.surplus += 1


class Counted(Caller):
    """A pool that counts each final reply on its way to the caller."""

    def __init__(self, pool: WorkerPool, tally: Tally) -> None:
        self._pool = pool
        self._tally = tally

    def open_link(self) -> Link:
        return CountedLink(self._pool.open_link(), self._tally)


class CountedLink:
    def __init__(self, link: Link, tally: Tally) -> None:
        self._link = link
        self._tally = tally

    def open(self, receiver: Receiver, sent: list[bytes]) -> None:
        self._tally.open(receiver.id)
        self._link.open(CountedReceiver(receiver, self._tally), sent)

    def send(self, number: int, request: bytes) -> None:
        self._link.send(number, request)

    def cancel(self, number: int) -> None:
        self._link.cancel(number)


class CountedReceiver:
    def __init__(self, receiver: Receiver, tally: Tally) -> None:
        self.id = receiver.id
        self._receiver = receiver
        self._tally = tally

    def deliver(self, reply: bytes, last: bool) -> None:
        if last:
            self._tally.answer(self.id)
        self._receiver.deliver(reply, last)

    def post(self, reply: bytes, last: bool) -> None:
        if last:
            self._tally.answer(self.id)
        self._receiver.post(reply, last)

    def fail(self, reply: bytes) -> None:
        self._tally.answer(self.id)
        self._receiver.fail(reply)


async def sleep(seconds: float) -> None:
    await asyncio.sleep(seconds)


class Unreadable:
    """Can be pickled, but not unpickled."""

    def __reduce__(self) -> tuple[Callable[..., object], tuple[str]]:
        return int, ("no number",)


async def returned(pool: Caller) -> None:
    await pool.dispatch(answer, 1)


async def raised(pool: Caller) -> None:
    await pool.dispatch(refuse)


async def rejected(pool: Caller) -> None:
    await pool.dispatch(answer, Unreadable())  # type: ignore[arg-type]


async def cancelled(pool: Caller) -> None:
    async with asyncio.timeout(random.uniform(0, LATEST)):
        await pool.dispatch(sleep, 60)


async def abandoned(pool: Caller) -> None:
    call = pool.dispatch(sleep, 60)
    call.send(None)
    await asyncio.sleep(random.uniform(0, LATEST))
    call.close()


async def stream_returned(pool: Caller) -> None:
    async for _ in pool.stream(count, 3):
        pass


async def stream_raised(pool: Caller) -> None:
    async for _ in pool.stream(count_and_refuse):
        pass


async def stream_cancelled(pool: Caller) -> None:
    async with asyncio.timeout(random.uniform(0, LATEST)):
        async for _ in pool.stream(count, 10**6):
            pass


async def stream_abandoned(pool: Caller) -> None:
    await anext(pool.stream(count, 3))


ENDINGS: tuple[Callable[[Caller], Awaitable[None]], ...] = (
    returned, raised, rejected, cancelled, abandoned,
    stream_returned, stream_raised, stream_cancelled, stream_abandoned,
)  # fmt: skip
EXPECTED = {"raised": Refused, "stream_raised": Refused, "rejected": Rejected,
            "cancelled": TimeoutError, "stream_cancelled": TimeoutError}  # fmt: skip


async def dispatch_one(pool: Caller, index: int, tally: Tally) -> None:
    ending = ENDINGS[index % len(ENDINGS)]
    name = ending.__name__
    try:
        await ending(pool)
    except WorkerDied:
        tally.outcomes[name, "worker died"] += 1
    except EXPECTED.get(name, ()):
        tally.outcomes[name, "as expected"] += 1
    except Exception as error:
        tally.outcomes[name, f"UNEXPECTED {type(error).__name__}: {error}"[:100]] += 1
    else:
        unexpected = name in EXPECTED
        tally.outcomes[name, "UNEXPECTED return" if unexpected else "as expected"] += 1


async def dispatch_all(pool: Caller, numbers: list[int], total: int, tally: Tally) -> None:
    while numbers:
        index = numbers.pop()
        await dispatch_one(pool, index, tally)
        if index % (total // 10) == 0:
            gc.collect()
            tally.memory.append(psutil.Process().memory_info().rss)
            tally.objects.append(len(gc.get_objects()))


async def kill_now_and_then(pool: WorkerPool, seconds: float, tally: Tally) -> None:
    while True:
        await asyncio.sleep(seconds)
        if pool.pids:
            os.kill(random.choice(pool.pids), signal.SIGKILL)
            tally.kills += 1


async def soak(total: int, in_flight: int, size: int, kill_every: float) -> Tally:
    tally = Tally()
    async with WorkerPool(size) as pool:
        killer = asyncio.create_task(kill_now_and_then(pool, kill_every, tally))
        numbers = list(range(total))
        counted = Counted(pool, tally)
        await asyncio.gather(
            *(dispatch_all(counted, numbers, total, tally) for _ in range(in_flight))
        )
        killer.cancel()
        while pool.in_flight:  # noqa: ASYNC110 (those that were abandoned, a little later)
            await asyncio.sleep(0.01)
    return tally


def left() -> dict[str, set[str]]:
    """The processes, sockets and files that exist, by kind."""
    gc.collect()  # grpc's poller ends with its last object, and a call that failed is in a cycle
    this = psutil.Process()
    return {
        "processes": {f"{child.pid} {child.name()}" for child in this.children(recursive=True)},
        "sockets": {str(one.fd) for one in this.net_connections(kind="all")},
        "files": {path.name for path in Path(tempfile.gettempdir()).iterdir()},
    }


def complaints(tally: Tally, total: int) -> list[str]:
    """The expectations that are not met."""
    found = []
    done = sum(tally.outcomes.values())
    if done != total:
        found.append(f"{done:,} outcomes of {total:,} dispatches")
    if tally.unanswered or tally.surplus:
        found.append(
            f"{len(tally.unanswered):,} without a last reply, {tally.surplus:,} with one too many"
        )
    found += [f"{name}: {what}" for name, what in tally.outcomes if what.startswith("UNEXPECTED")]
    if tally.memory and tally.memory[-1] - tally.memory[len(tally.memory) // 10] > MEMORY:
        found.append(f"memory grew: {[round(size / 1e6, 1) for size in tally.memory]} MB")
    return found


def main(total: int, in_flight: int, size: int, kill_every: float) -> int:
    with tempfile.TemporaryDirectory(prefix="unknot-") as folder:
        tempfile.tempdir = folder
        before, began = left(), monotonic()
        tally = asyncio.run(soak(total, in_flight, size, kill_every))
        seconds = monotonic() - began
        found = complaints(tally, total)
        for kind, names in left().items():
            if names - before[kind]:
                found.append(f"{kind} left: {', '.join(sorted(names - before[kind]))}")
        tempfile.tempdir = None
    print(f"{total:,} dispatches, {in_flight} in flight, {size} workers, {tally.kills} killed,")
    print(f"{seconds:.1f} s, {seconds / total * 1e6:.0f} µs each; opened {tally.opened:,}")
    for name in dict.fromkeys(ending.__name__ for ending in ENDINGS):
        counts = {what: n for (one, what), n in sorted(tally.outcomes.items()) if one == name}
        print(f"  {name:18}" + ", ".join(f"{what} {n:,}" for what, n in counts.items()))
    print(f"memory, MB: {', '.join(f'{size / 1e6:.1f}' for size in tally.memory)}")
    print(f"objects: {', '.join(f'{count:,}' for count in tally.objects)}")
    for line in found:
        print(f"WRONG: {line}")
    print("each dispatch had one outcome, nothing is left" if not found else "it does not hold")
    return int(bool(found))


if __name__ == "__main__":
    # Under its importable name, so that its routines are pickled by reference.
    from bench import soak as importable

    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("-n", "--dispatches", type=int, default=100_000)
    parser.add_argument("--in-flight", type=int, default=256)
    parser.add_argument("--workers", type=int, default=4)
    parser.add_argument("--kill-every", type=float, default=1.0, help="seconds")
    asked = parser.parse_args()
    sys.exit(importable.main(asked.dispatches, asked.in_flight, asked.workers, asked.kill_every))
