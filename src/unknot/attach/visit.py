"""The conversation with the copy of a process, or with a process that is looked at in place."""

from __future__ import annotations

import json
import secrets
from dataclasses import dataclass
from importlib.resources import files
from pathlib import Path
from typing import Any, Self, TypeVar

from unknot.agent.channel import BadMessage, Channel, ChannelClosed
from unknot.errors import TimeLimitExceeded, UnknotError
from unknot.measuring.duties import Answer, Duty

__all__ = ["LONGEST_VISIT", "Answered", "FileConnection", "Visit", "send_sources"]

LONGEST_VISIT = 900
"""Seconds after which a copy exits, whatever became of the process that asks."""

Reply = TypeVar("Reply")
Other = TypeVar("Other")


@dataclass(slots=True)
class Visit:
    """The copy of a process. A context manager; the copy exits when it is left."""

    connection: Any
    pause: float
    """Seconds for which the process was paused, as it measured them."""
    halted: float = 0.0
    """Seconds in which a debugger was at work."""
    stops: int = 1

    @property
    def longest(self) -> float:
        """Seconds of the longest pause."""
        return self.pause

    def __enter__(self) -> Self:
        self.connection.settimeout(LONGEST_VISIT)
        send_sources(self.connection)
        return self

    def __exit__(self, *_: object) -> None:
        self.connection.close()

    def ask_both(
        self, first: Duty[Reply], second: Duty[Other]
    ) -> tuple[Answer[Reply], Answer[Other]]:
        """The answers to two duties, for which a process that is not copied is paused once."""
        return self.ask(first), self.ask(second)

    def ask(self, duty: Duty[Reply]) -> Answer[Reply]:
        """The reply to a duty, and its arrays. Raises :class:`~unknot.errors.UnknotError`."""
        channel = Channel(self.connection)
        channel.token = secrets.token_hex(8)
        try:
            channel.send(duty.message())
            return _receive(channel, duty, "the copy of the process")
        except ChannelClosed as error:
            raise UnknotError(
                f"the copy of the process ended before it replied ({error}); it may have run out "
                "of memory, as it can need as much as the process itself"
            ) from None
        except TimeoutError:
            raise TimeLimitExceeded("the copy of the process did not reply") from None


class Answered(Visit):
    """A process that was looked at in place, and its replies."""

    def __enter__(self) -> Self:
        return self

    def next(self, duty: Duty[Reply]) -> Answer[Reply]:
        """The next reply, which is to ``duty``. Raises :class:`~unknot.errors.UnknotError`."""
        try:
            return _receive(Channel(self.connection), duty, "the process")
        except ChannelClosed as error:
            raise UnknotError(f"the process did not reply to everything: {error}") from None


def _receive(channel: Channel, duty: Duty[Reply], who: str) -> Answer[Reply]:
    """The reply to ``duty``. Raises :class:`~unknot.agent.channel.ChannelClosed` if there is none.

    Raises :class:`~unknot.errors.UnknotError` if it is malformed or says that the duty failed.
    """
    token = channel.token
    try:
        reply, arrays = channel.receive()
        if channel.token != token:
            raise BadMessage("without the token of the order")
        if "error" in reply:
            raise UnknotError(f"{who} failed: {reply['error']}")
        return duty.read(reply), arrays
    except BadMessage as error:
        raise UnknotError(f"{who} sent a malformed reply: {error}") from None


class FileConnection:
    """A file that a channel sends to or receives from. A context manager."""

    def __init__(self, path: Path, mode: str) -> None:
        self._stream: Any = path.open(mode, buffering=0)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def sendall(self, data: bytes) -> None:
        view = memoryview(data)
        while view.nbytes:
            view = view[self._stream.write(view) :]

    def recv_into(self, buffer: memoryview) -> int:
        return int(self._stream.readinto(buffer))

    def close(self) -> None:
        self._stream.close()


def send_sources(connection: Any) -> None:
    """Send the source text of the agent's modules, by name."""
    sources = {
        each.name.removesuffix(".py"): each.read_text("utf-8")
        for each in files("unknot.agent").iterdir()
        if each.name.endswith(".py") and not each.name.startswith("__")
    }
    text = json.dumps({"": "", **sources}).encode()
    connection.sendall(len(text).to_bytes(8, "big") + text)
