"""The main program of a worker process, started by `WorkerProcess`."""

from __future__ import annotations

import asyncio
import fcntl
import os
import pickle
import select
import shutil
import signal
import socket
import sys
from contextlib import suppress
from pathlib import Path
from threading import Thread
from typing import Any

from unknot.runtime.remote.server import WorkerServer
from unknot.runtime.remote.settings import READY, Settings, receive

ABANDONED = 70
"""Exit status of a worker whose parent has ended."""
CLOSING = 0.05
"""Seconds in which the parent's side of the connection closes; grpc says so if ours is first."""
LETTING_GO = 2.0
"""Seconds between the last the parent says and the end of its connection."""


def main() -> int:
    """Serve until the parent leaves or ends. Returns the exit status."""
    parent = socket.socket(fileno=os.dup(0))
    with Path(os.devnull).open() as nothing:
        os.dup2(nothing.fileno(), 0)
    try:
        told, pickled = receive(parent)
    except EOFError:
        return ABANDONED
    leash = Leash(parent, Path(told["address"].removeprefix("unix:")).parent)
    Thread(target=leash.hold, name="leash", daemon=True).start()
    signal.signal(signal.SIGINT, _leave_it_to_the_parent)
    _take_environment(told)
    settings: Settings = pickle.loads(pickled)
    asyncio.run(_serve(told["address"], told["secret"], settings, leash))
    return 0


class Leash:
    """The socket to the parent, which closes when the parent ends for any reason."""

    def __init__(self, parent: socket.socket, folder: Path) -> None:
        self._parent = parent
        self._folder = folder
        self._let_go: asyncio.Future[None] | None = None

    def say_ready(self) -> None:
        self._parent.sendall(READY)

    def hold(self) -> None:
        """End this process at once when the parent ends. Runs in a thread."""
        self._end_by_signal(True)
        # Polled, because no SIGIO is sent to a process that blocks in recv().
        end = select.poll()
        end.register(self._parent, select.POLLIN)
        end.poll()
        if self._let_go is not None:
            with suppress(RuntimeError):
                self._let_go.get_loop().call_soon_threadsafe(self._let_go.set_result, None)
                return
        shutil.rmtree(self._folder, ignore_errors=True)  # there only while this is being started
        os._exit(ABANDONED)

    async def let_go(self) -> None:
        """Wait for the parent to close its side after it has left in order."""
        self._let_go = asyncio.get_running_loop().create_future()
        self._end_by_signal(False)
        await asyncio.wait((self._let_go,), timeout=LETTING_GO)
        await asyncio.sleep(CLOSING)

    def _end_by_signal(self, wanted: bool) -> None:
        """Have SIGIO end this process, in case a routine lets no other thread run."""
        if sys.platform == "linux":
            flags = fcntl.fcntl(self._parent, fcntl.F_GETFL)
            fcntl.fcntl(self._parent, fcntl.F_SETOWN, os.getpid())
            fcntl.fcntl(
                self._parent,
                fcntl.F_SETFL,
                flags | os.O_ASYNC if wanted else flags & ~os.O_ASYNC,
            )


async def _serve(address: str, secret: str, settings: Settings, leash: Leash) -> None:
    server = WorkerServer(
        address,
        secret=secret,
        limit=settings.limit,
        backpressure=settings.backpressure,
        release=settings.release,
        largest=settings.largest,
    )
    async with server:
        leash.say_ready()
        await server.left.wait()
        await leash.let_go()


def _take_environment(told: dict[str, Any]) -> None:
    """Set `sys.path` and the environment as in the parent."""
    sys.path[:] = told["path"]
    if told["python_path"] is None:
        os.environ.pop("PYTHONPATH", None)
    else:
        os.environ["PYTHONPATH"] = told["python_path"]


def _leave_it_to_the_parent(number: int, frame: object) -> None:
    """Ignore Ctrl-C, which both processes get: the parent decides."""


if __name__ == "__main__":
    sys.exit(main())
