"""The process of a `WorkerProcess`: its start, its socket to the parent, and its end."""

from __future__ import annotations

import asyncio
import os
import shutil
import signal
import socket
import subprocess
import sys
from contextlib import suppress
from pathlib import Path

from unknot.runtime.errors import DispatchError, WorkerDied, WorkerHung, WorkerRefused

from .security import make_folder, make_secret
from .settings import READY, pack

STARTING = 30.0
"""Seconds within which a process has to start listening."""
ENDING = 1.0
"""Seconds within which a process has to exit by itself."""


class Child:
    """One process, started anew and never forked, that ends with this one.

    Its standard input is a socket to this process: the leash. It closes whatever ends us.
    """

    __slots__ = ("_folder", "_leash", "_name", "_process", "address", "secret")

    def __init__(self, name: str) -> None:
        self._name = name
        self._folder: Path = make_folder()
        self.address = f"unix:{self._folder / 'worker'}"
        self.secret = make_secret()
        self._leash, theirs = socket.socketpair()
        self._leash.setblocking(False)
        with theirs:
            self._process = subprocess.Popen(
                [sys.executable, "-P", "-m", "unknot.runtime.remote"],
                stdin=theirs.fileno(),
                env={**os.environ, "PYTHONPATH": _python_path()},
            )

    @property
    def pid(self) -> int:
        return self._process.pid

    async def brief(self, settings: bytes) -> None:
        """Send the settings and wait until it listens. Raises `WorkerRefused`."""
        loop = asyncio.get_running_loop()
        told = pack(self.address, self.secret, sys.path, os.environ.get("PYTHONPATH"), settings)
        said, reason = b"", "it ended"
        try:
            async with asyncio.timeout(STARTING):
                await loop.sock_sendall(self._leash, told)
                said = await loop.sock_recv(self._leash, len(READY))
        except TimeoutError:
            reason = f"it did not listen within {STARTING:.0f} s"
        except OSError as error:
            reason = str(error)
        if said != READY:
            await self._until_ended(0.5)
            raise WorkerRefused(f"worker {self._name!r} did not start: {reason}{self._status()}")

    def unlist(self) -> None:
        """Remove the socket's file, so that nothing else connects and no file is left behind."""
        shutil.rmtree(self._folder, ignore_errors=True)

    async def end(self, left: bool) -> None:
        """Wait for it to exit if it knows that it was `left`; otherwise kill it."""
        self._leash.close()
        if left:
            await self._until_ended(ENDING)
        self.drop()

    def drop(self) -> None:
        """Kill it."""
        self.kill()
        self._process.wait()
        self._leash.close()
        self.unlist()

    def kill(self) -> None:
        if self._process.poll() is None:
            self._process.kill()

    async def why(self, hang_after: float | None, hung: bool) -> DispatchError:
        """Kill the process, which no longer answers, and return what happened to it."""
        who = f"worker {self._name!r} (process {self.pid})"
        if hung:
            self.kill()
            return WorkerHung(f"{who} did not answer for {hang_after} s and was killed")
        await self._until_ended(0.2)
        self.kill()
        await self._until_ended(1.0)
        return WorkerDied(f"{who} ended{self._status()}")

    async def _until_ended(self, seconds: float) -> None:
        pause = 0.001
        while self._process.poll() is None and pause < seconds:
            await asyncio.sleep(pause)
            pause *= 1.5

    def _status(self) -> str:
        status = self._process.poll()
        if status is None:
            return ""
        if status < 0:
            with suppress(ValueError):
                return f", killed by {signal.Signals(-status).name}"
        return f", exit status {status}"


def _python_path() -> str:
    """The environment in which the process finds this package. The settings have `sys.path`."""
    entries = os.environ.get("PYTHONPATH", "").split(os.pathsep)
    return os.pathsep.join(filter(None, [*entries, str(Path(__file__).parents[3])]))
