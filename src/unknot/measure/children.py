"""The door at which the agents of child processes report, and one link for each."""

from __future__ import annotations

import contextlib
import hmac
import secrets
import socket
import threading
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Literal, Self

import psutil

from unknot.agent.channel import Channel, ChannelClosed
from unknot.records import Ended, GcMode

__all__ = ["Child", "Children"]

HELLO = 2.0
"""Seconds in which a process that connects has to say who it is."""

HELLO_SIZE = 4096
"""Bytes of it that are accepted: nothing large is read from somebody who has no secret."""

PATIENCE = 30.0
"""Seconds in which a child answers. Beyond that it hangs, and is left out."""

CROWD = 64
"""After so many more children, those that have ended are looked for: each holds a descriptor."""


@dataclass(slots=True, kw_only=True)
class Child:
    """A child process and the connection to its agent."""

    number: int
    pid: int
    started: Literal["spawn", "fork"]
    python: str
    command: str
    channel: Channel = field(repr=False)
    ended: Ended | None = None

    def send(self, message: dict[str, Any]) -> None:
        """Send an order; a child that is gone is noted as that."""
        try:
            self.channel.send(message)
        except (ChannelClosed, OSError) as error:
            self._lose(error)

    def receive(self) -> tuple[dict[str, Any], list[bytearray]] | None:
        """The answer and its attachments; ``None`` where the child is gone."""
        try:
            answer, attachments = self.channel.receive()
        except (ChannelClosed, OSError) as error:
            self._lose(error)
            return None
        if "bye" in answer:
            self._end("exited")
            return None
        return answer, attachments

    def look(self) -> None:
        """Note whether it has ended, without a question."""
        said = self.channel.peek()
        if said == b"":
            self._end("killed")
        elif said is not None and b'"bye"' in said:
            self._end("exited")

    def _end(self, how: Ended) -> None:
        self.ended = self.ended or how
        self.channel.close()

    def _lose(self, error: Exception) -> None:
        self._end("silent" if isinstance(error, TimeoutError) else "killed")


class Children:
    """A context manager: while it is open, agents that show its secret become children.

    It listens on the loopback interface only. Nothing that arrives is ever unpickled.
    """

    def __init__(self) -> None:
        self._secret = secrets.token_hex(16)
        self._lock = threading.Lock()
        self._children: list[Child] = []
        self.gc_mode: GcMode = "auto"
        """The collector of a process that comes now."""

    def __enter__(self) -> Self:
        self._listener = socket.create_server(("127.0.0.1", 0), backlog=socket.SOMAXCONN)
        self._thread = threading.Thread(target=self._admit_all, name="children", daemon=True)
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        # Closing alone would not wake a thread that waits in accept().
        with contextlib.suppress(OSError):
            self._listener.shutdown(socket.SHUT_RDWR)
        self._listener.close()
        self._thread.join(HELLO)
        for child in self._children:
            child.channel.close()

    @property
    def address(self) -> str:
        """``host:port:secret``, for the environment of the processes."""
        host, port = self._listener.getsockname()
        return f"{host}:{port}:{self._secret}"

    @property
    def all(self) -> list[Child]:
        """All that ever came."""
        with self._lock:
            return list(self._children)

    @property
    def living(self) -> list[Child]:
        """Those that have not ended."""
        found = [child for child in self.all if child.ended is None]
        for child in found:
            child.look()
        return [child for child in found if child.ended is None]

    def _admit_all(self) -> None:
        while True:
            try:
                connection, _ = self._listener.accept()
            except OSError:
                return
            with contextlib.suppress(ChannelClosed, OSError, KeyError, TypeError, AttributeError):
                self._admit(connection)

    def _admit(self, connection: socket.socket) -> None:
        channel = Channel(connection)
        connection.settimeout(HELLO)
        try:
            hello, _ = channel.receive(limit=HELLO_SIZE)
            if not hmac.compare_digest(hello["secret"], self._secret):
                raise ChannelClosed("not one of ours")
            connection.settimeout(PATIENCE)
            channel.send({"do": "welcome", "gc_mode": self.gc_mode})
        except BaseException:
            channel.close()
            raise
        pid = int(hello["pid"])
        with self._lock:
            self._children.append(
                Child(
                    number=len(self._children) + 1,
                    pid=pid,
                    started="fork" if hello["started"] == "fork" else "spawn",
                    python=str(hello["python"]),
                    command=self._origin(hello) or _command(pid),
                    channel=channel,
                )
            )
            crowded = len(self._children) % CROWD == 0
        if crowded:
            _ = self.living

    def _origin(self, hello: dict[str, Any]) -> str | None:
        """Whose fork it is; a command line of its own it has none."""
        if hello["started"] != "fork":
            return None
        for child in reversed(self._children):
            if child.pid == hello["parent"]:
                return f"a fork of process {child.number}"
        return "a fork of the workload"


def _command(pid: int) -> str:
    """The command line of a process on one line, where it can still be read."""
    with contextlib.suppress(psutil.Error, OSError, ValueError):
        program, *words = psutil.Process(pid).cmdline()
        return " ".join(" ".join([Path(program).name, *words]).split())
    return "a process that is gone"
