"""The form that github-action-benchmark calls ``customSmallerIsBetter``."""

from __future__ import annotations

from typing import Any

import msgspec

from unknot.records import Cell, Result
from unknot.report.exports.series import benchmark_name, measured

__all__ = ["github_benchmark_json"]


def github_benchmark_json(result: Result) -> bytes:
    """A list of benchmarks, each with a name, a unit and a value."""
    points: list[dict[str, Any]] = [
        {"name": f"{benchmark_name(cell, result)} – {name}", "unit": unit, "value": value}
        for cell in measured(result)
        for name, unit, value in _values(cell)
    ]
    for latency in result.latencies:
        points.append(
            {
                "name": f"{benchmark_name(latency, result)} – time",
                "unit": "s/op",
                "value": latency.mean_s,
                "range": f"± {latency.stdev_s:.3g}",
            }
        )
    return msgspec.json.format(msgspec.json.encode(points), indent=1) + b"\n"


def _values(cell: Cell) -> list[tuple[str, str, float]]:
    assert cell.per_op is not None
    return [
        ("cyclic", "objects/op", cell.per_op.cyclic),
        ("leaked", "objects/op", cell.per_op.leaked),
        ("blocks leaked", "blocks/op", cell.per_op.blocks_leaked),
    ]
