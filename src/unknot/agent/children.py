"""Runs an agent in each Python process that a measured process starts.

A new interpreter imports ``sitecustomize`` from the folder ``inject``, which the main agent puts at
the front of ``PYTHONPATH``. A forked process starts its agent by :func:`os.register_at_fork`.
Either connects to the controller's Unix socket, whose path and secret are in the environment, and
handles messages in a thread that otherwise sleeps in the kernel, so it does not slow the process.
The thread ends before a fork and is started again after it, so a fork sees only the program's own
threads.
"""

from __future__ import annotations

import _thread
import atexit
import contextlib
import os
import select
import socket
import sys
from typing import Any, Callable, ClassVar, Optional, Set

from .channel import Channel, ChannelClosed
from .collector import forget_logs
from .duties import Duties, Table, reset_collector, set_collector
from .finalizers import FinalizerCalls
from .loopless import run_without_loop, sleep_without_loop
from .originals import monotonic, sleep

__all__ = ["VARIABLE", "expect", "start"]

VARIABLE = "UNKNOT_AGENT"
"""The environment variable that holds ``secret:path`` of the controller's socket."""

ABANDONED = 70
"""Exit status of a process whose controller has ended."""

CONNECTING = 5.0
"""Seconds to wait for a busy controller."""

PATIENCE = 100
"""Maximum number of checks whether the thread has ended, a tenth of a millisecond apart."""


class ChildDuties(Duties):
    """The duties in a process whose operations another process triggers."""

    operations = 0

    def __init__(self, channel: Channel, finalizers: FinalizerCalls) -> None:
        super().__init__(channel, sleep_without_loop, finalizers, lambda: self.operations)

    async def begin(self, gc_mode: str, position: int) -> None:
        """Prepare for operations under ``gc_mode``, after ``position`` operations so far."""
        self.operations = position
        self._settling.begin()
        set_collector(gc_mode)
        self.channel.send({})

    async def end(self) -> None:
        """Restore the collector after the operations."""
        reset_collector()
        self.channel.send({})

    async def welcome(self, gc_mode: str) -> None:
        """Handle the controller's reply to the hello. Nothing is sent back."""
        if gc_mode != "auto":
            reset_collector()

    TABLE: ClassVar[Table] = {**Duties.TABLE, "begin": begin, "end": end, "welcome": welcome}


class Fork:
    """Replaces ``os.fork`` or ``os.forkpty`` and restarts the agent's thread after the fork.

    The hook for the parent is too early: CPython 3.13 runs it before it counts the threads for its
    warning.
    """

    __slots__ = ("agent", "original")

    def __init__(self, original: Callable[[], Any], agent: ChildAgent) -> None:
        self.original = original
        self.agent = agent

    def __call__(self) -> Any:
        this = _thread.get_ident()
        self.agent.forks.add(this)
        try:
            return self.original()
        finally:
            if this in self.agent.forks:  # not in the child
                self.agent.forks.discard(this)
                self.agent.resume()


