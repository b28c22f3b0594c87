"""What a series of windows says about growth: none, bounded, steady, or undecided. Pure.

The rules are those of ``METHOD.md``: something leaks only if it grew in *every* window and goes
on flat; growth that stopped is a cache. CPython's ``regrtest -R`` counts a leak the same way.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from statistics import median, median_low

from unknot.records import Verdict

__all__ = ["is_flat", "is_suspect", "rate", "verdict"]

TAIL = 4
"""Windows that have to agree."""

SPREAD = 0.25
"""How far apart they may be, as a share of their median: timers and clock ticks jitter."""


def is_suspect(growths: Sequence[int]) -> bool:
    """Whether there was growth in every window."""
    return bool(growths) and min(growths) > 0


def is_flat(growths: Sequence[int], ops: Sequence[int]) -> bool:
    """Whether the last four windows grew at one rate, give or take a quarter or one object."""
    rates = _rates(growths, ops)[-TAIL:]
    allowance = max(SPREAD * median(rates), 1 / min(ops[-TAIL:]))
    return len(rates) == TAIL and max(rates) - min(rates) <= allowance


def rate(growths: Sequence[int], ops: Sequence[int]) -> float:
    """Steady growth per operation: the low median over windows, 0 unless all of them grew."""
    return median_low(_rates(growths, ops)) if is_suspect(growths) else 0.0


def verdict(
    cyclic: Mapping[str, float], leaks: Mapping[str, Sequence[int]], ops: Sequence[int]
) -> Verdict:
    """The word for a cell.

    ``cyclic`` are rates by type. ``leaks`` are, by type or other kind of growth, the growths in
    windows of ``ops`` operations that survived collection.
    """
    suspects = [growths for growths in leaks.values() if is_suspect(growths)]
    if not all(is_flat(growths, ops) for growths in suspects):
        return "undecided"
    if any(cyclic.values()):
        return "cyclic+leaking" if suspects else "cyclic"
    return "leaking" if suspects else "clean"


def _rates(growths: Sequence[int], ops: Sequence[int]) -> list[float]:
    return [growth / count for growth, count in zip(growths, ops, strict=True)]
