"""An agent in each Python process that a measured one starts.

A started interpreter imports ``sitecustomize`` from the folder ``inject``, which the main agent
puts in front of ``PYTHONPATH``; a forked one comes by :func:`os.register_at_fork`. Either connects
to the controller's Unix socket, whose path the environment names, shows the secret that stands
beside it, and waits for orders in a thread that sleeps in the kernel between two points: the
process's own work is not slowed by it. The thread ends before a fork and begins anew behind it,
so a fork finds the threads that the program made, and none of ours.
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

from .bound import monotonic, sleep
from .channel import Channel, ChannelClosed
from .collector import forget_logs
from .duties import Duties, Table, give_collector, take_collector_back
from .finalizers import FinalizerCalls
from .loopless import run_without_loop, sleep_without_loop

__all__ = ["VARIABLE", "expect", "start"]

VARIABLE = "UNKNOT_AGENT"
"""The environment variable with ``secret:path`` of the controller's socket."""

ABANDONED = 70
"""Exit status of a process whose controller is gone."""

CONNECTING = 5.0
"""Seconds to wait for a controller that is busy."""

PATIENCE = 100
"""Looks at whether the thread is gone, a tenth of a millisecond apart."""


class ChildDuties(Duties):
    """The duties in a process that runs operations at somebody else's bidding."""

    operations = 0

    def __init__(self, channel: Channel, finalizers: FinalizerCalls) -> None:
        super().__init__(channel, sleep_without_loop, finalizers, lambda: self.operations)

    async def begin(self, gc_mode: str, position: int) -> None:
        """The next operations run under ``gc_mode``; ``position`` have been before."""
        self.operations = position
        self._settling.begin()
        give_collector(gc_mode)
        self.channel.send({})

    async def end(self) -> None:
        """The operations are over."""
        take_collector_back()
        self.channel.send({})

    async def welcome(self, gc_mode: str) -> None:
        """The answer to the hello; it awaits none."""
        if gc_mode != "auto":
            take_collector_back()

    TABLE: ClassVar[Table] = {**Duties.TABLE, "begin": begin, "end": end, "welcome": welcome}


class Fork:
    """Stands for ``os.fork`` or ``os.forkpty``: our thread begins anew when the fork is over.

    Not in the hook for the parent, because CPython 3.13 runs that before it counts the threads to
    warn of.
    """

    __slots__ = ("original", "outpost")

    def __init__(self, original: Callable[[], Any], outpost: Outpost) -> None:
        self.original = original
        self.outpost = outpost

    def __call__(self) -> Any:
        this = _thread.get_ident()
        self.outpost.forks.add(this)
        try:
            return self.original()
        finally:
            if this in self.outpost.forks:  # in the child there is nothing left to do
                self.outpost.forks.discard(this)
                self.outpost.go_on()


class Outpost:
    """The thread that obeys the controller, and what a fork does to it."""

    def __init__(self, address: str, finalizers: FinalizerCalls) -> None:
        self._secret, self._path = address.split(":", 1)
        self._finalizers = finalizers
        self._inherited: Optional[Channel] = None
        self._duties: Optional[ChildDuties] = None
        self._forking = _thread.allocate_lock()
        self.forks: Set[int] = set()
        """Threads that are in the midst of a fork by :class:`Fork`."""

    def watch_forks(self, channel: Optional[Channel] = None) -> None:
        """Follow every fork from here on; a child closes ``channel``, which is not its own."""
        self._inherited = channel
        os.register_at_fork(
            before=self._rest,
            after_in_parent=self._go_on_unless_held,
            after_in_child=self._begin_anew,
        )
        os.fork = Fork(os.fork, self)
        os.forkpty = Fork(os.forkpty, self)

    def connect(self, started: str) -> None:
        """Report to the controller. Where it cannot be reached, the process runs without.

        Where its socket is there, but it is gone, nobody would end this process.
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
        """Tell that this process ends of its own will."""
        duties = self._duties
        if duties is not None:
            self._end_thread()
            self._duties = None
            with contextlib.suppress(ChannelClosed, OSError):
                duties.channel.send({"bye": True})

    def _rest(self) -> None:
        self._forking.acquire()
        if self._duties is not None:
            self._end_thread()

    def _go_on_unless_held(self) -> None:
        if _thread.get_ident() not in self.forks:
            self.go_on()

    def go_on(self) -> None:
        """The fork is over."""
        if self._duties is not None:
            self._begin_thread()
        self._forking.release()

    def _begin_anew(self) -> None:
        """In a forked child: what was inherited is the parent's."""
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
        _thread.start_new_thread(self._obey, (self._duties, self._ended, self._wake))

    def _end_thread(self) -> None:
        os.write(self._woken, b".")
        self._ended.acquire()
        os.close(self._wake)
        os.close(self._woken)
        for _ in range(PATIENCE):  # it has ended for Python; for the system, a moment later
            if not os.path.exists(f"/proc/self/task/{self._native}"):
                break
            sleep(0.0001)

    def _obey(self, duties: ChildDuties, ended: Any, wake: int) -> None:
        self._native = _thread.get_native_id()
        inbox = select.poll()
        inbox.register(self._descriptor, select.POLLIN)
        inbox.register(wake, select.POLLIN)
        try:
            while all(descriptor != wake for descriptor, _ in inbox.poll()):
                run_without_loop(duties.obey())
        except ChannelClosed:
            os._exit(ABANDONED)  # nobody is there to end this process when the work is done
        finally:
            ended.release()


def connect_in_turn(connection: socket.socket, path: str) -> None:
    """Connect, also where so many do that the controller's queue is full for a moment."""
    deadline = monotonic() + CONNECTING
    while True:
        try:
            return connection.connect(path)
        except BlockingIOError:
            if monotonic() > deadline:
                raise
            sleep(0.01)


_outpost: Optional[Outpost] = None


def expect(address: Optional[str], channel: Channel, finalizers: FinalizerCalls) -> None:
    """Have an agent in every child of this process, the cell's own; none without ``address``."""
    global _outpost
    if address is None:
        return
    inject = os.path.join(os.path.dirname(os.path.abspath(__file__)), "inject")
    paths = [inject, *filter(None, [os.environ.get("PYTHONPATH")])]
    os.environ["PYTHONPATH"] = os.pathsep.join(paths)
    os.environ[VARIABLE] = address
    _outpost = Outpost(address, finalizers)
    _outpost.watch_forks(channel)
    atexit.register(_say_goodbye)  # in a forked child that ends like any program


def start(address: str) -> None:
    """Be the agent of this process, which another measured process started."""
    global _outpost
    finalizers = FinalizerCalls()
    finalizers.__enter__()
    _outpost = Outpost(address, finalizers)
    _outpost.connect("spawn")
    _outpost.watch_forks()
    atexit.register(_say_goodbye)


def _say_goodbye(_: object = None) -> None:
    if _outpost is not None:
        _outpost.say_goodbye()


def _say_goodbye_after_multiprocessing() -> None:
    """A child forked by multiprocessing ends without ``atexit``, but with finalizers of its own."""
    util: Any = sys.modules.get("multiprocessing.util")
    if util is not None:
        util.register_after_fork(_outpost, _register_goodbye)


def _register_goodbye(_: object) -> None:
    util: Any = sys.modules["multiprocessing.util"]
    util.Finalize(None, _say_goodbye, exitpriority=-1)
