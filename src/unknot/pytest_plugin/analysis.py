"""Starts the analyst's process, once for all tests."""

from __future__ import annotations

import os
import socket
import subprocess
import sys
from pathlib import Path

import unknot
from unknot.agent.channel import Channel, ChannelClosed
from unknot.errors import UnknotError

__all__ = ["Analysis", "ChannelClosed"]

GRACE = 5.0


class Analysis:
    """A context manager; leaving it ends the process."""

    def __enter__(self) -> Analysis:
        ours, theirs = socket.socketpair()
        self.channel = Channel(ours)
        # Not the folder of the suite: a `numpy.py` in it is nobody's numpy.
        folders = [str(Path(unknot.__file__).parent.parent), os.environ.get("PYTHONPATH", "")]
        try:
            self._process = subprocess.Popen(
                [sys.executable, "-P", "-m", "unknot.pytest_plugin.analyst", str(theirs.fileno())],
                pass_fds=[theirs.fileno()],
                stdin=subprocess.DEVNULL,
                stdout=subprocess.DEVNULL,
                stderr=subprocess.DEVNULL,
                start_new_session=True,  # Ctrl-C is for pytest
                env={**os.environ, "PYTHONPATH": os.pathsep.join(filter(None, folders))},
            )
        except OSError as error:
            self.channel.close()
            raise UnknotError(f"{sys.executable} cannot be started: {error.strerror}") from error
        finally:
            theirs.close()
        self._is_ready = False
        return self

    def wait_until_ready(self) -> None:
        """Wait for its imports, which are no test's own. Raises :class:`UnknotError`."""
        if self._is_ready:
            return
        try:
            self.channel.receive()
        except ChannelClosed:
            self.restart()
            raise UnknotError("the process that analyses ended as it began") from None
        self._is_ready = True

    def restart(self) -> None:
        """Replace a process whose conversation was interrupted."""
        self.__exit__()
        self.__enter__()

    def __exit__(self, *_: object) -> None:
        self.channel.close()
        try:
            self._process.wait(GRACE)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait()
