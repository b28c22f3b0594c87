"""One measurement in one fresh process.

Two stages. The *sustained* stage runs all operations under the cell's collector mode and follows
the live objects: what a user would see. The *rounds* then say what an operation leaves behind,
always with the collector off: run, settle, count, find the garbage by trial deletion, collect to a
fixed point, count again. What a collection freed is cyclic, what survived it and goes on growing
is leaked. Both counts are in normal form (:func:`unknot.agent.collector.normalise`).

Nothing is frozen at the baseline. It would make counting cheaper, but an operation that puts a new
object in the place of an old one, as a full cache does, would read as growth, and old objects that
become garbage would read as leaked.
"""

from __future__ import annotations

from itertools import pairwise
from typing import Any, Protocol

import psutil

from unknot.errors import CellFailed, UnknotError
from unknot.measure.diagnosis import diagnose
from unknot.measure.process import AgentProcess
from unknot.measure.rounds import Rounds, measure_rounds
from unknot.measure.spec import CellSpec
from unknot.records import (
    Cell,
    CellError,
    Collections,
    CollectorPass,
    Memory,
    Series,
    TypeCount,
)

__all__ = ["measure_cell"]

Counts = dict[str, int]


class Keeper(Protocol):
    """Somebody who can end a measured process from outside."""

    def add(self, process: AgentProcess) -> None: ...

    def discard(self, process: AgentProcess) -> None: ...


def measure_cell(spec: CellSpec, keeper: Keeper | None = None) -> Cell:
    """The measurement that ``spec`` asks for, or the record of why there is none.

    ``keeper`` has the process while it runs. Raises :class:`~unknot.errors.UnknotError` only for
    what no other cell would survive either: no such interpreter, no such workload.
    """
    with AgentProcess(spec.python, spec.effort.time_limit) as process:
        if keeper is not None:
            keeper.add(process)
        try:
            return _measure(spec, process)
        except CellFailed as error:
            return _cell(
                spec,
                error=CellError(
                    kind=error.kind,
                    message=str(error),
                    traceback=error.traceback,
                    output=process.output_tail(),
                    exit_status=error.exit_status,
                ),
            )
        finally:
            if keeper is not None:
                keeper.discard(process)


def _measure(spec: CellSpec, process: AgentProcess) -> Cell:
    greeting = process.open(spec.workload, spec.parameters)
    _warm_up(spec, process)
    before: Counts = process.ask(do="census")["types"]
    memory_before = _memory(process.pid)
    series, collections, peak = _sustain(spec, process, before)
    after: Counts = process.ask(do="census")["types"]
    memory_after = _memory(process.pid)
    rounds = measure_rounds(process, spec.effort)
    cycles, leaks = diagnose(process, rounds, spec.effort.round_ops)
    process.ask(do="close")
    return _cell(
        spec,
        python=greeting["python"],
        build=greeting["build"],
        gc_thresholds=greeting["gc_thresholds"],
        verdict=rounds.verdict,
        per_op=rounds.per_op,
        windows=rounds.windows,
        types=_types(spec, before, after, peak, rounds),
        cycles=cycles,
        leaks=leaks,
        series=series,
        collections=collections,
        memory=Memory(
            rss_before=memory_before[0],
            uss_before=memory_before[1],
            rss_after=memory_after[0],
            uss_after=memory_after[1],
        ),
        notes=rounds.notes,
    )


def _warm_up(spec: CellSpec, process: AgentProcess) -> None:
    """Let the workload fill its pools, and the instrument its caches, before anything counts."""
    process.ask(do="log")
    process.ask(do="run", ops=spec.effort.warmup, gc_mode="auto", every=0)
    process.ask(do="collect")
    process.ask(do="census")
    process.ask(do="count")
    process.ask_for_arrays(do="snapshot")
    process.ask(do="report")
    process.ask(do="collect")


def _cell(spec: CellSpec, python: str = "", **fields: Any) -> Cell:
    return Cell(
        workload=spec.workload,
        variant=spec.variant,
        shape=spec.shape,
        ending=spec.ending,
        gc=spec.gc,
        python=python,
        ops=spec.effort.ops,
        rounds=spec.effort.rounds,
        **fields,
    )


def _sustain(
    spec: CellSpec, process: AgentProcess, before: Counts
) -> tuple[Series, Collections, Counts]:
    """Run the sustained stage: the curve, what the collector did, and the peak of every type."""
    effort = spec.effort
    samples = min(effort.samples, effort.ops)
    marks = [effort.ops * index // samples for index in range(samples + 1)]
    points = [before]
    seconds = 0.0
    process.ask(do="log")
    for start, end in pairwise(marks):
        ran = process.ask(do="run", ops=end - start, gc_mode=spec.gc, every=effort.forced_every)
        seconds += ran["seconds"]
        process.ask(do="settle")
        points.append(process.ask(do="census")["types"])
    log = process.ask(do="report")
    series = Series(
        ops=marks,
        total=[sum(point.values()) for point in points],
        types={name: [point.get(name, 0) for point in points] for name in spec.watch},
    )
    peak = {
        name: max(counts.get(name, 0) for counts in (*points, log["peak"]))
        for name in {name for counts in (*points, log["peak"]) for name in counts}
    }
    return series, _collections(log, seconds), peak


def _collections(log: dict[str, Any], seconds: float) -> Collections:
    generations: list[int] = log["generations"]
    pauses: list[float] = log["pauses"]
    columns = zip(log["ops"], generations, pauses, log["collected"], strict=True)
    return Collections(
        passes=len(pauses),
        passes_by_generation=[generations.count(number) for number in range(3)],
        collected=sum(log["collected"]),
        uncollectable=log["uncollectable"],
        pause_total_s=sum(pauses),
        pause_max_s=max(pauses, default=0.0),
        duration_s=seconds,
        log=[
            CollectorPass(ops=ops, generation=generation, pause_s=pause, collected=collected)
            for ops, generation, pause, collected in columns
        ],
    )


def _types(
    spec: CellSpec, before: Counts, after: Counts, peak: Counts, rounds: Rounds
) -> dict[str, TypeCount]:
    """The types that are watched, that changed in number, or that operations leave behind."""
    counts = {
        name: TypeCount(
            before=before.get(name, 0),
            after=after.get(name, 0),
            peak=peak.get(name, 0),
            retained_per_op=rounds.retained.get(name, 0.0),
            cyclic_per_op=rounds.cyclic.get(name, 0.0),
            leaked_per_op=rounds.leaked.get(name, 0.0),
            garbage_per_op=rounds.garbage.get(name, 0.0),
        )
        for name in sorted({*peak, *after, *spec.watch, *rounds.retained})
    }
    return {
        name: count
        for name, count in counts.items()
        if name in spec.watch
        or not count.before == count.after == count.peak
        or count.retained_per_op
        or count.cyclic_per_op
        or count.leaked_per_op
        or count.garbage_per_op
    }


def _memory(pid: int) -> tuple[int, int | None]:
    """Resident and unique set size of a process, in bytes."""
    try:
        process = psutil.Process(pid)
        try:
            full = process.memory_full_info()
            return full.rss, full.uss
        except psutil.AccessDenied:
            return process.memory_info().rss, None
    except psutil.NoSuchProcess as error:
        raise CellFailed("the process ended while it was measured") from error
    except psutil.Error as error:
        raise UnknotError(f"the memory of process {pid} cannot be read: {error}") from error
