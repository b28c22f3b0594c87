"""What a result does not have, and what would measure it."""

from __future__ import annotations

from unknot.records import Result

__all__ = ["absent"]


def absent(result: Result) -> list[str]:
    """A sentence for each thing that was not measured; nothing where no cell was."""
    measured = [cell for cell in result.cells if cell.error is None]
    if not measured:
        return []
    missing = {
        "Where memory is allocated: not traced; unknot run --allocations traces it.": (
            not result.allocations
        ),
        "The time of an operation: not measured; unknot's benchmarks measure it with pyperf.": (
            not result.latencies
        ),
        "What the collector costs: no cell ran with it on; --gc auto measures one.": (
            all(cell.gc == "off" for cell in measured)
        ),
    }
    return [sentence for sentence, missed in missing.items() if missed]
