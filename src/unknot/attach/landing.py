"""A folder in the file system of a running process, and the copy that calls back from there.

The folder contains the program that the process runs, and a socket that its forked copy connects
to. It is created where the process sees it, which in a container is another path than here.
"""

from __future__ import annotations

import contextlib
import os
import re
import secrets
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Sequence
from importlib.resources import files
from pathlib import Path
from types import TracebackType
from typing import Any, Self, cast

from unknot.agent.channel import Channel
from unknot.attach.duties import TakeSurvey
from unknot.attach.visit import LONGEST_VISIT, Answered, FileConnection, Visit, send_sources
from unknot.errors import TimeLimitExceeded, UnknotError
from unknot.measuring.duties import Duty

__all__ = ["Landing", "NotBegun"]

PAUSED = re.compile(r"paused (\d+\.\d+)", re.ASCII)
PLACES = ("/tmp", "/dev/shm", "/var/tmp")
"""Where a program can usually write, also in a container whose root file system is read-only."""
KEEPER = """
import shutil, signal, sys, time
signal.signal(signal.SIGINT, signal.SIG_IGN)
signal.signal(signal.SIGTERM, signal.SIG_IGN)
if not sys.stdin.buffer.read():
    time.sleep(6)
shutil.rmtree(sys.argv[2], ignore_errors=True, dir_fd=int(sys.argv[1]))
"""
"""Removes the folder when told to, or when this process ends, even by SIGKILL.

In that case it waits, because the other process may be about to open a file in it. It holds the
parent folder open, because the path through ``/proc`` disappears when the other process ends.
"""


class NotBegun(Exception):
    """The process does not come to run the payload."""


