"""Measures one cell in a fresh process, and in those that it starts.

Two stages. The *sustained* stage runs all operations under the cell's collector mode and follows
the live objects: what a user would see. The *rounds* then show what an operation leaves behind,
always with the collector off: run, settle, count, find the garbage by trial deletion, collect to a
fixed point, count again. Objects freed by a collection are cyclic; those that survive it and keep
growing in number are leaked. Both counts are in normal form
(:func:`unknot.agent.collector.normalise`).

Nothing is frozen at the baseline. It would make counting cheaper, but an operation that replaces an
old object by a new one, as a full cache does, would be counted as growth, and old objects that
become garbage as leaked.
"""

from __future__ import annotations

import math
import time
from collections.abc import Callable
from dataclasses import replace
from typing import NamedTuple

from msgspec import structs

from unknot.agent.channel import LOST
from unknot.errors import CellFailed, ForgedAnswer
from unknot.measuring.children import Children
from unknot.measuring.process import AgentProcess, ProcessRegistry, registered
from unknot.measuring.spec import CellSpec, cell_of
from unknot.records import Cell, CellError

__all__ = ["measure_cell"]


LEAST_TIME = 2.0
"""Seconds of the time limit that must be left to measure a second time."""


def measure_cell(
    spec: CellSpec, registry: ProcessRegistry | None = None, show: Callable[[str], object] = str
) -> Cell:
    """The measured cell, or a record of why it could not be measured.

    If something ends the measurement early, the cell has what was measured so far. If operations
    succeeded before one raised or ended its process, the same number is measured again, in a
    separate process. ``registry`` has the process while it runs; ``show`` is called with the
    current stage. Raises :class:`~unknot.errors.UnknotError` only for errors that would affect
    every other cell too: no such interpreter, no such workload.
    """
    began = time.monotonic()
    cell = _count(spec, registry, show)
    took = time.monotonic() - began
    if not spec.makers or cell.error is not None or not (cell.leaks or cell.growths):
        return cell
    from unknot.measuring.survivors import with_makers

    show("tracing where survivors are made")
    return with_makers(spec, cell, took, registry)


def _count(spec: CellSpec, registry: ProcessRegistry | None, show: Callable[[str], object]) -> Cell:
    """The counts, without the places where survivors were created."""
    began = time.monotonic()
    first = _attempt(spec, registry, show)
    remaining = spec.effort.time_limit - (time.monotonic() - began)
    if first.ran is None or remaining < LEAST_TIME:
        return first.cell
    effort = replace(spec.effort, time_limit=remaining)
    second = _attempt(replace(spec, effort=effort), registry, show, first.ran)
    return _join(first.cell, second.cell, first.ran)


class _Attempt(NamedTuple):
    cell: Cell
    ran: int | None = None
    """Number of operations to measure without the one that ended it; if that is worthwhile."""


def _attempt(
    spec: CellSpec,
    registry: ProcessRegistry | None,
    show: Callable[[str], object],
    most_ops: float = math.inf,
) -> _Attempt:
    children = Children()
    with (  # whoever removes the socket's folder comes first
        AgentProcess(spec.python, spec.effort.time_limit, folder=children.folder) as process,
        children,
        registered(registry, process),
    ):
        # Only now: numpy loads while the process starts.
        from unknot.measuring.measurement import FEWEST, Measurement

        measurement = Measurement(spec, process, children, show, most_ops)
        try:
            measurement.measure()
            return _Attempt(measurement.cell())
        except CellFailed as error:
            said = CellError(
                kind=error.kind,
                message=str(error),
                traceback=error.traceback,
                output=process.output_tail(),
                exit_status=error.exit_status,
            )
            if isinstance(error, ForgedAnswer):
                return _Attempt(cell_of(spec, error=said))
            cell = measurement.cell(said)
            ran = measurement.ran(error)
            is_of_an_operation = error.kind == "raised" or error.exit_status not in (None, LOST)
            again = is_of_an_operation and ran >= FEWEST and not measurement.is_named
            return _Attempt(cell, ran if again else None)


def _join(first: Cell, second: Cell, ran: int) -> Cell:
    """The more complete of two cells, with the error of the first."""
    assert first.error is not None
    if second.verdict is None or (
        second.verdict in ("clean", "undecided") and first.verdict not in (None, "undecided")
    ):
        return first
    again = (
        f"after {ran:,} operations it ended: {first.error.message}; so it was measured again, "
        "with fewer"
    )
    why = "; ".join(filter(None, (again, second.unconfirmed)))
    return structs.replace(second, error=first.error, unconfirmed=why)
