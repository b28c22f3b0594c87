"""Two measurements side by side: what is gone, new and changed, then the cycles by name."""

from __future__ import annotations

from collections.abc import Sequence

from rich.console import Console

from unknot.records import Cell, Cycle, Difference
from unknot.report.cases import where
from unknot.report.gate import traces
from unknot.report.number import amount
from unknot.report.tables.differences import differences_table
from unknot.report.tables.processes import processes_table
from unknot.report.terminal import rich_table, styled
from unknot.text import clip, visible

__all__ = ["print_comparison"]

MOST = 30
MOST_QUIET = 8


def print_comparison(
    differences: Sequence[Difference],
    pairs: Sequence[tuple[Cell, Cell]],
    console: Console,
    *,
    quiet: bool = False,
    verbose: bool = False,
) -> None:
    """Prints the table, biggest change first, then the cycles that are new and that remain.

    ``quiet`` leaves out what remains, ``verbose`` shows every change.
    """
    plain = console.options.ascii_only
    for names in dict.fromkeys((one.variant, other.variant) for one, other in pairs):
        if len(set(names)) > 1:
            said = "old: {}\nnew: {}\n".format(*(clip(visible(name), 60) for name in names))
            console.print(styled(said, "bold", plain))
    most = len(differences) if verbose else MOST_QUIET if quiet else MOST
    among = [after.case for _, after in pairs]
    table = differences_table(differences, most, one_cell=len(pairs) == 1, among=among)
    for part in rich_table(table, plain) if table is not None else ():
        console.print(part)
    for before, after in pairs:
        in_each = processes_table(before, after)
        for part in rich_table(in_each, plain) if in_each is not None else ():
            console.print(part)
    known = {cycle.signature for before, _ in pairs for cycle in before.cycles}
    found = _cycles([after for _, after in pairs])
    new = [(cycle, place) for cycle, place in found if cycle.signature not in known]
    remaining = [(cycle, place) for cycle, place in found if cycle.signature in known]
    for part in traces(new, plain):
        console.print(part)
    for part in traces(remaining if not quiet else [], plain, "Remaining cycle"):
        console.print(part)
    console.print(styled(_verdict(differences), "bold", plain))


def _cycles(cells: Sequence[Cell]) -> list[tuple[Cycle, str]]:
    """Each signature once, with the cells it was found in where there are several."""
    found: dict[str, tuple[Cycle, list[Cell]]] = {}
    for cell in cells:
        for cycle in cell.cycles:
            found.setdefault(cycle.signature, (cycle, []))[1].append(cell)
    several, among = len(cells) > 1, [cell.case for cell in cells]
    return [
        (cycle, where([cell.case for cell in mine], among) if several else "")
        for cycle, mine in found.values()
    ]


def _verdict(differences: Sequence[Difference]) -> str:
    worse = sum(one.worse for one in differences)
    if worse:
        return f"unknot compare: worse, {worse} of {amount(len(differences), 'change')}"
    return f"unknot compare: {'no difference' if not differences else 'not worse'}"
