"""A process in which a workload is traced, separate from those that count or are timed."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

from unknot.errors import CellFailed
from unknot.measuring import tracer
from unknot.measuring.duties import Collect, RunOperations
from unknot.measuring.places import shorten
from unknot.measuring.process import AgentProcess, ProcessRegistry, registered
from unknot.measuring.spec import CellSpec
from unknot.measuring.tracer_duties import Equip

__all__ = ["is_instruments", "own_first", "traced_process"]

TRACER = Path(tracer.__file__)

MOST_FRAMES = 6


@contextmanager
def traced_process(
    spec: CellSpec,
    module: str,
    seconds: float | None = None,
    warmup: int | None = None,
    registry: ProcessRegistry | None = None,
) -> Iterator[AgentProcess]:
    """A process with ``module``, the workload open, warmed up and collected, collector off.

    ``seconds`` and ``warmup`` default to those of the cell. ``registry`` has it while it runs.
    """
    limit = spec.effort.time_limit if seconds is None else seconds
    with AgentProcess(spec.python, limit, TRACER) as process, registered(registry, process):
        process.open(spec, children=None)
        if not process.ask(Equip(module=module))["found"]:
            raise CellFailed(
                f"not measured: {module} is not in the environment of the measured Python "
                f"{process.python}; add --with {module}, or install 'unknot[allocations]' there"
            )
        process.ask(RunOperations(ops=spec.effort.warmup if warmup is None else warmup))
        process.ask(Collect())
        yield process


def is_instruments(file: str) -> bool:
    """Whether ``file`` is code of the instrument."""
    return Path(file).parent in (TRACER.parent, tracer.AGENT)


def own_first(stack: Sequence[tuple[str, int]]) -> list[str]:
    """``path:line`` of a stack without the instrument's frames, those of installed packages last.

    ``stack`` has the innermost first.
    """
    theirs = [one for one in stack if not is_instruments(one[0])]
    order = sorted(theirs, key=lambda frame: "/lib/python3." in frame[0])
    return [f"{shorten(file)}:{line}" for file, line in order[:MOST_FRAMES]]
