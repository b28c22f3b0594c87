"""One cell in full, for the person who asked for it."""

from __future__ import annotations

from rich.console import Console

from unknot.records import Cell, PerOp
from unknot.report.number import amount, count, rate
from unknot.report.processes import process_lines
from unknot.report.subject import subject, with_hint
from unknot.report.terminal import styled
from unknot.report.trace import cell_traces, type_label, wrapped
from unknot.text import clip, one_line, visible

__all__ = ["cell_lines", "print_cell"]

MOST_TYPES = 8
LONGEST = 1_000
"""Characters of a message."""
LONGEST_TEXT = 20_000
"""Characters of a traceback, or of what a process printed."""


def print_cell(
    cell: Cell,
    console: Console,
    *,
    quiet: bool = False,
    verbose: bool = False,
    interpreter: bool = False,
) -> None:
    """Prints :func:`cell_lines`; where the output has no Unicode, in ASCII."""
    plain = console.options.ascii_only
    for line in cell_lines(cell, quiet=quiet, verbose=verbose, interpreter=interpreter):
        console.print(styled(line, "", plain), highlight=False, soft_wrap=True)


def cell_lines(
    cell: Cell, *, quiet: bool = False, verbose: bool = False, interpreter: bool = False
) -> list[str]:
    """The verdict, what an operation leaves behind by type, then each cycle and leak.

    ``quiet`` leaves the middle out, ``verbose`` shows all types, ``interpreter`` names it.
    """
    title = subject(cell, interpreter=interpreter)
    if cell.verdict is None:
        return _error_lines(title, cell)
    lines = [f"{title}: {cell.verdict}"]
    if cell.unconfirmed is not None:
        lines += wrapped(f"unconfirmed: {visible(cell.unconfirmed)}")
    if not quiet:
        lines += [*_per_op_lines(cell), *_type_lines(cell, verbose)]
        lines += process_lines(cell.processes)
    lines += [line for note in cell.notes for line in wrapped(f"note: {visible(note)}")]
    ended = ["", *_error_lines(title, cell)] if cell.error is not None else []
    return [*lines, "", *cell_traces(cell), *ended]


def _error_lines(title: str, cell: Cell) -> list[str]:
    error = cell.error
    assert error is not None
    lines = [f"{title}: {error.kind}: {clip(one_line(error.message), LONGEST)}"]
    hint = with_hint(cell)
    if hint is not None:
        lines += wrapped(f"hint: {hint}")
    for text in (error.traceback, error.output):
        if text:
            said = clip(text.rstrip(), LONGEST_TEXT)
            lines += ["", *(f"  {visible(line)}" for line in said.splitlines())]
    return [*lines, ""]


def _per_op_lines(cell: Cell) -> list[str]:
    per_op = cell.per_op
    if per_op is None:
        return []
    figures = (
        (per_op.cyclic, f"{rate(per_op.cyclic)} cyclic{_followers(per_op)}"),
        (per_op.leaked, f"{rate(per_op.leaked)} leaked"),
        (per_op.blocks, f"{amount(per_op.blocks, 'block')} allocated"),
        (per_op.blocks_leaked, f"{amount(per_op.blocks_leaked, 'block')} leaked"),
        (
            per_op.asyncgen_finalizers,
            amount(per_op.asyncgen_finalizers, "async-generator finalizer call"),
        ),
    )
    said = [words for figure, words in figures if figure]
    said = said or ["nothing" if cell.verdict == "clean" else "no new object"]
    windows = ", ".join(count(window.ops) for window in cell.windows)
    return [
        *wrapped(f"per operation: {' · '.join(said)}"),
        *wrapped(f"rounds of {windows} operations"),
    ]


def _followers(per_op: PerOp) -> str:
    """How much of what is cyclic only goes when the garbage goes, as a weak reference to it."""
    followers = round(per_op.cyclic - per_op.garbage, 9)
    if not per_op.garbage or followers <= 0:
        return ""
    verb = "goes" if followers == 1 else "go"
    return f" ({rate(per_op.garbage)} garbage, {rate(followers)} that {verb} with it)"


def _type_lines(cell: Cell, verbose: bool) -> list[str]:
    left = {
        name: found
        for name, found in cell.types.items()
        if found.cyclic_per_op or found.leaked_per_op
    }
    if not left:
        return []
    order = sorted(left, key=lambda name: (-left[name].retained_per_op, name))
    shown = order if verbose else order[:MOST_TYPES]
    width = max(len(type_label(name)) for name in shown)
    lines = ["", f"  {'type':<{width}}  {'cyclic':>9}  {'leaked':>9}   per operation"]
    lines += [
        f"  {type_label(name):<{width}}  {rate(left[name].cyclic_per_op):>9}"
        f"  {rate(left[name].leaked_per_op):>9}"
        for name in shown
    ]
    if len(order) > len(shown):
        lines.append(f"  … {amount(len(order) - len(shown), 'more type')} with -v")
    return lines
