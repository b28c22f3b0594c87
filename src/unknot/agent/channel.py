"""Messages between controller and agent: a JSON object followed by binary attachments.

The wire format is four bytes of length, that many bytes of JSON, then the attachments, whose sizes
the JSON lists under ``"attachments"``. Nothing is ever unpickled.

The measured code runs in the same process as the agent and can write to its descriptor, by
accident or not. Each request therefore contains a random token that the reply repeats. A reply
that is too large, incomplete or without the token is rejected.

Both sides normally come from one release. A process that another release measures may have that
release's agent loaded, however, so each message also contains the number of its schema.
"""

from __future__ import annotations

import select
import socket
import struct
from json import dumps, loads
from typing import Any, Dict, List, Optional, Sequence, Tuple

__all__ = ["LOST", "SCHEMA", "BadMessage", "Channel", "ChannelClosed"]

_LENGTH = struct.Struct("!I")

SCHEMA = 1
"""Increased when a duty or a reply changes so that the other release would misread it."""

LIMIT = 1 << 28
"""Maximum bytes of JSON in a message."""

ATTACHED = 1 << 33
"""Maximum bytes of attachments: those of a heap of some 100 million objects."""

CHUNK = 1 << 20
"""Bytes received at a time: memory grows with what arrived, not with what was announced."""

LOST = 71
"""Exit status of an agent whose channel was closed."""

Message = Dict[str, Any]


class ChannelClosed(Exception):
    """The other side is gone, or what it sent is not a message."""


class BadMessage(ChannelClosed):
    """The received data is not a message; the text says why."""


class Channel:
    """Sends and receives whole messages over a connected stream socket.

    ``stall`` is how many seconds the other side may pause within a message; ``None``: no limit.
    """

    def __init__(self, connection: socket.socket, stall: Optional[float] = None) -> None:
        self._connection = connection
        self._stall = stall
        self.token = ""
        """The token of the last message received, repeated in the next one sent."""

    def send(self, message: Message, attachments: Sequence[Any] = ()) -> None:
        """Send ``message`` followed by the buffers in ``attachments``."""
        views = [memoryview(attachment).cast("B") for attachment in attachments]
        sizes = [view.nbytes for view in views]
        fixed = {"schema": SCHEMA, "attachments": sizes}
        header = dumps({"token": self.token, **message, **fixed}).encode()
        try:
            self._connection.sendall(_LENGTH.pack(len(header)) + header)
            for view in views:
                self._connection.sendall(view)
        except socket.timeout:  # TimeoutError since 3.10
            raise
        except OSError as error:  # gone, or closed by the measured code
            raise ChannelClosed("the other side is gone") from error

    def receive(self) -> Tuple[Message, List[bytearray]]:
        """The next message and its attachments. Raises :class:`ChannelClosed` if there is none."""
        first = self._exactly(1)
        if self._stall is None:
            return self._rest(first)
        patience = self._connection.gettimeout()
        self._connection.settimeout(min(self._stall, patience or self._stall))
        try:
            return self._rest(first)
        except socket.timeout:
            raise BadMessage("half a message") from None
        finally:
            self._connection.settimeout(patience)

    def _rest(self, first: bytearray) -> Tuple[Message, List[bytearray]]:
        (length,) = _LENGTH.unpack(first + self._exactly(_LENGTH.size - 1))
        if length > LIMIT:
            raise BadMessage(f"a message of {length:,} bytes")
        message = decode(self._exactly(length))
        schema = message.pop("schema", None)
        if type(schema) is not int or schema != SCHEMA:
            found = f"schema {schema}" if type(schema) is int else "no schema"
            raise BadMessage(f"a message of {found}; this unknot reads schema {SCHEMA}")
        sizes = message.pop("attachments", None)
        token = message.pop("token", None)
        if not isinstance(token, str) or not isinstance(sizes, list):
            raise BadMessage("a message without token or attachments")
        if not all(type(size) is int and size >= 0 for size in sizes) or sum(sizes) > ATTACHED:
            raise BadMessage("attachments of a size that cannot be")
        attachments = [self._exactly(size) for size in sizes]
        self.token = token
        return message, attachments

    def peek(self) -> Optional[bytes]:
        """The start of the data not yet received: ``b""`` at the end, ``None`` if there is none."""
        try:
            inbox = select.poll()
            inbox.register(self._connection, select.POLLIN)
            return self._connection.recv(64, socket.MSG_PEEK) if inbox.poll(0) else None
        except (OSError, ValueError):
            return b""

    def close(self) -> None:
        self._connection.close()

    def _exactly(self, size: int) -> bytearray:
        buffer = bytearray()
        chunk = memoryview(bytearray(min(size, CHUNK)))
        while len(buffer) < size:
            try:
                count = self._connection.recv_into(chunk[: size - len(buffer)])
            except socket.timeout:
                raise
            except OSError as error:
                raise ChannelClosed("the other side is gone") from error
            if not count:
                raise ChannelClosed("the other side is gone")
            buffer += chunk[:count]
        return buffer


def decode(header: bytearray) -> Message:
    """The JSON object in ``header``. Raises :class:`BadMessage` if there is none."""
    try:
        message = loads(header)
        if b"\\ud" in header:
            message = _printable(message)
    except (ValueError, RecursionError) as error:
        raise BadMessage("text that is not JSON") from error
    if not isinstance(message, dict):
        raise BadMessage("JSON that is not an object")
    return message


def _printable(value: Any) -> Any:
    """``value`` with escapes for lone surrogates, which cannot be encoded."""
    if isinstance(value, str):
        return value.encode("utf-8", "backslashreplace").decode()
    if isinstance(value, list):
        return [_printable(item) for item in value]
    if isinstance(value, dict):
        return {_printable(key): _printable(item) for key, item in value.items()}
    return value
