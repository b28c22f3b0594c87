"""Bencher's own form, BMF: benchmark, measure, value."""

from __future__ import annotations

import msgspec

from unknot.records import Result
from unknot.report.exports.series import benchmark_name, measured

__all__ = ["bencher_json"]

_NANO = 1e9
"""Bencher's measure ``latency`` is in nanoseconds."""


def bencher_json(result: Result) -> bytes:
    """An object of benchmarks, each an object of measures."""
    found: dict[str, dict[str, dict[str, float]]] = {}
    for cell in measured(result):
        assert cell.per_op is not None
        found.setdefault(benchmark_name(cell, result), {}).update(
            {
                "cyclic": {"value": cell.per_op.cyclic},
                "leaked": {"value": cell.per_op.leaked},
                "blocks-leaked": {"value": cell.per_op.blocks_leaked},
            }
        )
    for latency in result.latencies:
        value, half = latency.mean_s * _NANO, latency.stdev_s * _NANO
        found.setdefault(benchmark_name(latency, result), {})["latency"] = {
            "value": value,
            "lower_value": max(value - half, 0.0),
            "upper_value": value + half,
        }
    return msgspec.json.format(msgspec.json.encode(found), indent=1) + b"\n"
