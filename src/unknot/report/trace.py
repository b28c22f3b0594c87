"""Findings as text, the same in the terminal, in a failing test and on the page.

As in LeakCanary: one step per line, the suspect underlined, a signature without addresses.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from itertools import groupby
from pathlib import PurePath
from textwrap import wrap

from unknot.records import Cell, Cycle, Growth, Leak, Step
from unknot.report.wording import (
    beside,
    cut_here,
    cycle_headline,
    freed,
    growth_headline,
    leak_headline,
    type_label,
    where_made,
)
from unknot.text import amount, clip, count, rate, visible

WIDTH = 80
INDENT = "  "
LONGEST = 60
"""Maximum length of a name."""
LONGEST_WORD = 250
"""Maximum length of a word in a note, so that a path can still be copied."""
MOST_STEPS = 24
MOST_CYCLES = 12
"""Maximum number of cycles shown per cell."""


def trace_of(what: Cycle | Leak | Growth) -> str:
    """The text form of a finding; only the signature of a cycle without steps."""
    if isinstance(what, Cycle):
        return "\n".join(cycle_trace(what)) if what.steps else _signature(what)
    return "\n".join(leak_trace(what) if isinstance(what, Leak) else growth_trace(what))


def _signature(cycle: Cycle) -> str:
    return f"signature {visible(cycle.signature)}"


def cycle_trace(cycle: Cycle, per: str = " per op") -> list[str]:
    """Lines of 80 columns, unless a name is longer. ``per`` is the unit of the figures."""
    lines = wrapped(cycle_headline(cycle, per))
    lines.append(INDENT + type_label(cycle.steps[0].source))
    lines += _steps(cycle.steps, cut_here(cycle.cut))
    if cycle.is_of_a_class:
        lines.append(f"{INDENT}made once: {freed(cycle.cut)}")
    lines += [line for path in cycle.also for line in _other_way(path)]
    lines += [
        INDENT + note
        for text in _notes(cycle)
        for note in wrap(text, WIDTH - len(INDENT), break_long_words=False, break_on_hyphens=False)
    ]
    return lines


def leak_trace(leak: Leak) -> list[str]:
    """The path from a root to the leaked object."""
    return [
        *wrapped(leak_headline(leak)),
        *chain_lines(leak.steps),
        *note_lines([beside(leak), leak.note, where_made(leak), leak.advice]),
    ]


def growth_trace(growth: Growth) -> list[str]:
    """What the process gains, and the path to an object that grows."""
    said = growth_headline(growth)
    if growth.kind == "object":
        said = f"{said} · no object is new"
    return [
        *wrapped(said),
        *chain_lines(growth.steps),
        *note_lines([growth.note, where_made(growth)]),
    ]


def chain_lines(steps: Sequence[Step]) -> list[str]:
    """A path from its root, one step per line."""
    return [INDENT + type_label(steps[0].source), *_steps(steps, "")] if steps else []


def note_lines(notes: Sequence[str | None]) -> list[str]:
    """Wrapped notes below a trace; ``None`` and empty ones are omitted."""
    return [
        INDENT + line
        for note in filter(None, notes)
        for line in wrap(_printable(note), WIDTH - len(INDENT))
    ]


def cell_traces(cell: Cell) -> list[str]:
    """The findings of a cell, each followed by an empty line, with at most :data:`MOST_CYCLES`."""
    traces = [
        *map(cycle_trace, cell.cycles[:MOST_CYCLES]),
        *_more_cycles(cell),
        *map(leak_trace, cell.leaks),
        *map(growth_trace, cell.growths),
    ]
    return [line for trace in traces for line in (*trace, "")]


def _more_cycles(cell: Cell) -> list[list[str]]:
    """A line about the cycles that are not shown, if any."""
    kinds, copies = len(cell.cycles[MOST_CYCLES:]), 0.0
    copies += sum(cycle.per_op for cycle in cell.cycles[MOST_CYCLES:])
    if cell.unnamed is not None:
        kinds += cell.unnamed.kinds
        copies += cell.unnamed.per_op
    if not kinds:
        return []
    text = f"{amount(kinds, 'more kind')} of cycle, {rate(round(copies, 9))} per op"
    if cell.unnamed is not None:
        text += f", {cell.unnamed.kinds:,} of them counted and not named"
    return [wrapped(f"{text}: -o FILE writes all that are named")]


def _steps(steps: Sequence[Step], verdict: str) -> list[str]:
    """One line per run of equal steps, with ``verdict`` below the first cut."""
    runs = [(step, len(list(equal))) for step, equal in groupby(steps)]
    shown = runs[:MOST_STEPS]
    labels = [clip(visible(step.label), LONGEST) for step, _ in shown]
    column = max(map(len, labels), default=0)
    lines = []
    for number, ((step, times), label) in enumerate(zip(shown, labels, strict=True), start=1):
        last = number == len(runs)
        often = f"  {count(times)} times" if times > 1 else ""
        branch = "╰─" if last else "├─"
        lines.append(f"{INDENT}{branch} {label:<{column}} → {type_label(step.target)}{often}")
        if step.cut:
            said = f" {verdict}" if not any(before.cut for before, _ in shown[: number - 1]) else ""
            lines.append(f"{INDENT}{' ' if last else '│'}  {'~' * len(label)}{said}")
    if len(runs) > len(shown):
        left_out = sum(times for _, times in runs[MOST_STEPS:])
        lines.append(f"{INDENT}… {amount(left_out, 'more step')}")
    return lines


def _other_way(path: Sequence[str]) -> list[str]:
    """Another cycle through the same objects, wrapped between steps."""
    lines: list[str] = []
    for step in (clip(visible(step), LONGEST) for step in path):
        if lines and len(lines[-1]) + len(step) + 5 <= WIDTH:
            lines[-1] += f" → {step}"
        elif lines:
            lines[-1] += " →"
            lines.append(f"{INDENT * 2}{step}")
        else:
            lines.append(f"{INDENT}also {step}")
    return lines


def _notes(cycle: Cycle) -> list[str]:
    notes = []
    if cycle.component > len(cycle.steps):
        notes.append(f"{cycle.component:,} objects hang together in this circle")
    notes.append(cycle.cut.instruction)
    if cycle.origin == "library":
        notes.append("all of it is the standard library's or the interpreter's own")
    if cycle.known:
        notes.append(f"known upstream: {cycle.known}")
    return [_printable(note) for note in notes]


def _printable(note: str) -> str:
    return " ".join(clip(word, LONGEST_WORD) for word in visible(note).split(" "))


def aligned(rows: Iterable[Sequence[str]], least: int = 0, words: int = 1) -> list[str]:
    """A table as lines; the first ``words`` columns are aligned left, the others right.

    The latter are at least ``least`` characters wide.
    """
    table = list(rows)
    widths = [max(map(len, column)) for column in zip(*table, strict=True)]
    return [
        INDENT
        + INDENT.join(
            text.ljust(width) if at < words else text.rjust(max(width, least))
            for at, (text, width) in enumerate(zip(row, widths, strict=True))
        ).rstrip()
        for row in table
    ]


def wrapped(text: str) -> list[str]:
    """``text`` in lines of 80 columns, unless a word is longer, with a hanging indent."""
    return wrap(
        text, WIDTH, subsequent_indent=INDENT, break_long_words=False, break_on_hyphens=False
    )


AROUND = 2
"""Number of lines shown before and after the cut."""
WIDEST = 120
"""Maximum length of a source line."""


def lines_at(where: str | None, file: str, text: str) -> str:
    """The line of ``text`` that ``where`` names, such as ``kept.py:5``, marked, with context.

    ``text`` is the content of ``file``. Empty if ``where`` is in another file or past its end.
    """
    name, _, number = (where or "").rpartition(":")
    if PurePath(name).name != PurePath(file).name or not (number.isascii() and number.isdigit()):
        return ""
    lines, at = text.splitlines(), int(number[:9])
    if not 0 < at <= len(lines):
        return ""
    shown = range(max(at - AROUND, 1), min(at + AROUND, len(lines)) + 1)
    width = len(str(shown[-1]))
    return "\n".join(
        f"{'→' if one == at else ' '} {one:>{width}}  "
        f"{clip(visible(lines[one - 1], keep=chr(9)), WIDEST)}".rstrip()
        for one in shown
    )
