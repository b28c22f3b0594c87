"""Where memory was allocated and left, for the person who asked for it."""

from __future__ import annotations

from rich.console import Console

from unknot.records import Allocations
from unknot.report.tables import brief_allocations_table
from unknot.report.terminal import rich_table, styled
from unknot.text import one_line, visible

__all__ = ["print_allocations"]


def print_allocations(allocations: Allocations, console: Console) -> None:
    """Prints the first few places, or why there are none."""
    plain = console.options.ascii_only
    if allocations.error is not None:
        text = f"allocations: {one_line(allocations.error)}"
        console.print(styled(text, "yellow", plain), soft_wrap=True)
        return
    table = brief_allocations_table(allocations)
    if table is None:
        console.print(styled("allocations: operations leave none", "", plain))
        return
    for part in rich_table(table, plain):
        console.print(part)
    if allocations.flame_graph is not None:
        text = f"memray's flame graph of what is left: {visible(allocations.flame_graph)}"
        console.print(styled(text, "", plain), soft_wrap=True)
