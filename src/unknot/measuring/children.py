"""The child processes whose agents have connected to the controller."""

from __future__ import annotations

import contextlib
import secrets
import socket
import threading
from dataclasses import dataclass, field
from pathlib import Path
from typing import Literal, Self, TypeVar

import psutil

from unknot.agent.channel import BadMessage, Channel, ChannelClosed
from unknot.measuring.door import Door, Hello, choose_folder
from unknot.measuring.duties import Answer, Duty, Welcome
from unknot.measuring.process import STALL
from unknot.records import Ended, GcMode

__all__ = ["Child", "Children"]

Reply = TypeVar("Reply")

PATIENCE = 30.0
"""Seconds within which a child must reply; after that it counts as hanging and is omitted."""

CROWD = 64
"""Number of new children after which ended ones are searched: each holds a descriptor."""


@dataclass(slots=True, kw_only=True)
class Child:
    """A child process and the connection to its agent."""

    number: int
    pid: int
    started: Literal["spawn", "fork"]
    python: str
    command: str
    channel: Channel = field(repr=False)
    token: str = ""
    """The token that the reply to the last order must repeat."""
    ended: Ended | None = None

    def send(self, duty: Duty[object]) -> None:
        """Send an order; a child that is gone is recorded as such."""
        self.token = secrets.token_hex(8)
        try:
            self.channel.send({**duty.message(), "token": self.token})
        except (ChannelClosed, OSError) as error:
            self._lose(error)

    def receive(self, duty: Duty[Reply]) -> Answer[Reply] | None:
        """The answer to the last order; ``None`` if the child is gone."""
        try:
            answer, attachments = self.channel.receive()
            if "bye" in answer:
                self._end("exited")
                return None
            if self.channel.token != self.token:
                raise BadMessage("an answer to no question")
            return duty.read(answer), attachments
        except (ChannelClosed, OSError) as error:
            self._lose(error)
            return None

    def look(self) -> None:
        """Check whether it has ended, without an order."""
        said = self.channel.peek()
        if said == b"":
            self._end("killed")
        elif said is not None and b'"bye"' in said:
            self._end("exited")

    def _end(self, how: Ended) -> None:
        self.ended = self.ended or how
        self.channel.close()

    def _lose(self, error: Exception) -> None:
        self._end("silent" if isinstance(error, (TimeoutError, BadMessage)) else "killed")


class Children:
    """A context manager: while it is open, agents that present its secret become children.

    They report to a socket in a folder that only this user can enter. Nothing that arrives is ever
    unpickled.
    """

    def __init__(self) -> None:
        self._secret = secrets.token_hex(16)
        self._lock = threading.Lock()
        self._children: list[Child] = []
        self.folder = choose_folder()
        """The socket's place while this is open."""
        self.gc_mode: GcMode = "auto"
        """The collector mode of processes that connect now."""

    def __enter__(self) -> Self:
        self._door = Door(self.folder, self._secret, self._admit)
        return self

    def __exit__(self, *_: object) -> None:
        self._door.close()
        # It calls back to this: without the cut, test_api's measure() would leave that cycle.
        del self._door
        for child in self._children:
            child.channel.close()

    @property
    def address(self) -> str:
        """``secret:path``, for the environment of the processes."""
        return f"{self._secret}:{self._door.path}"

    @property
    def all(self) -> list[Child]:
        """All children that ever connected, in order."""
        with self._lock:
            return list(self._children)

    @property
    def living(self) -> list[Child]:
        """The children that have not ended."""
        found = [child for child in self.all if child.ended is None]
        for child in found:
            child.look()
        return [child for child in found if child.ended is None]

    def _admit(self, hello: Hello, connection: socket.socket) -> None:
        connection.settimeout(PATIENCE)
        channel = Channel(connection, STALL)
        command = self._origin(hello) or _command(hello.pid)
        with self._lock:  # who is welcome is a child when somebody looks
            with contextlib.suppress(ChannelClosed, TimeoutError):  # it has ended meanwhile
                channel.send(Welcome(gc_mode=self.gc_mode).message())
            self._children.append(
                Child(
                    number=len(self._children) + 1,
                    pid=hello.pid,
                    started=hello.started,
                    python=hello.python,
                    command=command,
                    channel=channel,
                )
            )
            crowded = len(self._children) % CROWD == 0
        if crowded:
            _ = self.living

    def _origin(self, hello: Hello) -> str | None:
        """``a fork of …`` for a forked process, which has no command line of its own."""
        if hello.started != "fork":
            return None
        for child in reversed(self._children):
            if child.pid == hello.parent:
                return f"a fork of process {child.number}"
        return "a fork of the workload"


def _command(pid: int) -> str:
    """The command line of a process on one line, if it can still be read."""
    with contextlib.suppress(psutil.Error, OSError, ValueError):
        program, *words = psutil.Process(pid).cmdline()
        return " ".join(" ".join([Path(program).name, *words]).split())
    return "a process that is gone"
