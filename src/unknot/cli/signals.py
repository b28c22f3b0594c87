"""Signals that end a command: what was measured is written first, and the exit code names them.

From :func:`take_signals` on, SIGINT, SIGTERM and SIGHUP raise :class:`Stopped` in the main thread,
but in a ``with shielded()`` block only when it is over. There, an exception out of nowhere would do
harm: while a file is written, or a module is imported whose C code makes another error of it.
"""

from __future__ import annotations

import os
import signal
import time
from collections.abc import Iterator
from contextlib import contextmanager

__all__ = ["Stopped", "ignore_signals", "shielded", "stopped_by", "take_signals"]

ENDING = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)

LIMIT = 30
"""Seconds in which a command that was stopped has to end; then its process does."""

ONCE = 1.0
"""Seconds in which a second signal is the same as the first: some send it to the process, and then
to its group."""


class Stopped(KeyboardInterrupt):
    """A signal asks the command to end."""


class _State:
    number = 0
    """The first signal that asked for the end."""
    arrived = float("-inf")
    shields = 0
    pending = False


def take_signals() -> None:
    """Let signals end this process in good order. One that is ignored, as nohup does, stays so."""
    for number in ENDING:
        if signal.getsignal(number) is not signal.SIG_IGN:
            signal.signal(number, _stop)
    signal.signal(signal.SIGALRM, _give_up)


def ignore_signals() -> None:
    """Ignore the ending signals from here on: the command is over."""
    for number in ENDING:
        signal.signal(number, signal.SIG_IGN)
    signal.alarm(0)


def stopped_by() -> int | None:
    """The exit code of a command that a signal has stopped: 128 and its number."""
    return 128 + _State.number if _State.number else None


@contextmanager
def shielded() -> Iterator[None]:
    """Defer signals: one that arrives inside the block raises at its end."""
    _State.shields += 1
    try:
        yield
    finally:
        _State.shields -= 1
        if _State.pending and not _State.shields:
            _State.pending = False
            raise Stopped


def _stop(number: int, _: object) -> None:
    now = time.monotonic()
    if now - _State.arrived < ONCE:
        return
    _State.arrived = now
    _State.number = _State.number or number
    signal.alarm(LIMIT)
    if _State.shields:
        _State.pending = True
    else:
        raise Stopped


def _give_up(*_: object) -> None:
    os._exit(128 + _State.number)
