"""Packets: frames of many dispatches in one message, with large frames split into chunks.

A packet is a header and up to `CHUNK` bytes of a frame; a message is packets, one after another.
Pure: bytes in, bytes out.
"""

from __future__ import annotations

from collections import OrderedDict, deque
from collections.abc import Iterator
from struct import Struct

from unknot.runtime.errors import FrameTooLarge, MalformedFrame

# Number of the dispatch, kind of the frame, whether more of it follows, number of bytes here.
HEADER = Struct("<Qc?I")
CHUNK = 64 * 1024
BATCH = 256 * 1024
"""Approximate bytes of small frames in a message, which may also have a chunk of a large one."""
MESSAGE = BATCH + 4 * CHUNK
"""Maximum size of a message in bytes."""
LARGEST = 1 << 30
"""Default maximum size of a frame in bytes."""

# From a caller.
OPEN, REQUEST, CANCEL, EXPIRE, PING = b"o", b"q", b"x", b"e", b"p"
# From a worker.
REPLY, LAST, PONG = b"r", b"l", b"P"
FROM_CALLER = frozenset({OPEN, REQUEST, CANCEL, EXPIRE, PING})
FROM_WORKER = frozenset({REPLY, LAST, PONG})


class Outbox:
    """Frames to send, as messages. The frames of one dispatch keep their order."""

    __slots__ = ("_large", "_small", "largest")

    def __init__(self, largest: int = LARGEST) -> None:
        self.largest = largest
        self._small: deque[bytes] = deque()
        # By dispatch with a large frame to send: that frame, and those that must follow it.
        self._large: OrderedDict[int, deque[tuple[bytes, memoryview]]] = OrderedDict()

    def __bool__(self) -> bool:
        return bool(self._small or self._large)

    def put(self, number: int, kind: bytes, frame: bytes = b"") -> None:
        """Raises `FrameTooLarge`."""
        size = len(frame)
        if size > self.largest:
            raise FrameTooLarge(
                f"dispatch:{number} would send {size:,} bytes at once,"
                f" and the worker takes {self.largest:,}"
            )
        if size > CHUNK or number in self._large:
            self._large.setdefault(number, deque()).append((kind, memoryview(frame)))
        else:
            self._small.append(HEADER.pack(number, kind, False, size) + frame)

    def take(self) -> bytes:
        """The next message."""
        parts: list[bytes | memoryview] = []
        room = BATCH
        while self._small and room > 0:
            part = self._small.popleft()
            parts.append(part)
            room -= len(part)
        while (self._large and room > 0) or (self._large and not parts):
            room -= self._take_chunk(parts)
        return b"".join(parts)

    def _take_chunk(self, parts: list[bytes | memoryview]) -> int:
        """One chunk of the next dispatch in turn."""
        number, frames = next(iter(self._large.items()))
        kind, rest = frames.popleft()
        chunk, rest = rest[:CHUNK], rest[CHUNK:]
        if rest:
            frames.appendleft((kind, rest))
        if frames:
            self._large.move_to_end(number)
        else:
            del self._large[number]
        parts += (HEADER.pack(number, kind, bool(rest), len(chunk)), chunk)
        return HEADER.size + len(chunk)


class Inbox:
    """Reassembles frames from the messages of one peer."""

    __slots__ = ("_kinds", "_largest", "_partial")

    def __init__(self, kinds: frozenset[bytes], largest: int = LARGEST) -> None:
        self._kinds = kinds
        self._largest = largest
        self._partial: dict[tuple[int, bytes], bytearray] = {}

    def open(self, message: bytes) -> Iterator[tuple[int, bytes, bytes]]:
        """Number, kind and content of each complete frame. Raises `MalformedFrame`."""
        place = 0
        while place < len(message):
            if len(message) - place < HEADER.size:
                raise MalformedFrame("a message ends in the middle of a header")
            number, kind, more, size = HEADER.unpack_from(message, place)
            place += HEADER.size
            if kind not in self._kinds:
                raise MalformedFrame(f"no frame from this side is of kind {kind!r}")
            if size > CHUNK or size > len(message) - place:
                raise MalformedFrame(f"a message ends in the middle of a chunk of {size:,} bytes")
            chunk = message[place : place + size]
            place += size
            if more or (number, kind) in self._partial:
                frame = self._join(number, kind, chunk, more)
                if frame is None:
                    continue
                chunk = frame
            yield number, kind, chunk

    def _join(self, number: int, kind: bytes, chunk: bytes, more: bool) -> bytes | None:
        partial = self._partial.setdefault((number, kind), bytearray())
        if len(partial) + len(chunk) > self._largest:
            raise MalformedFrame(f"a frame of more than {self._largest:,} bytes")
        partial += chunk
        if more:
            return None
        del self._partial[number, kind]
        return bytes(partial)
