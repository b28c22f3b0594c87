"""The agent of a cell's main process: opens the workload, runs operations, answers the controller.

Each message has ``do``, the name of a duty, and its arguments, and gets one reply, until ``close``.
An exception ends the process after a last message with ``error``.
"""

from __future__ import annotations

import contextlib
import faulthandler
import os
import socket
import sys
from typing import Any, ClassVar, Dict, List

from . import children
from .backends import PLAIN, Backend, find_backend
from .channel import LOST, Channel, ChannelClosed
from .collector import collector_name, count_passes, is_free_threaded
from .duties import Duties, Table, reset_collector, set_collector
from .failures import MESSAGE, clip, describe_failure
from .finalizers import FinalizerCalls
from .originals import get_threshold, perf_counter
from .workload import Workload, WorkloadError, load

__all__ = ["main"]

Message = Dict[str, Any]


class AgentService(Duties):
    """The duties and the running of operations, for one open workload."""

    def __init__(
        self, channel: Channel, workload: Workload, backend: Backend, finalizers: FinalizerCalls
    ) -> None:
        super().__init__(channel, backend.sleep, finalizers, workload.operations, backend.scheduled)
        self._workload = workload
        self._backend = backend

    async def serve(self, in_flight: int) -> None:
        """Open the workload, handle messages until ``close``, and close the workload."""
        await self._workload.open(in_flight, self._backend.together)
        self.channel.send({"opened": True})
        while await self.handle_next():
            pass
        await self._workload.close()
        self.channel.send({"closed": True})

    async def run(self, ops: int, gc_mode: str) -> None:
        """Run operations under a collector mode. Afterwards the collector is off."""
        self._settling.begin()
        counting = self.passes.seconds
        passes = count_passes()
        started = perf_counter()
        set_collector(gc_mode)
        try:
            await self._workload.run(ops)
        finally:
            reset_collector()
        # The log's share is timed separately, and exceeds the total if operations take no time.
        seconds = max(perf_counter() - started - (self.passes.seconds - counting), 0.0)
        self.channel.send({"seconds": seconds, "passes": count_passes() - passes})

    TABLE: ClassVar[Table] = {**Duties.TABLE, "run": run}


def greeting() -> Message:
    """The facts about this interpreter, before the agent changes any setting."""
    jit = getattr(sys, "_jit", None)  # new in 3.14
    return {
        "pid": os.getpid(),
        "python": ".".join(map(str, sys.version_info[:3])),
        "implementation": sys.implementation.name,
        "build": sys.version,
        "free_threaded": is_free_threaded(),
        "debug_build": hasattr(sys, "gettotalrefcount"),
        "gc_thresholds": get_threshold(),
        "dev_mode": sys.flags.dev_mode,
        "collector": collector_name(),
        "jit": jit is not None and jit.is_enabled(),
    }


def main(descriptor: int) -> int:
    """Serve the controller on the inherited socket ``descriptor``; the process's exit status."""
    connection = socket.socket(fileno=descriptor)
    connection.set_inheritable(False)  # what the workload starts has no business with it
    channel = Channel(connection)
    channel.send(greeting())
    pid = os.getpid()
    opened: List[Workload] = []
    with contextlib.suppress(Exception):  # standard error may be closed
        faulthandler.enable()  # a crash shows where
    try:
        order, _ = channel.receive()
        # Where it hangs is worth more than that it hangs; and an orphan ends by itself.
        faulthandler.dump_traceback_later(order["time_limit"], exit=True)
        with FinalizerCalls() as finalizers:
            _serve(channel, order, finalizers, opened)
    except ChannelClosed:
        return LOST
    except WorkloadError as error:
        _tell(channel, error="workload", message=clip(str(error), MESSAGE))
        return 1
    except BaseException as error:
        if os.getpid() != pid:
            raise  # in a child that the operation forked, and that is no business of the channel's
        message, lines = describe_failure(error)
        begun = sum(workload.operations() for workload in opened)
        _tell(channel, error="raised", message=message, traceback=lines, begun=begun)
        return 1
    return 0


def _tell(channel: Channel, **words: Any) -> None:
    _flush_output()
    with contextlib.suppress(ChannelClosed):
        channel.send(words)


def _flush_output() -> None:
    """What was printed belongs to the error that is told next."""
    for stream in (sys.stdout, sys.stderr):
        with contextlib.suppress(Exception):
            stream.flush()


def _serve(
    channel: Channel, order: Message, finalizers: FinalizerCalls, opened: List[Workload]
) -> None:
    children.expect(order["children"], channel, finalizers)
    workload = load(order["workload"], order["parameters"])
    opened.append(workload)
    backend = find_backend(order["backend"]) if workload.needs_loop else PLAIN
    service = AgentService(channel, workload, backend, finalizers)
    serving = service.serve(order["in_flight"])
    service.own.append(id(serving))
    backend.run(serving)
