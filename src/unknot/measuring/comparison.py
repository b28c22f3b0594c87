"""Compares variants: live objects of the same type after the same work. Pure."""

from __future__ import annotations

from collections.abc import Sequence

from unknot.records import Cell, Comparison

__all__ = ["compare_variants"]

APART = ("variant", "requirements")
"""The fields in which two compared cells may differ."""


def compare_variants(
    cells: Sequence[Cell], candidate: str, types: Sequence[str]
) -> list[Comparison]:
    """Every other variant compared with ``candidate``, cell by cell and type by type.

    With the collector off, the counts at the end are compared; with it on, the peaks. Cells without
    a measurement are omitted.
    """
    measured = [cell for cell in cells if cell.error is None]
    candidates = {cell.case.without(*APART): cell for cell in measured if cell.variant == candidate}
    return [
        _compare(cell, twin, name)
        for cell in measured
        if cell.variant != candidate
        and (twin := candidates.get(cell.case.without(*APART))) is not None
        for name in types
        if name in cell.types and name in twin.types
    ]


def _compare(baseline: Cell, candidate: Cell, name: str) -> Comparison:
    if baseline.gc == "off":
        live = baseline.types[name].after, candidate.types[name].after
    else:
        live = baseline.types[name].peak, candidate.types[name].peak
    return Comparison(
        baseline=baseline.variant,
        candidate=candidate.variant,
        shape=baseline.shape,
        ending=baseline.ending,
        gc=baseline.gc,
        type=name,
        workload=baseline.workload,
        python=baseline.python,
        backend=baseline.backend,
        in_flight=baseline.in_flight,
        requirements=candidate.requirements,
        measure="after" if baseline.gc == "off" else "peak",
        baseline_live=live[0],
        candidate_live=live[1],
        ratio=live[0] / live[1] if live[1] else None,
    )
