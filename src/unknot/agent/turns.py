"""Keeps the GIL, however many other threads want it.

A thread that waits for the GIL waits for the switch interval that there is when it begins to, and
then requests it, unless yet another thread has got it meanwhile: then it waits again. So to set a
long interval is not enough: a thread that waits already gets its turn, and that may be a long one.
"""

from __future__ import annotations

from itertools import compress, repeat

from .originals import count_threads, perf_counter, setswitchinterval, sleep

__all__ = ["BRIEF", "keep_gil"]

BRIEF = 0.0005
"""Seconds of a turn of another thread where this one releases the GIL many times."""

TURN = 0.002
"""Seconds of a turn of another thread while this one tries to keep the GIL."""
HELD = 0.01
"""Seconds within which a thread that has waited since before has requested the GIL."""
MOST_TRIES = 50


def keep_gil(seconds: float) -> None:
    """Keep the GIL for ``seconds``, which becomes the switch interval.

    A call that releases the GIL ends this, and then waits as long for each thread that wants it.
    """
    for _ in range(MOST_TRIES if count_threads() else 0):
        setswitchinterval(TURN)
        # The GIL is got from another thread: those that wait for it begin again, most of them after
        # the next line.
        sleep(0.001)
        setswitchinterval(seconds)
        # The others have requested it by ``later``, and get it after this call, which no thread
        # interrupts. The call ends with the short interval: this thread soon has the next try.
        later = perf_counter() + HELD
        clock = iter(perf_counter, None)
        next(map(setswitchinterval, compress(repeat(TURN), map(later.__lt__, clock))))
        if perf_counter() < later + TURN / 4:
            break
    setswitchinterval(seconds)