class ChildAgent:
    """The thread that handles the controller's messages, stopped and restarted around forks."""

    def __init__(self, address: str, finalizers: FinalizerCalls) -> None:
        self._secret, self._path = address.split(":", 1)
        self._finalizers = finalizers
        self._inherited: Optional[Channel] = None
        self._duties: Optional[ChildDuties] = None
        self._forking = _thread.allocate_lock()
        self.forks: Set[int] = set()
        """Identifiers of threads that are inside :class:`Fork`."""

    def watch_forks(self, channel: Optional[Channel] = None) -> None:
        """Register for every fork from here on. A child closes ``channel``, its parent's."""
        self._inherited = channel
        os.register_at_fork(
            before=self._pause,
            after_in_parent=self._resume_unless_held,
            after_in_child=self._start_in_child,
        )
        os.fork = Fork(os.fork, self)
        os.forkpty = Fork(os.forkpty, self)

    def connect(self, started: str) -> None:
        """Connect to the controller. If it cannot be reached, the process runs without an agent.

        If its socket exists but nobody listens, the controller has ended, and nothing would end
        this process: it exits.
        """
        connection = socket.socket(socket.AF_UNIX)
        try:
            connection.settimeout(CONNECTING)
            connect_in_turn(connection, self._path)
            connection.settimeout(None)
        except ConnectionRefusedError:
            os._exit(ABANDONED)
        except OSError:
            connection.close()
            return
        channel = Channel(connection)
        hello = {
            "secret": self._secret,
            "pid": os.getpid(),
            "parent": os.getppid(),
            "started": started,
            "python": ".".join(map(str, sys.version_info[:3])),
        }
        try:
            channel.send(hello)
        except (ChannelClosed, OSError):
            channel.close()
            return
        self._descriptor = connection.fileno()
        self._duties = ChildDuties(channel, self._finalizers)
        self._begin_thread()

    def say_goodbye(self) -> None:
        """Tell the controller that this process exits by itself."""
        duties = self._duties
        if duties is not None:
            self._end_thread()
            self._duties = None
            with contextlib.suppress(ChannelClosed, OSError):
                duties.channel.send({"bye": True})

    def _pause(self) -> None:
        self._forking.acquire()
        if self._duties is not None:
            self._end_thread()

    def _resume_unless_held(self) -> None:
        if _thread.get_ident() not in self.forks:
            self.resume()

    def resume(self) -> None:
        """Restart the thread in the parent after a fork."""
        if self._duties is not None:
            self._begin_thread()
        self._forking.release()

    def _start_in_child(self) -> None:
        """Start an agent in a forked child, without the parent's channels and logs."""
        self._forking = _thread.allocate_lock()
        self.forks.clear()
        forget_logs()
        if self._inherited is not None:
            self._inherited.close()
            self._inherited = None
        if self._duties is not None:
            self._duties.channel.close()
            self._duties = None
        self.connect("fork")
        _say_goodbye_after_multiprocessing()

    def _begin_thread(self) -> None:
        assert self._duties is not None
        self._ended = _thread.allocate_lock()
        self._ended.acquire()
        self._wake, self._woken = os.pipe()
        _thread.start_new_thread(self._serve, (self._duties, self._ended, self._wake))

    def _end_thread(self) -> None:
        os.write(self._woken, b".")
        self._ended.acquire()
        os.close(self._wake)
        os.close(self._woken)
        for _ in range(PATIENCE):  # the system's thread ends a moment after Python's
            if not os.path.exists(f"/proc/self/task/{self._native}"):
                break
            sleep(0.0001)

    def _serve(self, duties: ChildDuties, ended: Any, wake: int) -> None:
        self._native = _thread.get_native_id()
        inbox = select.poll()
        inbox.register(self._descriptor, select.POLLIN)
        inbox.register(wake, select.POLLIN)
        try:
            while all(descriptor != wake for descriptor, _ in inbox.poll()):
                run_without_loop(duties.handle_next())
        except ChannelClosed:
            os._exit(ABANDONED)  # nothing else would end this process
        finally:
            ended.release()


def connect_in_turn(connection: socket.socket, path: str) -> None:
    """Connect, and retry while the controller's queue is full."""
    deadline = monotonic() + CONNECTING
    while True:
        try:
            return connection.connect(path)
        except BlockingIOError:
            if monotonic() > deadline:
                raise
            sleep(0.01)


_agent: Optional[ChildAgent] = None


def expect(address: Optional[str], channel: Channel, finalizers: FinalizerCalls) -> None:
    """Prepare the cell's own process to have an agent in every child; none without ``address``."""
    global _agent
    if address is None:
        return
    inject = os.path.join(os.path.dirname(os.path.abspath(__file__)), "inject")
    paths = [inject, *filter(None, [os.environ.get("PYTHONPATH")])]
    os.environ["PYTHONPATH"] = os.pathsep.join(paths)
    os.environ[VARIABLE] = address
    _agent = ChildAgent(address, finalizers)
    _agent.watch_forks(channel)
    atexit.register(_say_goodbye)  # for forked children


def start(address: str) -> None:
    """Start the agent of this process, which another measured process started."""
    global _agent
    finalizers = FinalizerCalls()
    finalizers.__enter__()
    _agent = ChildAgent(address, finalizers)
    _agent.connect("spawn")
    _agent.watch_forks()
    atexit.register(_say_goodbye)


def _say_goodbye(_: object = None) -> None:
    if _agent is not None:
        _agent.say_goodbye()


def _say_goodbye_after_multiprocessing() -> None:
    """Register for multiprocessing's finalizers: its forked children exit without ``atexit``."""
    util: Any = sys.modules.get("multiprocessing.util")
    if util is not None:
        util.register_after_fork(_agent, _register_goodbye)


def _register_goodbye(_: object) -> None:
    util: Any = sys.modules["multiprocessing.util"]
    util.Finalize(None, _say_goodbye, exitpriority=-1)
