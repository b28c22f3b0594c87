"""Which pictures a result has no data for, and why; needs no matplotlib."""

from __future__ import annotations

from unknot.records import Cell, Result
from unknot.report.changes import object_changes
from unknot.report.pictures.gravest import gravest
from unknot.report.scenario import headline_cells, headline_comparisons

__all__ = ["collected", "missing_pictures", "sampled"]


def missing_pictures(result: Result) -> dict[str, str]:
    """The names of pictures that cannot be drawn, each with the reason."""
    cells = headline_cells(result).values()
    missing = {}
    if not gravest(result):
        missing["cycles.png"] = "no reference cycle was found"
    if not any(map(sampled, cells)):
        missing["live.png"] = "no cell sampled live objects"
    if not headline_comparisons(result):
        missing["reduction.png"] = "no two variants were compared"
    if not any(map(collected, cells)):
        missing["pauses.png"] = "no collector pass was recorded"
    if not any(one.left for one in result.allocations):
        missing["allocations.png"] = "no allocations were traced, or none was left"
    if not object_changes(result).found:
        missing["differences.png"] = "nothing was compared, or no count of objects changed"
    if not result.latencies:
        missing["latency.png"] = "no operation was timed"
    if not any(cell.memory is not None for cell in cells):
        missing["memory.png"] = "no cell measured its memory"
    return missing


def sampled(cell: Cell) -> bool:
    """Whether ``cell`` has a line to draw."""
    return cell.series is not None and len(cell.series.ops) > 1 and bool(cell.series.types)


def collected(cell: Cell) -> bool:
    """Whether ``cell`` saw the collector pass."""
    return cell.collections is not None and bool(cell.collections.log)
