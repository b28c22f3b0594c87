"""The wording of a finding, as phrases and as lines: what it is, where, and what a cut frees.

Terminal, page, rings, failing tests and comparisons all use it. How to make the cut is in the
record, from :mod:`unknot.heap.cut_advice`. As in LeakCanary: one step per line, the suspect
underlined, a signature without addresses.
"""

from __future__ import annotations

from collections.abc import Sequence
from itertools import groupby
from textwrap import wrap
from typing import TypeAlias

from unknot.records import Cell, Cut, Cycle, Growth, Leak, Step
from unknot.text import amount, amounts, clip, count, memory, rate, span, visible

What: TypeAlias = Cycle | Leak | Growth

WIDTH = 80
INDENT = "  "
LONGEST = 60
"""Maximum length of a name."""
LONGEST_WORD = 250
"""Maximum length of a word in a note, so that a path can still be copied."""
MOST_STEPS = 24
MOST_CYCLES = 12
"""Maximum number of cycles shown per cell."""
_VERBS = {".": "clear", "[": "remove"}
"""By the first character of a reference's name."""
_CANNOT = "no statement clears"
"""Begins the instruction for references held by C code."""


def type_label(name: str) -> str:
    """A type's name, with its module if that has one part (``asyncio.Task``)."""
    parts = visible(name).split(".")
    if len(parts) > 1 and parts[0] == "builtins":
        parts = parts[1:]
    return clip(".".join(parts) if len(parts) == 2 else parts[-1], LONGEST)


def cycle_headline(cycle: Cycle, per: str = " per op") -> str:
    """``1 cycle per op · 14 objects per op wait for the collector · signature 3f9a1c``."""
    copies = amount(cycle.per_op, "cycle")
    objects = amount(cycle.objects_per_op, "object")
    octets = f", {memory(cycle.bytes_per_op)}" if cycle.bytes_per_op else per
    return (
        f"{copies}{per} · {objects}{octets} wait for the collector · "
        f"signature {visible(cycle.signature[:6])}"
    )


def leak_headline(leak: Leak) -> str:
    """``1 object per op leaked · app.Entry stays reachable``, or which container fills."""
    if leak.is_memory and not leak.steps:
        return f"{amount(leak.per_op, 'block')} of memory per op leaked"
    if leak.runs:
        noun, _, said = visible(leak.runs).partition(" ")
        verb = "runs" if leak.per_op == 1 else "run"
        return f"{amount(leak.per_op, noun)} per op still {verb}: {said}"
    if leak.per_op:
        objects = amount(leak.per_op, "object")
        octets = f" · {memory(leak.bytes_per_op)}" if leak.bytes_per_op else ""
        return f"{objects} per op leaked{octets} · {type_label(leak.type)} stays reachable"
    octets = f" by {memory(leak.bytes_per_op)} per op" if leak.bytes_per_op else ""
    return f"{type_label(leak.type)} fills{octets}, and stays reachable"


def growth_headline(growth: Growth) -> str:
    """``bytearray grows by 10.0 KB per op``, or what the process gains outside of objects."""
    if growth.kind == "object":
        return f"{type_label(growth.type)} grows by {memory(growth.per_op)} per op"
    if growth.is_bytes:
        gained = memory(growth.per_op)
        return f"the process gains {gained} per op outside any counted object"
    noun, ending = NOUNS[growth.kind]
    return f"the process gains {amount(growth.per_op, noun, ending)} per op"


NOUNS = {
    "file descriptors": ("open file descriptor", "s"),
    "threads": ("thread", "s"),
    "child processes": ("child process", "es"),
    "mappings": ("memory mapping", "s"),
}


GAINED_BY = {
    "object": "it grows",
    "c heap": "allocated",
    "unique memory": "allocated",
    "mappings": "mapped",
    "file descriptors": "opened",
    "threads": "started",
    "child processes": "started",
}
"""What the code at the recorded place did, by kind of growth."""


def where_made(what: Leak | Growth) -> str | None:
    """``made at app.py:4, called from app.py:6``; ``None`` if unknown."""
    if isinstance(what, Growth):
        return called_from(GAINED_BY[what.kind], what.made)
    if what.runner:
        return called_from("started", what.made)
    return called_from("made" if what.per_op else "what stays was made", what.made)


def called_from(happens: str, frames: Sequence[str]) -> str | None:
    """What ``happens`` at the first frame, and its callers; ``None`` without frames."""
    if not frames:
        return None
    callers = f", called from {', '.join(frames[1:])}" if frames[1:] else ""
    return f"{happens} at {frames[0]}{callers}"


