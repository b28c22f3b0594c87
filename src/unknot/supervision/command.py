"""Start a command under a supervisor, and wait for it and all that it started."""

from __future__ import annotations

import contextlib
import errno
import os
import socket
import subprocess
import sys
from collections.abc import Collection, Mapping, Sequence
from pathlib import Path
from typing import IO, Self

from unknot.errors import UnknotError
from unknot.supervision import supervisor

__all__ = ["CommandRefused", "Supervised", "run_supervised"]

PROGRAM = (sys.executable, "-I", "-S", supervisor.__file__)

PATIENCE = supervisor.PATIENCE + 5.0
"""Seconds in which a supervisor that is to end does so; a machine may be busy."""


class CommandRefused(UnknotError):
    """The system cannot run the command: it does not exist, or is no program."""


class Supervised:
    """A context manager; leaving it ends the command and all that it started.

    ``status`` and ``wait`` are about both: the command has ended, and nothing of it is left.
    """

    def __init__(
        self,
        command: Sequence[str],
        *,
        env: Mapping[str, str],
        output: int | IO[bytes],
        errors: int | IO[bytes] = subprocess.STDOUT,
        keep: Collection[int] = (),
        folder: Path | None = None,
    ) -> None:
        """Start ``command``, which inherits the descriptors in ``keep``.

        ``folder`` is removed when it has ended. Raises :class:`~unknot.errors.UnknotError` where
        no process can be started; whether the command itself could be, ``refusal`` tells.
        """
        self._name = command[0]
        try:
            self._control, theirs = socket.socketpair()
        except OSError as error:
            raise self._trouble(error) from error
        descriptor = theirs.fileno()
        try:
            self._process = subprocess.Popen(
                [*PROGRAM, str(descriptor), str(folder or ""), *command],
                pass_fds=[descriptor, *keep],
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=errors,
                start_new_session=True,
                env=env,
            )
        except (OSError, ValueError) as error:
            self._control.close()
            raise self._trouble(error) from error
        finally:
            theirs.close()

    def _trouble(self, error: Exception) -> UnknotError:
        reason = getattr(error, "strerror", None) or error
        return UnknotError(f"{self._name} cannot be started: {reason}")

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.end()
        try:
            self._process.wait(PATIENCE)
        except subprocess.TimeoutExpired:
            self._process.kill()  # the command has a death signal: it ends, too
            self._process.wait()
        finally:
            self._control.close()
            for stream in (self._process.stdout, self._process.stderr):
                if stream is not None:
                    stream.close()

    def end(self) -> None:
        """End the command and all that it started; safe from another thread, and twice."""
        with contextlib.suppress(OSError):
            self._control.shutdown(socket.SHUT_WR)

    @property
    def pid(self) -> int:
        """The supervisor's process id: all that the command started descends from it."""
        return self._process.pid

    @property
    def status(self) -> int | None:
        """The exit status, negative after a signal; ``None`` while it runs."""
        return self._process.poll()

    def wait(self, seconds: float) -> int:
        """The exit status. Raises :class:`subprocess.TimeoutExpired` where it runs on."""
        return self._process.wait(seconds)

    def communicate(self, seconds: float | None) -> tuple[bytes, bytes]:
        """What it printed until it ended. Raises as ``wait`` does."""
        output, errors = self._process.communicate(timeout=seconds)
        return output or b"", errors or b""

    @property
    def refusal(self) -> str | None:
        """Why the command could not be started; ``None`` where it could, or still runs."""
        number = self._last_words().removesuffix(supervisor.NOTHING_LEFT)
        if not number:
            return None
        # ENOENT of a script: its first line names an interpreter that is not there.
        missing = int(number) == errno.ENOENT and os.path.lexists(self._name)
        return "its interpreter does not exist" if missing else os.strerror(int(number))

    @property
    def nothing_left(self) -> bool:
        """Whether it is certain that all that the command started has ended."""
        return self._last_words().endswith(supervisor.NOTHING_LEFT)

    def _last_words(self) -> bytes:
        """What the supervisor said before it ended."""
        if self.status is None or self._control.fileno() < 0:
            return b""
        self._control.setblocking(False)
        with contextlib.suppress(BlockingIOError, ConnectionResetError):
            return self._control.recv(64, socket.MSG_PEEK)
        return b""


def run_supervised(
    command: Sequence[str],
    *,
    env: Mapping[str, str],
    errors: int = subprocess.STDOUT,
    seconds: float | None = None,
    folder: Path | None = None,
) -> subprocess.CompletedProcess[bytes]:
    """The finished command and what it printed; ``folder`` is removed then.

    Whatever ends the wait, Ctrl-C too, ends the command and all that it started. Raises
    :class:`subprocess.TimeoutExpired`, and :class:`~unknot.errors.UnknotError` where no process can
    be started, or :class:`CommandRefused` where this one cannot.
    """
    pipe = subprocess.PIPE
    with Supervised(command, env=env, output=pipe, errors=errors, folder=folder) as process:
        output, complaint = process.communicate(seconds)
        status = process.wait(PATIENCE)
        reason = process.refusal
    if reason is not None:
        raise CommandRefused(f"{command[0]} cannot be started: {reason}")
    return subprocess.CompletedProcess(command, status, output, complaint)
