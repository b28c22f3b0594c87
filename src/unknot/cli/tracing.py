"""Traces the memory of measured cells, and writes memray's pages beside the result."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from pathlib import Path

from rich.console import Console

from unknot import files
from unknot.cli.output import say
from unknot.cli.progress import progress
from unknot.measuring.allocations import Traced, trace_memory, traceable
from unknot.measuring.spec import CellSpec
from unknot.records import Cell

__all__ = ["trace_cells"]


def trace_cells(
    specs: Mapping[int, CellSpec],
    cells: Mapping[int, Cell],
    page: Callable[[int, CellSpec], Path] | None,
    console: Console,
) -> Iterator[Traced]:
    """What memray and objgraph find in each variant and interpreter that could be measured.

    ``specs`` and ``cells`` are by place in the plan. ``page`` gives the path of memray's page for
    the first (0), second, … of them; ``None``: no pages.
    """
    chosen = list(traceable(specs, cells))
    undrawn = []
    with progress(console, "tracing", len(chosen)) as advance:
        for number, (spec, cell) in enumerate(chosen):
            path = page(number, spec) if page is not None else None
            traced = trace_memory(spec, cell, path.name if path is not None else None)
            if path is not None:
                _write(path, traced.flame_graph)
            if traced.undrawn is not None:
                undrawn.append(f"note: {spec.variant}: what holds leaks: {traced.undrawn}")
            yield traced
            advance(spec.label)
    for note in undrawn:
        say(note, err=True)


def _write(path: Path, page: bytes | None) -> None:
    """Write the page; without one, remove that of an older run."""
    if page is None:
        files.remove(path)
    else:
        files.replace(path, page)