def beside(leak: Leak) -> str:
    """How many other objects the same holder leaks; may be empty."""
    others = leak.objects_per_op - leak.per_op
    if others <= 0:
        return ""
    if others == 1:
        return "1 object of another type per op is leaked beside it"
    return f"{rate(others)} objects of other types per op are leaked beside it"


def freed(cut: Cut, space: str = " ") -> str:
    """``frees 14 of 14``, with ``space`` between the figures."""
    return f"frees {rate(cut.frees_per_op)}{space}of{space}{rate(cut.of_per_op)}"


def cut_here(cut: Cut) -> str:
    """Shown below the reference to cut."""
    several = f", with {len(cut.edges) - 1} more" if len(cut.edges) > 1 else ""
    return f"cut here: {freed(cut)}{several}"


def task(cycle: Cycle) -> str:
    """``clear DispatchSession.worker_task``: the cut in a few words."""
    edges = [visible(edge) for edge in cycle.cut.edges or [cycle.cut.edge] if edge]
    if not edges:
        return "no cut was found"
    more = f" and {count(len(edges) - 1)} more" if len(edges) > 1 else ""
    return f"{_task(cycle, edges[0])}{more}"


def _task(cycle: Cycle, edge: str) -> str:
    """The reference's name after the verb that fits it."""
    label = next((visible(step.label) for step in cycle.steps if step.cut), "")
    if edge.startswith("class "):
        return f"avoid {edge}"
    if label.startswith("local ") and edge.endswith(f" {label}"):
        return f"delete {label} in {edge.removesuffix(label).rstrip()}"
    fits = label and edge.endswith((label, label.removesuffix(".__self__")))
    if not fits or _CANNOT in cycle.cut.instruction.lower():
        return f"cut {edge}"
    return f"{_VERBS.get(label[0], 'cut')} {edge}"


def says(each: Sequence[What]) -> str:
    """``Cut Session.worker_task: it frees 11 of 11 objects``, or what holds a leak.

    ``each`` are the records of one finding, one per case.
    """
    what = each[0]
    if isinstance(what, Cycle):
        edges = " and ".join(clip(visible(edge), 80) for edge in what.cut.edges)
        return (
            f"Cut {edges}: it frees {_of_each([one.cut for one in each if isinstance(one, Cycle)])}"
        )
    if isinstance(what, Growth):
        said = growth_headline(what)
        return said[:1].upper() + said[1:]
    label = "Memory" if what.is_memory else type_label(what.type)
    if what.runs:
        return f"{label} still runs: {clip(visible(what.runs.partition(' ')[2]), 120)}"
    if not what.steps:
        return f"{label} leaks, and no holder was found"
    held = visible(f"{what.steps[0].source}{what.steps[0].label}")
    return f"{label} leaks, held by {clip(held, 120)}"


def _of_each(cuts: Sequence[Cut]) -> str:
    """``11 of 11 objects``, ``all 11 to 23 objects``."""
    frees, of = [cut.frees_per_op for cut in cuts], [cut.of_per_op for cut in cuts]
    some = "all" if len(set(of)) > 1 and frees == of else f"{span(frees)} of"
    return f"{some} {amounts(of, 'object')}"


def titled(each: Sequence[What], *, advised: bool = False) -> tuple[str, str]:
    """What a finding says, or with ``advised`` what to do if that is known, and its text form.

    ``each`` are its records, one per case.
    """
    advice = to_do(each[0]) if advised else None
    return says(each) if advice is None else advice, trace_of(each[0])


def to_do(what: What) -> str | None:
    """How to make a cut, or to end a leak; ``None`` if that is not known."""
    if isinstance(what, Cycle):
        return clip(visible(what.cut.instruction), 400) if what.steps else None
    advice = what.advice if isinstance(what, Leak) else None
    return clip(visible(advice), 400) if advice else None


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
    return [*lines, *note_lines(_notes(cycle))]


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


def chain_lines(steps: Sequence[Step]) -> list[str]:
    """A path from its root, one step per line."""
    return [INDENT + type_label(steps[0].source), *_steps(steps, "")] if steps else []


def note_lines(notes: Sequence[str | None]) -> list[str]:
    """Wrapped notes below a trace, no path broken; ``None`` and empty ones are omitted."""
    return [
        INDENT + line
        for note in filter(None, notes)
        for line in wrapped(_printable(note), WIDTH - len(INDENT), "")
    ]


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
    return notes


def _printable(note: str) -> str:
    return " ".join(clip(word, LONGEST_WORD) for word in visible(note).split(" "))


def wrapped(text: str, width: int = WIDTH, indent: str = INDENT) -> list[str]:
    """``text`` in lines of that width, unless a word is longer, with a hanging indent."""
    return wrap(
        text, width, subsequent_indent=indent, break_long_words=False, break_on_hyphens=False
    )
