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

from collections.abc import Callable
from typing import Protocol

from unknot.errors import CellFailed
from unknot.measure.children import Children
from unknot.measure.process import AgentProcess
from unknot.measure.spec import CellSpec
from unknot.records import Cell, CellError

__all__ = ["measure_cell"]


class Keeper(Protocol):
    """Somebody who can end a measured process from outside."""

    def add(self, process: AgentProcess) -> None: ...

    def discard(self, process: AgentProcess) -> None: ...


def measure_cell(
    spec: CellSpec, keeper: Keeper | None = None, show: Callable[[str], object] = str
) -> Cell:
    """The measurement that ``spec`` asks for, or the record of why there is none.

    Where something ends it early, the cell has what was measured by then. ``keeper`` has the
    process while it runs; ``show`` is called with what is done at the moment. Raises
    :class:`~unknot.errors.UnknotError` only for what no other cell would survive either: no such
    interpreter, no such workload.
    """
    children = Children()
    with (  # whoever removes the socket's folder comes first
        AgentProcess(spec.python, spec.effort.time_limit, folder=children.folder) as process,
        children,
    ):
        if keeper is not None:
            keeper.add(process)
        # Only now: numpy loads while the process starts.
        from unknot.measure.measurement import Measurement

        measurement = Measurement(spec, process, children, show)
        try:
            measurement.measure()
            return measurement.cell()
        except CellFailed as error:
            return measurement.cell(
                CellError(
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
