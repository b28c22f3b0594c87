"""Starts a fresh process with an agent, and exchanges messages with it."""

from __future__ import annotations

import contextlib
import os
import secrets
import select
import signal
import socket
import subprocess
import tempfile
import time
import uuid
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import IO, Protocol, Self, TypeVar

import psutil

import unknot.agent
from unknot.agent.channel import LOST, BadMessage, Channel, ChannelClosed
from unknot.errors import (
    CellFailed,
    ForgedAnswer,
    FreeThreadedBuild,
    InvalidWorkload,
    TimeLimitExceeded,
    UnknotError,
)
from unknot.measuring.duties import Answer, Duty, Greet, Greeting, OpenWorkload
from unknot.measuring.spec import CellSpec
from unknot.supervision import Supervised

__all__ = ["AgentProcess", "ProcessRegistry", "clean_environment", "registered"]

Reply = TypeVar("Reply")

AGENT = Path(unknot.agent.__file__).parent

DISTURBING = (
    "PYTHONASYNCIODEBUG",
    "PYTHONDEVMODE",
    "PYTHONTRACEMALLOC",
    "PYTHONMALLOC",
    "PYTHONFAULTHANDLER",
    "PYTHONPROFILEIMPORTTIME",
    "PYTHONINSPECT",
    "PYTHONWARNINGS",
    "PYTHON_GC_PRESET",
)
"""Settings that change what is counted; a cell runs without them."""

OF_MALLOC = ("MALLOC_", "glibc.malloc.")
"""Prefixes of settings of glibc's allocator, in the environment and in ``GLIBC_TUNABLES``. With one
of them, which a Dask worker has, memory that the instrument frees can appear to stay in use.
"""

STEADY_MALLOC = "glibc.malloc.tcache_count=0:glibc.malloc.arena_max=1"
"""glibc counts freed blocks in a thread's cache as in use: the C heap would seem to grow while
these caches fill, some kilobytes in each of the first dozen rounds. In addition, concurrent threads
may get their own arenas, which remain when they end: operations that start threads would seem to
gain memory until there are as many arenas as the machine allows.
"""

NO_JIT = {"PYTHON_JIT": "0"}
"""The code that CPython's JIT compiles, and its data, would appear as a leak. Builds may enable it
by default.
"""

GRACE = 2.0
"""Seconds beyond the time limit in which the agent may still report where it hangs."""

MARK = "UNKNOT_CELL"
"""The environment variable that identifies all descendants of a measured process."""

POLL = 0.2
"""Seconds between two looks at whether the process is still there."""

STALL = 20.0
"""Seconds that an agent may pause within a message."""

FORGED = (
    "the workload, or what it started, wrote to the connection between its process and unknot; "
    "it must write only to descriptors that it opened"
)

CLOSED = (
    "the workload closed the connection between its process and unknot; "
    "it must close only descriptors that it opened"
)

TAIL = 4000
"""Maximum number of characters kept of standard output, and of standard error."""

OUR_FRAMES = (f'  File "{AGENT}{os.sep}', '  File "<frozen runpy>"')
"""How faulthandler's lines about frames that call the workload begin."""


def clean_environment(environment: Mapping[str, str]) -> dict[str, str]:
    """``environment`` for a measured process: no settings that disturb counting, one hash seed."""
    cleaned = {name: value for name, value in environment.items() if name not in DISTURBING}
    cleaned.setdefault("PYTHONHASHSEED", "0")
    return cleaned


def counting_environment(environment: Mapping[str, str]) -> dict[str, str]:
    """The same for a process that is counted and not timed, where the C heap in use is exact."""
    cleaned = clean_environment(environment)
    given = cleaned.pop("GLIBC_TUNABLES", "").split(":")
    tunables = [one for one in given if one and not one.startswith(OF_MALLOC)]
    kept = {name: value for name, value in cleaned.items() if not name.startswith(OF_MALLOC)}
    return {**kept, **NO_JIT, "GLIBC_TUNABLES": ":".join([*tunables, STEADY_MALLOC])}


