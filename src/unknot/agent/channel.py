"""Messages between controller and agent: a JSON object, and binary attachments behind it.

On the wire: four bytes of length, that many bytes of JSON, then the attachments, whose sizes the
JSON lists under ``"attachments"``. Nothing is ever unpickled.
"""

from __future__ import annotations

import json
import select
import socket
import struct
from typing import Any, Dict, List, Optional, Sequence, Tuple

__all__ = ["Channel", "ChannelClosed"]

_LENGTH = struct.Struct("!I")
LIMIT = 1 << 30
"""Bytes of JSON that are accepted; a longer announcement is not a message of ours."""

Message = Dict[str, Any]


class ChannelClosed(Exception):
    """The other side is gone, or what came from it is not a message."""


class Channel:
    """Sends and receives whole messages over a connected stream socket."""

    def __init__(self, connection: socket.socket) -> None:
        self._connection = connection

    def send(self, message: Message, attachments: Sequence[Any] = ()) -> None:
        """Send ``message`` with the buffers in ``attachments`` behind it."""
        views = [memoryview(attachment).cast("B") for attachment in attachments]
        sizes = [view.nbytes for view in views]
        header = json.dumps(dict(message, attachments=sizes)).encode()
        try:
            self._connection.sendall(_LENGTH.pack(len(header)) + header)
            for view in views:
                self._connection.sendall(view)
        except (BrokenPipeError, ConnectionResetError) as error:
            raise ChannelClosed("the other side is gone") from error

    def receive(self, limit: int = LIMIT) -> Tuple[Message, List[bytearray]]:
        """The next message and its attachments. Raises :class:`ChannelClosed` at the end.

        From somebody not known yet, take a message of at most ``limit`` bytes, attachments
        included.
        """
        (length,) = _LENGTH.unpack(self._exactly(_LENGTH.size))
        if length > limit:
            raise ChannelClosed(f"a header of {length} bytes is not a message")
        try:
            header = self._exactly(length)
            message = json.loads(header)
            if b"\\ud" in header:
                message = _printable(message)
            sizes = message.pop("attachments")
        except (ValueError, KeyError, AttributeError, TypeError) as error:
            raise ChannelClosed("what came is not a message") from error
        if limit < LIMIT and sizes:
            raise ChannelClosed("attachments came with a first message")
        return message, [self._exactly(size) for size in sizes]

    def peek(self) -> Optional[bytes]:
        """The begin of what came and was not received; ``b""`` at the end, ``None`` if nothing."""
        try:
            inbox = select.poll()
            inbox.register(self._connection, select.POLLIN)
            return self._connection.recv(64, socket.MSG_PEEK) if inbox.poll(0) else None
        except (OSError, ValueError):
            return b""

    def close(self) -> None:
        self._connection.close()

    def _exactly(self, size: int) -> bytearray:
        buffer = bytearray(size)
        view = memoryview(buffer)
        while view.nbytes:
            try:
                count = self._connection.recv_into(view)
            except ConnectionResetError as error:
                raise ChannelClosed("the other side is gone") from error
            if not count:
                raise ChannelClosed("the other side is gone")
            view = view[count:]
        return buffer


def _printable(value: Any) -> Any:
    """``value`` with escapes for lone surrogates, which no encoding takes."""
    if isinstance(value, str):
        return value.encode("utf-8", "backslashreplace").decode()
    if isinstance(value, list):
        return [_printable(item) for item in value]
    if isinstance(value, dict):
        return {_printable(key): _printable(item) for key, item in value.items()}
    return value
