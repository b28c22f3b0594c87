"""One measurement in a fresh process, and in those that it starts.

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

from typing import Any, Protocol

from unknot.errors import CellFailed
from unknot.measure.children import Children
from unknot.measure.diagnosis import diagnose
from unknot.measure.family import Family
from unknot.measure.process import AgentProcess
from unknot.measure.requirements import project_names
from unknot.measure.rounds import measure_rounds
from unknot.measure.spec import CellSpec
from unknot.measure.sustained import sustain
from unknot.measure.tally import (
    count_types,
    describe_absence,
    describe_processes,
    describe_stray_passes,
    merge_cycles,
    merge_growths,
    merge_leaks,
    settle_verdict,
    weigh_absence,
)
from unknot.records import Cell, CellError

__all__ = ["measure_cell"]


class Keeper(Protocol):
    """Somebody who can end a measured process from outside."""

    def add(self, process: AgentProcess) -> None: ...

    def discard(self, process: AgentProcess) -> None: ...


def measure_cell(spec: CellSpec, keeper: Keeper | None = None) -> Cell:
    """The measurement that ``spec`` asks for, or the record of why there is none.

    ``keeper`` has the process while it runs. Raises :class:`~unknot.errors.UnknotError` only for
    what no other cell would survive either: no such interpreter, no such workload.
    """
    with (
        Children() as children,
        AgentProcess(spec.python, spec.effort.time_limit, folder=children.folder) as process,
    ):
        if keeper is not None:
            keeper.add(process)
        try:
            return _measure(spec, process, children)
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


def _measure(spec: CellSpec, process: AgentProcess, children: Children) -> Cell:
    greeting = process.open(
        workload=spec.workload,
        parameters=dict(spec.parameters),
        backend=spec.backend,
        in_flight=spec.in_flight,
        children=children.address,
    )
    family = Family(process, children)
    _warm_up(spec, family)
    sustained = sustain(family, spec)
    measured = measure_rounds(family, spec.effort)
    found = diagnose(family, measured, spec.effort.round_ops)
    members, strangers = family.members(), family.strangers()
    process.ask(do="close")
    rounds = measured.total
    verdict = settle_verdict(rounds.verdict, found.values())
    return _cell(
        spec,
        python=greeting["python"],
        build=greeting["build"],
        gc_thresholds=greeting["gc_thresholds"],
        collector=greeting["collector"],
        jit=greeting["jit"],
        verdict=weigh_absence(verdict, members, measured, strangers),
        per_op=rounds.per_op,
        windows=rounds.windows,
        types=count_types(spec.watch, sustained.total, rounds),
        cycles=merge_cycles(each.cycles for each in found.values()),
        leaks=merge_leaks(each.leaks for each in found.values()),
        growths=merge_growths(each.growths for each in found.values()),
        series=sustained.series(spec.watch),
        collections=sustained.collections(),
        memory=sustained.memory,
        processes=describe_processes(members, sustained, measured, found),
        notes=[
            *rounds.notes,
            *describe_stray_passes(family.stray_passes),
            *describe_absence(members, measured, strangers),
        ],
    )


def _warm_up(spec: CellSpec, family: Family) -> None:
    """Let the workload fill its pools, and the instrument its caches, before anything counts."""
    family.ask_all(do="log")
    family.run(spec.effort.warmup, "auto")
    family.collect()
    for duty in ("census", "count", "snapshot", "report"):
        family.ask_all(do=duty)
    family.ask_all(do="count", collected=True, growable=True)  # ctypes keeps a cache, too
    family.collect()


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
        backend=spec.backend,
        in_flight=spec.in_flight,
        requirements=list(spec.requirements),
        packages=dict(spec.packages),
        projects=project_names(spec.requirements),
        workload_digest=spec.workload_digest,
        **fields,
    )
