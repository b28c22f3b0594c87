"""A Unix socket at which processes identify themselves: any number at a time, each for a while."""

from __future__ import annotations

import contextlib
import hmac
import os
import secrets
import selectors
import shutil
import socket
import struct
import tempfile
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Literal

import msgspec

from unknot.errors import UnknotError

__all__ = ["Door", "Hello", "choose_folder"]

SECONDS = 5.0
"""Seconds for a process to identify itself. It may be slow, but does not delay others."""

SIZE = 4096
"""Maximum bytes of a hello: nothing large is read from a peer without the secret."""

GUESTS = 256
"""Maximum number of silent connections, each of which holds a descriptor. The oldest is closed."""

SOCKET = "door"

LONGEST = 100
"""Maximum bytes of a socket's path; systems accept 103 or 107."""

CROWDED = 0.05
"""Seconds until the next attempt if no descriptor is free."""

_LENGTH = struct.Struct("!I")
_CREDENTIALS = struct.Struct("3i")


class Hello(msgspec.Struct, frozen=True):
    """What a process says about itself."""

    secret: str
    pid: int
    parent: int
    started: Literal["spawn", "fork"]
    python: str


@dataclass(slots=True, kw_only=True)
class Guest:
    """A connection that has not identified itself yet."""

    connection: socket.socket
    deadline: float
    heard: bytearray = field(default_factory=bytearray)

    def listen(self) -> bool:
        """Receive what arrived, but nothing after the hello; returns whether the hello is complete.

        Raises :class:`OSError` or :class:`ValueError` if it never will be.
        """
        while (missing := self._missing()) > 0:
            try:
                came = self.connection.recv(missing)
            except BlockingIOError:
                return False
            if not came:
                raise ConnectionError
            self.heard += came
        return True

    def _missing(self) -> int:
        if len(self.heard) < _LENGTH.size:
            return _LENGTH.size - len(self.heard)
        (size,) = _LENGTH.unpack(self.heard[: _LENGTH.size])
        if size > SIZE:
            raise ValueError
        return _LENGTH.size + int(size) - len(self.heard)


class Door:
    """A context manager: while it is open, a thread passes peers that have the secret to ``admit``.

    The socket is in ``folder``, which is created, and which only this user can enter.
    """

    def __init__(
        self, folder: Path, secret: str, admit: Callable[[Hello, socket.socket], None]
    ) -> None:
        self._secret = secret
        self._admit = admit
        self._guests: dict[int, Guest] = {}
        self._selector = selectors.DefaultSelector()
        self._folder = folder
        try:
            self._listener = _listen(folder)
        except OSError as error:
            raise UnknotError(
                f"{folder}: no socket can be made: {error.strerror}; set TMPDIR to another folder"
            ) from error
        self._closing, self._closed = socket.socketpair()
        self._thread = threading.Thread(target=self._serve, name="door", daemon=True)
        self._thread.start()

    @property
    def path(self) -> str:
        """The address to connect to."""
        return str(self._listener.getsockname())

    def close(self) -> None:
        """Admit nobody any more, and remove the folder."""
        self._closing.close()
        self._thread.join()
        self._listener.close()
        self._closed.close()
        self._selector.close()
        for guest in self._guests.values():
            guest.connection.close()
        shutil.rmtree(self._folder, ignore_errors=True)

    def _serve(self) -> None:
        self._selector.register(self._listener, selectors.EVENT_READ)
        self._selector.register(self._closed, selectors.EVENT_READ)
        while True:
            for key, _ in self._selector.select(self._patience()):
                if key.fileobj is self._closed:
                    return
                if key.fileobj is self._listener:
                    self._welcome()
                else:
                    self._listen_to(self._guests[key.fd])
            self._show_out(time.monotonic())

    def _patience(self) -> float | None:
        """Seconds until a connection has been silent for too long."""
        if not self._guests:
            return None
        first = next(iter(self._guests.values()))
        return max(first.deadline - time.monotonic(), 0.0)

    def _welcome(self) -> None:
        try:
            connection, _ = self._listener.accept()
        except OSError:  # too many descriptors are open; it waits in the queue
            time.sleep(CROWDED)
            return
        connection.setblocking(False)
        self._guests[connection.fileno()] = Guest(
            connection=connection, deadline=time.monotonic() + SECONDS
        )
        self._selector.register(connection, selectors.EVENT_READ)
        if len(self._guests) > GUESTS:
            self._dismiss(next(iter(self._guests.values()))).close()

    def _listen_to(self, guest: Guest) -> None:
        try:
            if not guest.listen():
                return
            hello = msgspec.json.decode(guest.heard[_LENGTH.size :], type=Hello)
        except (OSError, ValueError, RecursionError, msgspec.MsgspecError):
            self._dismiss(guest).close()
            return
        connection = self._dismiss(guest)
        if hmac.compare_digest(hello.secret.encode(), self._secret.encode()):
            pid = _peer(connection)
            self._admit(msgspec.structs.replace(hello, pid=pid or hello.pid), connection)
        else:
            connection.close()

    def _dismiss(self, guest: Guest) -> socket.socket:
        self._selector.unregister(guest.connection)
        return self._guests.pop(guest.connection.fileno()).connection

    def _show_out(self, now: float) -> None:
        late = [guest for guest in self._guests.values() if guest.deadline <= now]
        for guest in late:
            self._dismiss(guest).close()


def choose_folder() -> Path:
    """A path at which a door's folder can be created; it does not exist yet.

    The process that removes it can be started first, so that nothing is left if this one is killed.
    Raises :class:`~unknot.errors.UnknotError`.
    """
    name = f"unknot-{secrets.token_hex(8)}"
    with contextlib.suppress(OSError):  # none that can be written to
        for place in (tempfile.gettempdir(), "/tmp", "/var/tmp"):
            folder = Path(place, name).absolute()
            if len(os.fsencode(folder / SOCKET)) <= LONGEST and os.access(place, os.W_OK | os.X_OK):
                return folder
    raise UnknotError("there is no folder for temporary files; set TMPDIR to one")


def _listen(folder: Path) -> socket.socket:
    """A socket that listens in ``folder``, which is created. Raises OSError."""
    folder.mkdir(0o700)
    listener = socket.socket(socket.AF_UNIX)
    try:
        listener.bind(str(folder / SOCKET))
        listener.listen(socket.SOMAXCONN)
        listener.setblocking(False)
    except OSError:
        listener.close()
        shutil.rmtree(folder, ignore_errors=True)
        raise
    return listener


def _peer(connection: socket.socket) -> int:
    """The process at the other end as seen by this one; 0 if the system does not tell."""
    with contextlib.suppress(OSError, AttributeError):
        option = connection.getsockopt(socket.SOL_SOCKET, socket.SO_PEERCRED, _CREDENTIALS.size)
        return int(_CREDENTIALS.unpack(option)[0])
    return 0