class AgentProcess:
    """A context manager; leaving it ends the process and everything it started.

    ``program`` serves like the agent, possibly with more duties; ``folder`` is removed when all
    processes have ended. Raises :class:`~unknot.errors.CellFailed` when the process raises, crashes
    or hangs.
    """

    def __init__(
        self, python: str, time_limit: float, program: Path = AGENT, folder: Path | None = None
    ) -> None:
        self.python = ""  # known when the workload is open
        self.pid = 0  # likewise
        self._folder = folder
        self._python = python
        self._program = program
        self._limit = time_limit
        self._mark = uuid.uuid4().hex
        self._interrupted = False

    def __enter__(self) -> Self:
        self._deadline = time.monotonic() + self._limit
        try:
            self._output, self._errors = tempfile.TemporaryFile(), tempfile.TemporaryFile()
            ours, theirs = socket.socketpair()
        except OSError as error:
            raise UnknotError(f"no process can be measured: {error.strerror}") from error
        self._socket = ours
        self._channel = Channel(ours, STALL)
        self._token = ""
        try:
            with theirs:
                self._process = Supervised(
                    [self._python, str(self._program), str(theirs.fileno())],
                    env={**counting_environment(os.environ), MARK: self._mark},
                    output=self._output,
                    errors=self._errors,
                    keep=[theirs.fileno()],
                    folder=self._folder,
                )
        except UnknotError:
            self._close()
            raise
        return self

    def __exit__(self, *_: object) -> None:
        with self._process:
            self.kill()
            with contextlib.suppress(subprocess.TimeoutExpired):
                self._process.wait(GRACE)
            if not self._process.nothing_left:
                _kill_strays(self._mark)
        self._close()

    def kill(self) -> None:
        """End the process and all that it started at once; safe from another thread, and twice."""
        self._process.end()

    def interrupt(self) -> None:
        """Like :meth:`kill`, but the failure is then reported as an interruption."""
        self._interrupted = True
        self.kill()

    def descendants(self) -> list[psutil.Process]:
        """The processes that the measured one started, and those that these started."""
        with contextlib.suppress(psutil.Error):
            found = psutil.Process(self._process.pid).children(recursive=True)
            return [process for process in found if process.pid != self.pid]
        return []

    def open(self, spec: CellSpec, children: str | None) -> Greeting:
        """Open the workload in the process. Returns facts about the interpreter.

        ``children`` is the address at which agents in child processes report, if they are to.
        Raises :class:`~unknot.errors.InvalidWorkload` if there is no such workload.
        """
        greeting = self._greeting()
        if greeting["free_threaded"]:
            raise FreeThreadedBuild(self._python)
        limit = max(self._deadline - time.monotonic(), 0.001)  # it may have started slowly
        self.ask(
            OpenWorkload(
                workload=spec.workload,
                parameters=spec.parameters,
                backend=spec.backend,
                in_flight=spec.in_flight,
                children=children,
                time_limit=limit,
            )
        )
        self.python, self.pid = greeting["python"], greeting["pid"]
        return greeting

    def _greeting(self) -> Greeting:
        try:
            return self._receive(Greet())[0]
        except CellFailed:
            reason = self._process.refusal
            if reason is None:
                raise
            raise UnknotError(f"{self._python} cannot be started: {reason}") from None

    def ask(self, duty: Duty[Reply]) -> Reply:
        """The reply to a duty that sends no arrays."""
        return self.ask_for_arrays(duty)[0]

    def ask_for_arrays(self, duty: Duty[Reply]) -> Answer[Reply]:
        """Order a duty; return its reply and arrays."""
        self._token = secrets.token_hex(8)
        try:
            self._channel.send({**duty.message(), "token": self._token})
        except (ChannelClosed, TimeoutError):
            pass  # why it is gone is in what it said last, or in its exit status
        return self._receive(duty)

    def _receive(self, duty: Duty[Reply]) -> Answer[Reply]:
        """The next message from the process, which answers ``duty``."""
        try:
            self._wait_for_answer()
            answer, attachments = self._channel.receive()
            if self._channel.token != self._token:
                raise BadMessage("an answer to no question")
            if "error" not in answer:
                return duty.read(answer), attachments
        except BadMessage as error:
            raise ForgedAnswer(f"{FORGED} ({error})") from None
        except (ChannelClosed, TimeoutError) as error:
            raise self._explain_silence() from error
        if answer["error"] == "workload":
            raise InvalidWorkload(str(answer.get("message")))
        begun = answer.get("begun")
        raise CellFailed(
            str(answer.get("message")),
            "raised",
            traceback=answer.get("traceback"),
            begun=begun if isinstance(begun, int) else 0,
        )

    def output_tail(self) -> str:
        """The end of what the process and its children printed, then :meth:`errors_tail`."""
        return _end_of(self._output) + self.errors_tail()

    def errors_tail(self) -> str:
        """The end of what they wrote to standard error; for a crash, without the agent's frames."""
        lines = _end_of(self._errors).splitlines(keepends=True)
        return "".join(line for line in lines if not line.startswith(OUR_FRAMES))

    def _wait_for_answer(self) -> None:
        """Wait until there is something to read, or the process is gone.

        A child of it may hold the connection open, so its end does not show that.
        """
        self._socket.settimeout(max(self._deadline + GRACE - time.monotonic(), 0.001))
        while not select.select([self._socket], [], [], POLL)[0]:
            if time.monotonic() > self._deadline + GRACE:
                raise TimeoutError
            if self._process.status is not None:
                self._socket.settimeout(POLL)  # whatever it said last is there by now
                return

    def _explain_silence(self) -> CellFailed:
        if self._interrupted:
            return CellFailed("interrupted", "interrupted")
        if time.monotonic() >= self._deadline:  # and it may have crashed as it told where it hangs
            return TimeLimitExceeded(f"no answer within {self._limit:g} s")
        try:
            status = self._process.wait(GRACE)
        except subprocess.TimeoutExpired:
            return CellFailed("the process closed its connection, but did not end")
        if status == LOST:
            return CellFailed(CLOSED, exit_status=status)
        if status < 0:
            return CellFailed(f"killed by {signal.Signals(-status).name}", exit_status=status)
        return CellFailed(f"ended with exit status {status}", exit_status=status)

    def _close(self) -> None:
        self._channel.close()
        self._output.close()
        self._errors.close()


def _end_of(stream: IO[bytes]) -> str:
    size = stream.seek(0, os.SEEK_END)
    stream.seek(max(size - 4 * TAIL, 0))
    return stream.read().decode(errors="replace")[-TAIL:]


class ProcessRegistry(Protocol):
    """A registry of running processes, which can end them."""

    def add(self, process: AgentProcess) -> None: ...

    def discard(self, process: AgentProcess) -> None: ...


@contextlib.contextmanager
def registered(registry: ProcessRegistry | None, process: AgentProcess) -> Iterator[None]:
    """Register the process with ``registry``, if there is one, inside the block."""
    if registry is not None:
        registry.add(process)
    try:
        yield
    finally:
        if registry is not None:
            registry.discard(process)


def _kill_strays(mark: str) -> None:
    """Kill what the measured process started, if no supervisor could."""
    deadline = time.monotonic() + GRACE
    for process in psutil.process_iter():
        with contextlib.suppress(psutil.Error, OSError):
            if process.environ().get(MARK) == mark:
                process.kill()
                while process.status() != psutil.STATUS_ZOMBIE and time.monotonic() < deadline:
                    time.sleep(0.001)
