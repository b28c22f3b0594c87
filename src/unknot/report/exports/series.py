"""Names that stay the same from run to run, so that their values can be drawn as one line."""

from __future__ import annotations

from unknot.records import Cell, Latency, Result
from unknot.text import visible

__all__ = ["benchmark_name", "measured"]


def measured(result: Result) -> list[Cell]:
    """The cells that have counts."""
    return [cell for cell in result.cells if cell.error is None and cell.per_op is not None]


def benchmark_name(about: Cell | Latency, result: Result) -> str:
    """Variant and case; workload and the interpreter's minor version where there are several."""
    several = len({cell.workload for cell in result.cells}) > 1
    workload = about.workload if several and about.workload != about.variant else ""
    words = [workload, about.variant, *about.case.load, about.shape, about.ending, f"gc {about.gc}"]
    if isinstance(about, Cell) and len({_minor(cell) for cell in result.cells}) > 1:
        words.append(f"python {_minor(about)}")
    return visible(" ".join(filter(None, words)))


def _minor(cell: Cell) -> str:
    return ".".join(cell.python.split(".")[:2])
