"""The sustained stage: runs operations under the cell's collector mode and counts live objects."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from itertools import pairwise

from unknot.measuring.duties import Force, PassesReply, StartLog, StopLog, TakeCensus
from unknot.measuring.family import Family
from unknot.measuring.spec import CellSpec
from unknot.records import Collections, CollectorPass, Memory, Series

__all__ = ["Counts", "Extent", "Sustained"]

Counts = dict[str, int]


@dataclass(frozen=True, slots=True, kw_only=True)
class Extent:
    """Live objects by type: before the operations, after them, and at their peak."""

    before: Counts
    after: Counts
    peak: Counts


class Sustained:
    """Runs the stage, and counts at as many points as the effort asks for.

    Everything measured before an error remains available.
    """

    def __init__(self, family: Family, spec: CellSpec, show: Callable[[str], object] = str) -> None:
        self._family = family
        self._spec = spec
        self._show = show
        # In the normal form what an operation leaves is what the rounds say it leaves. With the
        # collector on, objects are counted as they are: a pass of ours would free what is waiting.
        self._normal = spec.gc == "off"
        self._points: list[dict[int, Counts]] = []
        self._logs: dict[int, PassesReply] = {}
        self._seconds = 0.0
        self.ops: list[int] = []
        """Number of completed operations at each point."""
        self.memory: Memory | None = None
        """Available when the stage is over."""

    def measure(self) -> None:
        """Run all operations.

        Counts before and after a forced collection show what it freed.
        """
        family, effort = self._family, self._spec.effort
        samples = min(effort.samples, effort.ops)
        marks = [effort.ops * index // samples for index in range(samples + 1)]
        forced = set(range(effort.forced_every, effort.ops + 1, effort.forced_every))
        forced = forced if self._spec.gc == "forced" else set()
        family.ask_all(StartLog())
        self._count(0)
        before = family.memory()
        for start, end in pairwise(sorted({*marks, *forced})):
            self._show(f"operation {start:,} of {effort.ops:,}")
            self._seconds += family.run(end - start, self._spec.gc, start)
            if end in forced:
                self._count(end)
                family.ask_all(Force())
            if end in marks:
                family.settle(patient=False)
            self._count(end)
        self._logs = {number: log for number, (log, _) in family.ask_all(StopLog()).items()}
        rss, uss = family.memory()
        self.memory = Memory(
            rss_before=before[0], uss_before=before[1], rss_after=rss, uss_after=uss
        )

    def extent(self, number: int) -> Extent:
        """The extent of one process; its peak is before the passes of its collector, too."""
        points = [point.get(number, {}) for point in self._points]
        log = self._logs.get(number)
        return _extent(points, [log["peak"]] if log else [])

    @property
    def total(self) -> Extent:
        """The extent of all processes together.

        A process's peak between two samples counts if it exceeds the sum at each sample.
        """
        return _extent(self._sums(), [log["peak"] for log in self._logs.values()])

    def series(self, watch: Iterable[str]) -> Series:
        """The curves of the types in ``watch``, and of all objects."""
        sums = self._sums()
        return Series(
            ops=self.ops,
            total=[sum(point.values()) for point in sums],
            types={name: [point.get(name, 0) for point in sums] for name in watch},
        )

    def collections(self) -> Collections:
        """The activity of the collectors of all processes."""
        passes = [
            CollectorPass(
                ops=ops,
                generation=generation,
                pause_s=pause,
                collected=collected,
                candidates=None if candidates < 0 else candidates,
            )
            for log in self._logs.values()
            for ops, generation, pause, collected, candidates in zip(
                log["ops"],
                log["generations"],
                log["pauses"],
                log["collected"],
                log["candidates"],
                strict=True,
            )
        ]
        generations = [each.generation for each in passes]
        pauses = [each.pause_s for each in passes]
        return Collections(
            passes=len(passes),
            passes_by_generation=[generations.count(number) for number in range(3)],
            collected=sum(each.collected for each in passes),
            uncollectable=sum(log["uncollectable"] for log in self._logs.values()),
            pause_total_s=sum(pauses),
            pause_max_s=max(pauses, default=0.0),
            duration_s=self._seconds,
            log=sorted(passes, key=lambda each: each.ops),
        )

    def _sums(self) -> list[Counts]:
        return [_add(point.values()) for point in self._points]

    def _count(self, ops: int) -> None:
        answers = self._family.ask_all(TakeCensus(normal=self._normal))
        self._points.append({number: answer["types"] for number, (answer, _) in answers.items()})
        self.ops.append(ops)


def _extent(points: Sequence[Counts], peaks: Sequence[Counts]) -> Extent:
    peak: Counts = {}
    for counts in (*points, *peaks):
        for name, count in counts.items():
            peak[name] = max(count, peak.get(name, 0))
    return Extent(before=points[0], after=points[-1], peak=peak)


def _add(counts: Iterable[Counts]) -> Counts:
    total: Counter[str] = Counter()
    for each in counts:
        total.update(each)
    return dict(total)
