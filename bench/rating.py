"""Samples of instruments, their ratios, and whether unknot keeps its promises."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from statistics import median

from bench.peers import UNKNOT, WITH_BYTES

__all__ = ["Sample", "Verdict", "pick", "ratio", "verdicts"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Sample:
    """What one process measured: one peer, one heap, one turn."""

    work: str
    size: int
    peer: str
    turn: int
    seconds: list[float]
    stages: dict[str, float]
    """Seconds of the last look by part of the work."""
    added: int
    """Bytes that the first look added to the process's peak memory."""
    heap: int
    """Bytes that the process held before, modules included."""
    found: str

    @property
    def median(self) -> float:
        return median(self.seconds)


@dataclass(frozen=True, slots=True)
class Verdict:
    """One promise, and its measurement."""

    claim: str
    measured: float
    target: float
    at_most: bool
    unit: str

    @property
    def passed(self) -> bool:
        return self.measured <= self.target if self.at_most else self.measured >= self.target

    def __str__(self) -> str:
        bound = "at most" if self.at_most else "at least"
        return (
            f"{'pass' if self.passed else 'MISS'}  {self.claim}: {self.measured:.3g}{self.unit}"
            f" ({bound} {self.target:g}{self.unit})"
        )


def pick(samples: Sequence[Sample], work: str, size: int, peer: str) -> list[Sample]:
    return [one for one in samples if (one.work, one.size, one.peer) == (work, size, peer)]


def ratio(samples: Sequence[Sample], others: Sequence[Sample]) -> float | None:
    """The median of the turns' ratios; ``None`` if no turn has both."""
    seconds = {other.turn: other.median for other in others}
    ratios = [one.median / seconds[one.turn] for one in samples if one.turn in seconds]
    return median(ratios) if ratios else None


def verdicts(samples: Sequence[Sample]) -> list[Verdict]:
    """The promises for which there are samples."""
    found = [
        _ratio(samples, "census", UNKNOT, "Counter(map(type, …))", 1.2, at_most=True),
        _ratio(samples, "census", "objgraph.typestats", UNKNOT, 3.0, at_most=False),
        _ratio(samples, "census", WITH_BYTES, UNKNOT, 1.3, at_most=True),
        _ratio(samples, "garbage", "refcycle", UNKNOT, 15.0, at_most=False),
        _growth(samples),
        _operations(samples),
    ]
    return [verdict for verdict in found if verdict is not None]


def _ratio(
    samples: Sequence[Sample], work: str, peer: str, other: str, target: float, *, at_most: bool
) -> Verdict | None:
    """At the largest heap that the peer examined."""
    sizes = [one.size for one in samples if (one.work, one.peer) == (work, peer)]
    if not sizes:
        return None
    size = max(sizes)
    measured = ratio(pick(samples, work, size, peer), pick(samples, work, size, other))
    if measured is None:
        return None
    return Verdict(f"{work} of {size:,}, {peer} over {other}", measured, target, at_most, "×")


def _growth(samples: Sequence[Sample]) -> Verdict | None:
    """Cost per object at the largest heap over that at the one nearest to a twentieth of it."""
    cost: dict[int, list[float]] = {}
    for one in samples:
        if (one.work, one.peer) == ("garbage", UNKNOT):
            cost.setdefault(one.size, []).append(one.median / one.size)
    if len(cost) < 2:
        return None
    last = max(cost)
    first = min(set(cost) - {last}, key=lambda size: abs(size - last / 20))
    claim = f"linear: cost per object at {last:,} over that at {first:,}"
    return Verdict(claim, median(cost[last]) / median(cost[first]), 1.5, True, "×")


def _operations(samples: Sequence[Sample]) -> Verdict | None:
    mine = [one for one in samples if (one.work, one.peer) == ("operations", UNKNOT)]
    if not mine:
        return None
    claim = f"{mine[0].size:,} task cycles analysed and grouped"
    return Verdict(claim, median(one.median for one in mine) * 1e3, 100.0, True, " ms")
