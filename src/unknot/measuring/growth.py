"""Classifies growth over a series of windows: none, bounded, steady, or undecided. Pure.

The rules are those of ``METHOD.md``: something leaks only if it grew in *every* window and
continues at a constant rate; growth that stopped is a cache. CPython's ``regrtest -R`` has the same
rule.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from math import sqrt
from statistics import mean, median, mode, stdev

from unknot.records import Verdict

__all__ = [
    "TAIL",
    "falls",
    "is_decided",
    "is_flat",
    "is_suspect",
    "rate",
    "rate_above_noise",
    "recurrence",
    "spread",
    "typical_rate",
    "verdict",
]

TAIL = 4
"""Number of windows that must agree."""

VERDICTS: dict[str, Verdict] = {
    "": "clean",
    "cyclic": "cyclic",
    "leaking": "leaking",
    "cyclic+leaking": "cyclic+leaking",
    "growing": "growing",
    "cyclic+growing": "cyclic+growing",
}

SPREAD = 0.25
"""Their maximum spread as a share of their mean: timers and clock ticks jitter."""


FALL = 0.05
"""Share of a rate by which it must fall to count as falling."""


def is_suspect(growths: Sequence[int]) -> bool:
    """Whether there was growth in every window."""
    return bool(growths) and min(growths) > 0


def is_flat(growths: Sequence[int], ops: Sequence[int], tail: int = TAIL) -> bool:
    """Whether the later half of the last ``tail`` windows grew as fast as the earlier half.

    The tolerance is a quarter of the rate, or one object. Halves are compared because an event
    once in a hundred operations occurs twice in one window and three times in the next.
    """
    rates = _rates(growths, ops)[-tail:]
    if len(rates) < tail:
        return False
    early, late = mean(rates[: tail // 2]), mean(rates[tail // 2 :])
    allowance = max(SPREAD * mean(rates), 1 / min(ops[-tail:]))
    return abs(late - early) <= allowance


def falls(growths: Sequence[int], ops: Sequence[int]) -> bool:
    """Whether growth falls from short windows to a long one, or from that to another long one.

    A cache that fills ever more slowly looks constant in a few short windows. A fall is more than a
    twentieth of the rate, and more than three times the standard error of the mean before it.
    """
    longest = max(ops, default=0)
    if not ops or longest < 2 * min(ops):
        return False
    rates = _rates(growths, ops)
    last = max(place for place, count in enumerate(ops) if count == longest)
    before = [place for place, count in enumerate(ops[:last]) if count == longest][-1:]
    early = [rates[place] for place in before or range(last)][-TAIL:]
    if not early:
        return False
    chance = stdev(early) / sqrt(len(early)) if len(early) > 1 else 0.0
    allowance = max(FALL * mean(early), 3 * chance + 1 / min(ops))
    return mean(early) - rates[last] > allowance


def rate(growths: Sequence[int], ops: Sequence[int]) -> float:
    """Steady growth per operation, 0 unless all windows grew.

    This is the exact rate of most windows. It is the mean over all windows if they do not agree,
    or if it is less than one per operation, so that a window's count varies by chance.
    """
    return _typical(growths, ops) if is_suspect(growths) else 0.0


def rate_above_noise(growths: Sequence[int], ops: Sequence[int]) -> float:
    """Steady growth per operation, 0 unless each window grew by more than the windows' spread.

    For bytes, because the allocator's own tables and caches change a little in every window.
    """
    rates = _rates(growths, ops)
    grew = bool(rates) and min(rates) > max(rates) - min(rates)
    return _typical(growths, ops) if grew else 0.0


def typical_rate(growths: Sequence[int], ops: Sequence[int]) -> float:
    """Median growth per operation of the windows, at least 0.

    For bytes if operations certainly keep some: a table that doubles in one window, or
    a block that is freed, does not change the median.
    """
    return max(median(_rates(growths, ops)), 0.0) if growths else 0.0


def recurrence(counts: Sequence[int], ops: Sequence[int]) -> float:
    """The number per operation, 0 unless some occur in at least two windows.

    For garbage, which is certain once found: a cycle left by every thousandth operation need not
    occur in every window. What occurs in only one is a separate event, such as an import.
    """
    recurs = min(counts) >= 0 and sum(count > 0 for count in counts) > 1
    return _typical(counts, ops) if recurs else 0.0


def spread(growths: Sequence[int], ops: Sequence[int]) -> float:
    """Difference between the greatest and the least rate of a window; 0 if all windows agree."""
    rates = _rates(growths, ops)
    return max(rates, default=0.0) - min(rates, default=0.0)


def is_decided(growths: Sequence[int], ops: Sequence[int]) -> bool:
    """Whether growth in every window continues at one rate."""
    return is_flat(growths, ops) and not falls(growths, ops)


def verdict(
    cyclic: Mapping[str, float],
    leaks: Mapping[str, Sequence[int]],
    growing: bool | None,
    ops: Sequence[int],
) -> Verdict:
    """The verdict of a cell.

    ``cyclic`` are rates by type. ``leaks`` are, by type or other kind of object, the growths in
    windows of ``ops`` operations that survived collection. ``growing`` tells whether the process
    gains something outside any counted object; ``None`` if that is not decided.

    Certain findings are reported, whatever else is in doubt: garbage, and objects that each
    operation leaks, the same number in nearly every window.
    """
    suspects = [growths for growths in leaks.values() if is_suspect(growths)]
    sure = [growths for growths in suspects if is_decided(growths, ops)]
    in_doubt = growing is None or len(sure) < len(suspects)
    if in_doubt:
        sure = [growths for growths in sure if _agreed(_rates(growths, ops)) is not None]
        if not sure and not any(cyclic.values()):
            return "undecided"
    words = (
        ("cyclic", any(cyclic.values())),
        ("leaking", sure),
        ("growing", not suspects and growing),
    )
    return VERDICTS["+".join(word for word, applies in words if applies)]


def _typical(growths: Sequence[int], ops: Sequence[int]) -> float:
    agreed = _agreed(_rates(growths, ops))
    return sum(growths) / sum(ops) if agreed is None else agreed


def _agreed(rates: Sequence[float]) -> float | None:
    """The rate of more than half of the windows, from one per operation up."""
    most_common = mode(rates)
    return most_common if most_common >= 1 and 2 * rates.count(most_common) > len(rates) else None


def _rates(growths: Sequence[int], ops: Sequence[int]) -> list[float]:
    return [growth / count for growth, count in zip(growths, ops, strict=True)]
