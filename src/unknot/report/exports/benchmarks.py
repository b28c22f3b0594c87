"""Results as other programs store and draw them: github-action-benchmark's form, and Bencher's."""

from __future__ import annotations

from typing import Any

import msgspec

from unknot.records import Cell, Latency, Result
from unknot.text import visible


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
    octets = cell.per_op.bytes
    return [
        ("cyclic", "objects/op", cell.per_op.cyclic),
        ("leaked", "objects/op", cell.per_op.leaked),
        ("blocks leaked", "blocks/op", cell.per_op.blocks_leaked),
        *([] if octets is None else [("bytes kept", "bytes/op", octets)]),
    ]


_NANO = 1e9
"""Bencher's measure ``latency`` is in nanoseconds."""


def bencher_json(result: Result) -> bytes:
    """An object of benchmarks, each an object of measures."""
    found: dict[str, dict[str, dict[str, float]]] = {}
    for cell in measured(result):
        assert cell.per_op is not None
        octets = cell.per_op.bytes
        found.setdefault(benchmark_name(cell, result), {}).update(
            {
                "cyclic": {"value": cell.per_op.cyclic},
                "leaked": {"value": cell.per_op.leaked},
                "blocks-leaked": {"value": cell.per_op.blocks_leaked},
                **({} if octets is None else {"bytes": {"value": octets}}),
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
