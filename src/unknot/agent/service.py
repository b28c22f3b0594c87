"""Obeys the controller: one message in, one out, until ``close``.

Each message has ``do``, the name of a duty below, and its arguments. Replies hold plain numbers
and names. An exception ends the process after one last message with ``error``.
"""

from __future__ import annotations

import asyncio
import contextlib
import faulthandler
import gc
import socket
import sys
import time
import traceback
from typing import Any, Dict, List

from .blocks import allocated_blocks
from .census import census as take_census
from .census import undisturbed
from .channel import Channel, ChannelClosed
from .collector import PassLog, normalise
from .finalizers import FinalizerCalls
from .labels import label as label_objects
from .settling import Settling, Sleep
from .snapshot import snapshot as take_snapshot
from .workload import Workload, WorkloadError, load

__all__ = ["main"]

Message = Dict[str, Any]


class Service:
    """The duties, over one open workload."""

    def __init__(
        self, channel: Channel, workload: Workload, sleep: Sleep, finalizers: FinalizerCalls
    ) -> None:
        self._channel = channel
        self._workload = workload
        self._settling = Settling(sleep)
        self._finalizers = finalizers
        self._log = PassLog(workload.operations)

    async def serve(self) -> None:
        """Open the workload, obey until ``close``, close the workload."""
        await self._workload.open()
        self._channel.send({"opened": True})
        while True:
            message, _ = self._channel.receive()
            duty = message.pop("do")
            if duty == "close":
                break
            await DUTIES[duty](self, **message)
        await self._workload.close()
        self._channel.send({"closed": True})

    async def run(self, ops: int, gc_mode: str, every: int) -> None:
        """Run operations under a collector mode; the collector is off when it returns."""
        finalizers = self._finalizers.total
        counting = self._log.seconds
        started = time.perf_counter()
        if gc_mode == "auto":
            gc.enable()
        try:
            if gc_mode == "forced":
                await self._run_forced(ops, every)
            else:
                await self._workload.run(ops)
        finally:
            _take_collector_back()
        seconds = time.perf_counter() - started - (self._log.seconds - counting)
        self._channel.send(
            {"seconds": seconds, "asyncgen_finalizers": self._finalizers.total - finalizers}
        )

    async def _run_forced(self, ops: int, every: int) -> None:
        """Run operations, with a full collection after every ``every`` of those logged."""
        end = self._log.operations + ops
        while self._log.operations < end:
            step = min(every - self._log.operations % every, end - self._log.operations)
            await self._workload.run(step)
            if self._log.operations % every == 0:
                gc.collect()

    async def settle(self) -> None:
        """Wait until two counts agree."""
        self._channel.send({"settled": await self._settling.settle()})

    async def collect(self) -> None:
        """Collect to a fixed point, with no automatic collection from here on."""
        _take_collector_back()
        self._channel.send({"settled": await self._settling.collect_to_fixed_point()})

    async def census(self) -> None:
        """Count what there is, as it is."""
        with undisturbed():
            counts = take_census()
        self._channel.send({"types": counts})

    async def count(self, collected: bool = False) -> None:
        """Count objects in normal form, and allocated blocks of any kind of object.

        After a collection to the fixed point that is the form they are in; one more empties the
        free lists that settling has filled since, as the normal form does.
        """
        with undisturbed():
            if collected:
                gc.collect()
            else:
                normalise()
            blocks = allocated_blocks()
            counts = take_census()
        self._channel.send({"types": counts, "blocks": blocks})

    async def snapshot(self) -> None:
        """Send the heap."""
        with undisturbed():
            message, arrays = take_snapshot()
        self._channel.send(message, arrays)

    async def label(self, ids: List[int]) -> None:
        """Name a few objects and their references."""
        with undisturbed():
            labels = label_objects(ids)
        self._channel.send(labels)

    async def log(self) -> None:
        """Begin to log the collector's passes and the peak of every type."""
        self._log.__enter__()
        self._channel.send({})

    async def report(self) -> None:
        """End the log, send it, and forget it."""
        self._log.__exit__()
        self._channel.send(self._log.report())
        self._log.clear()


# A table, not getattr: the type's method cache would keep the name that each message brought, and
# the instrument would show among the leaked blocks.
DUTIES = {
    duty.__name__: duty
    for duty in (
        Service.run,
        Service.settle,
        Service.collect,
        Service.census,
        Service.count,
        Service.snapshot,
        Service.label,
        Service.log,
        Service.report,
    )
}


def greeting() -> Message:
    """What interpreter this is, before anything was set."""
    gil_enabled = getattr(sys, "_is_gil_enabled", None)  # new in 3.13
    return {
        "python": ".".join(map(str, sys.version_info[:3])),
        "implementation": sys.implementation.name,
        "build": sys.version,
        "free_threaded": gil_enabled is not None and not gil_enabled(),
        "debug_build": hasattr(sys, "gettotalrefcount"),
        "gc_thresholds": gc.get_threshold(),
        "dev_mode": sys.flags.dev_mode,
    }


def main(descriptor: int) -> int:
    """Serve the controller on the inherited socket ``descriptor``; the process's exit status."""
    connection = socket.socket(fileno=descriptor)
    connection.set_inheritable(False)  # what the workload starts has no business with it
    channel = Channel(connection)
    channel.send(greeting())
    try:
        order, _ = channel.receive()
        # Where it hangs is worth more than that it hangs; and an orphan ends by itself.
        faulthandler.dump_traceback_later(order["time_limit"], exit=True)
        with FinalizerCalls() as finalizers:
            _serve(channel, order, finalizers)
    except ChannelClosed:
        return 1
    except WorkloadError as error:
        _flush_output()
        channel.send({"error": "workload", "message": str(error), "traceback": None})
        return 1
    except BaseException as error:
        lines = traceback.format_exception(type(error), error, error.__traceback__)
        message = traceback.format_exception_only(type(error), error)[-1].strip()
        _flush_output()
        channel.send({"error": "raised", "message": message, "traceback": "".join(lines)})
        return 1
    return 0


def _take_collector_back() -> None:
    """The collector as counting needs it, whatever the operations did to it.

    Frozen objects would be out of every count, and ``DEBUG_SAVEALL`` keeps what is collected.
    """
    gc.disable()
    gc.set_debug(0)
    gc.unfreeze()


def _flush_output() -> None:
    """What was printed belongs to the error that is told next."""
    for stream in (sys.stdout, sys.stderr):
        with contextlib.suppress(Exception):
            stream.flush()


def _serve(channel: Channel, order: Message, finalizers: FinalizerCalls) -> None:
    workload = load(order["workload"], order["parameters"])
    if workload.needs_loop:
        asyncio.run(Service(channel, workload, asyncio.sleep, finalizers).serve())
    else:
        _run_without_loop(Service(channel, workload, _sleep, finalizers).serve())


async def _sleep(seconds: float) -> None:
    time.sleep(seconds)  # noqa: ASYNC251 - where there is no event loop


def _run_without_loop(coroutine: Any) -> None:
    """Run a coroutine that never suspends."""
    try:
        coroutine.send(None)
    except StopIteration:
        return
    coroutine.close()
    raise RuntimeError("a plain workload suspended")
