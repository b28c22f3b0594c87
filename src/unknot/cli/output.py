"""Standard output and error of a command: printing escapes control characters and never fails.

A full disk or a closed pipe loses what is printed and nothing else: files are still written, and
the exit code says that the output is incomplete.
"""

from __future__ import annotations

import errno
import io
import os
import sys
from collections.abc import Callable, Collection
from types import TracebackType
from typing import TYPE_CHECKING, Self

from unknot.cli.status import FINE, WRONG_USE
from unknot.errors import UnknotError
from unknot.text import amount, clip, visible
from unknot.version import __version__

if TYPE_CHECKING:
    from unknot.records import Cell

__all__ = ["StandardStreams", "complain", "guarded", "print_version", "say", "say_interrupted"]


LONGEST = 2_000
"""Maximum number of characters of a message."""


def say(text: str, *, err: bool = False) -> None:
    """Print a line for people, with control characters escaped."""
    print(visible(text), file=sys.stderr if err else sys.stdout, flush=True)


def complain(error: UnknotError) -> None:
    """Print an error in one line, and the output of another program below it."""
    say(f"unknot: {clip(str(error.args[0]), LONGEST)}", err=True)
    for line in error.details:
        say(f"  {line}", err=True)


def say_interrupted(cells: Collection[Cell], planned: int) -> None:
    """Say how many of the ``planned`` cells were measured."""
    whole = sum(cell.error is None for cell in cells)
    much = f"{whole} of {amount(planned, 'cell')} measured to the end"
    say(f"unknot: interrupted, {much if cells else 'nothing measured'}", err=True)


def print_version() -> int:
    """Print the version, and return the exit code."""
    say(f"unknot, version {__version__}")
    return FINE


def guarded(command: Callable[[], int]) -> int:
    """The exit code of ``command``, after its output was flushed."""
    streams = StandardStreams()
    with streams:
        status = command()
    if streams.lost is not None:
        say(f"unknot: standard output: {streams.lost.strerror}", err=True)
        status = WRONG_USE
    return status


class StandardStreams:
    """A context manager: while it is open, writing to standard output and error cannot fail.

    ``lost`` is why standard output is not whole, or ``None``. A reader that has seen enough, as
    ``head`` has, is no reason.
    """

    def __init__(self) -> None:
        self._streams: list[tuple[str, io.TextIOWrapper, _Kept]] = []

    def __enter__(self) -> Self:
        _open_missing()
        for name, descriptor in (("stdout", 1), ("stderr", 2)):
            stream = getattr(sys, name)
            # Whoever put something else in its place, as a test does, gets what is printed.
            if isinstance(stream, io.TextIOWrapper) and _number_of(stream) == descriptor:
                raw = _Kept(descriptor, "wb", closefd=False)
                kept = io.TextIOWrapper(
                    io.BufferedWriter(raw),
                    stream.encoding,
                    "backslashreplace",
                    line_buffering=stream.line_buffering or name == "stderr",
                )
                self._streams.append((name, stream, raw))
                stream.flush()
                setattr(sys, name, kept)
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        for name, stream, _ in self._streams:
            getattr(sys, name).flush()
            setattr(sys, name, stream)

    @property
    def lost(self) -> OSError | None:
        errors = [raw.error for name, _, raw in self._streams if name == "stdout"]
        return next((one for one in errors if one and one.errno != errno.EPIPE), None)


class _Kept(io.FileIO):
    """A stream that remembers why it could not be written to, and goes on."""

    error: OSError | None = None

    def write(self, data: object, /) -> int:
        octets = memoryview(data)  # type: ignore[arg-type]  # whatever the buffer hands over
        if self.error is None:
            try:
                return super().write(octets)
            except OSError as error:
                self.error = error
        return len(octets)


def _open_missing() -> None:
    """Open whichever of the descriptors 0 to 2 are closed, or the next file takes their place."""
    while (handle := os.open(os.devnull, os.O_RDWR)) <= 2:
        pass
    os.close(handle)
    for name in ("stdout", "stderr"):
        if getattr(sys, name) is None:
            setattr(sys, name, io.TextIOWrapper(io.BytesIO()))


def _number_of(stream: io.TextIOWrapper) -> int | None:
    try:
        return stream.fileno()
    except (OSError, ValueError):
        return None