class Landing:
    """A context manager: the folder exists while it is open.

    ``root`` is the path here of the other process's root folder, ``owner`` its user and group.
    With ``collect`` the process collects before it is copied. With ``orders`` it is not copied, but
    answers these itself.
    """

    def __init__(
        self,
        root: Path = Path("/"),
        owner: tuple[int, int] | None = None,
        *,
        collect: bool = False,
        orders: Sequence[Duty[Any]] = (),
    ) -> None:
        self._orders = orders
        self._root = root
        self._owner = owner
        self._collect = collect
        self._name = f"unknot-{secrets.token_hex(8)}"

    def __enter__(self) -> Self:
        place = self._choose_place()
        self.inside = f"{place}/{self._name}"
        """The folder as the process sees it."""
        self._outside = Path(f"{self._root}{self.inside}".replace("//", "/"))
        handle = os.open(self._outside.parent, os.O_RDONLY | os.O_DIRECTORY)
        try:
            self._keeper = subprocess.Popen(
                [sys.executable, "-I", "-S", "-c", KEEPER, str(handle), self._name],
                stdin=subprocess.PIPE,
                stdout=subprocess.DEVNULL,
                stderr=subprocess.DEVNULL,
                start_new_session=True,
                pass_fds=[handle],
            )
        finally:
            os.close(handle)
        try:
            self._furnish()
        except BaseException:
            self.__exit__(None, None, None)
            raise
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        with contextlib.suppress(AttributeError):
            self._listener.close()
        assert self._keeper.stdin is not None
        with contextlib.suppress(BrokenPipeError):
            self._keeper.stdin.write(b"done")
            self._keeper.stdin.close()
        self._keeper.wait()

    def _choose_place(self) -> str:
        for place in PLACES:
            found = Path(f"{self._root}{place}".replace("//", "/"))
            if found.is_dir() and os.access(found, os.W_OK | os.X_OK):
                return place
        raise UnknotError(
            f"none of {', '.join(PLACES)} can be written to where the process sees it; "
            "mount a tmpfs at one of them"
        )

    def _furnish(self) -> None:
        """Create the folder, the programs, and the socket."""
        self._outside.mkdir(0o700)
        look = ("in_place.py", "within.py") if self._orders else ("forking.py", "forked_copy.py")
        names = {
            "FOLDER": self.inside,
            "LOOK": look[0],
            "LIMIT": LONGEST_VISIT,
            "COLLECT": self._collect,
            "SURVEY": any(isinstance(order, TakeSurvey) for order in self._orders),
        }
        head = "; ".join(f"{name} = {value!r}" for name, value in names.items()) + "\n"
        for name in ("visit.py", *look):
            text = files("unknot.agent").joinpath("inject", name).read_text("utf-8")
            self.write(name, head + text if name == "visit.py" else text)
        if self._orders:
            with FileConnection(self._outside / "orders", "wb") as connection:
                send_sources(connection)
                for order in self._orders:
                    Channel(cast("Any", connection)).send(order.message())
        self._listener = socket.socket(socket.AF_UNIX)
        # Through the folder's descriptor: the whole path may be longer than a socket's may.
        handle = os.open(self._outside, os.O_RDONLY | os.O_DIRECTORY)
        try:
            self._listener.bind(f"/proc/self/fd/{handle}/socket")
        finally:
            os.close(handle)
        self._listener.listen(1)
        if self._owner is not None and self._owner != (os.geteuid(), os.getegid()):
            for path in (self._outside, *self._outside.iterdir()):
                os.chown(path, *self._owner)

    @property
    def takes_long(self) -> bool:
        """Whether the program runs too long for a debugger's call, which might be interrupted."""
        return bool(self._orders)

    @property
    def payload(self) -> str:
        """The file that the process runs, as it sees it."""
        return f"{self.inside}/visit.py"

    @property
    def statement(self) -> str:
        """A line of Python that runs it, leaves no name behind, and never raises.

        To raise where the debugger has the interpreter run it would be to raise in the program.
        """
        body = f"with open({self.payload!r}) as file: exec(file.read(), {{}})"
        return f"exec('''try:\\n {body}\\nexcept BaseException: pass''', {{}})"

    def write(self, name: str, text: str) -> Path:
        """A file of that name in the folder, as this process sees it."""
        path = self._outside / name
        path.write_text(text, "utf-8")
        return path

    def claim(self) -> None:
        """From now on the payload does nothing, unless it has already started."""
        (self._outside / "begun").mkdir(exist_ok=True)

    def outside(self, name: str) -> Path:
        """The path here of that file in the folder."""
        return self._outside / name

    def said(self) -> float | None:
        """The seconds for which the process was paused; ``None`` if it has not said so yet.

        Raises :class:`~unknot.errors.UnknotError` if it says that it failed.
        """
        try:
            text = (self._outside / "said").read_text("utf-8", "replace")
        except OSError:
            return None
        if (paused := PAUSED.fullmatch(text)) is not None:
            return float(paused[1])
        kind, _, why = text.partition(" ")
        if kind != "failed":
            raise UnknotError("the process sent a malformed reply: no pause")
        raise UnknotError(f"the process could not be looked at: {why}")

    def wait(
        self,
        seconds: float,
        alive: Callable[[], bool] = lambda: True,
        blocked: Callable[[], bool] = lambda: False,
    ) -> Visit:
        """The visit of the copy, once it calls.

        Raises :class:`~unknot.errors.TimeLimitExceeded` where it does not within ``seconds``, and
        :class:`~unknot.errors.UnknotError` where the process says that it cannot, and
        :class:`NotBegun` where it has ``blocked`` before it began.
        """
        deadline = time.monotonic() + seconds
        self._listener.settimeout(0.02)
        while True:
            with contextlib.suppress(TimeoutError):
                connection, _ = self._listener.accept()
                return Visit(connection, self._pause(deadline))
            said = self.said()
            if self._orders and said is not None:
                return Answered(FileConnection(self._outside / "replies", "rb"), said)
            if not alive():
                raise UnknotError("the process has ended")
            if blocked() and not (self._outside / "begun").exists():
                raise NotBegun
            if time.monotonic() > deadline:
                raise TimeLimitExceeded(f"the process did not answer within {seconds:g} s")

    def _pause(self, deadline: float) -> float:
        """Seconds for which the process was paused, as it measured them."""
        while time.monotonic() < deadline:
            said = self.said()
            if said is not None:
                return said
            time.sleep(0.005)
        raise TimeLimitExceeded("the process did not report the length of its pause")
