"""The settings that a parent sends to a worker process, over the socket on standard input."""

from __future__ import annotations

import json
import socket
from dataclasses import dataclass
from struct import Struct
from typing import Any

from unknot.runtime.admission import Backpressure
from unknot.runtime.release import Release

SIZES = Struct("<II")
READY = b"ready"


@dataclass(frozen=True, slots=True, kw_only=True)
class Settings:
    """The settings of a worker, pickled, because policy and hook are functions."""

    limit: int
    release: Release
    backpressure: Backpressure | None
    largest: int


def pack(
    address: str, secret: str, path: list[str], python_path: str | None, settings: bytes
) -> bytes:
    """The message from the parent, with the settings last, because unpickling needs `path`."""
    head = json.dumps(
        {"address": address, "secret": secret, "path": path, "python_path": python_path}
    ).encode()
    return SIZES.pack(len(head), len(settings)) + head + settings


def receive(parent: socket.socket) -> tuple[dict[str, Any], bytes]:
    """The message from the parent. Raises EOFError if the parent has ended."""
    head, settings = SIZES.unpack(_exactly(parent, SIZES.size))
    return json.loads(_exactly(parent, head)), _exactly(parent, settings)


def _exactly(parent: socket.socket, size: int) -> bytes:
    data = bytearray()
    while len(data) < size:
        more = parent.recv(size - len(data))
        if not more:
            raise EOFError("the parent is gone")
        data += more
    return bytes(data)
