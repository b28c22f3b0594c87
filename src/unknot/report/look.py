"""A look at a process, live or from a dump, as text of 80 columns."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import NamedTuple

from unknot.records import Cycle, Leak
from unknot.records.look import Facts, Look, Suspect, TypeTotal
from unknot.report.cell_text import aligned
from unknot.report.wording import chain_lines, cycle_trace, note_lines, type_label, wrapped
from unknot.text import amount, clip, count, duration, memory, visible

__all__ = [
    "change_lines",
    "gained",
    "grown_headline",
    "grown_lines",
    "grown_trace",
    "look_lines",
    "new_cycles",
    "pause",
    "sizes",
    "suspect_headline",
    "suspect_trace",
]

MOST_TYPES = 10
MOST_TASKS = 10
MOST_CYCLES = 12
_HEAD = ("type", "objects", "bytes")
UNSEEN = "  nothing that can be seen holds them: C code does, or a function that runs"
LONGEST = 60
"""Maximum length of a coroutine's name."""


def look_lines(look: Look, *, verbose: bool = False) -> list[str]:
    """The process, its types, tasks and cycles, what retains most, and what has grown.

    ``verbose`` shows all types and tasks.
    """
    facts = look.facts
    lines = wrapped(
        f"Python {visible(facts.python)} · {amount(look.objects, 'object')} in {memory(look.bytes)}"
    )
    passes, thresholds = ("/".join(map(count, each)) for each in (facts.passes, facts.thresholds))
    frozen = f"; it ignores {amount(facts.frozen, 'frozen object')}" if facts.frozen else ""
    lines += wrapped(
        f"collector {'on' if facts.enabled else 'off'} · thresholds {thresholds} · collections so "
        f"far {passes}{frozen}"
    )
    lines += wrapped(f"paused for {pause(facts)}")
    lines += ["", *_totals(look.types, MOST_TYPES, verbose)]
    lines += list(_tasks(look, verbose))
    lines += ["", *_waiting(look)]
    for suspect in look.suspects:
        lines += ["", *wrapped(f"suspect: {suspect_headline(suspect)}"), *suspect_trace(suspect)]
    return [*lines, *grown_lines(look)]


def pause(facts: Facts) -> str:
    """How long the process was paused."""
    said = duration(facts.pause)
    if facts.stops > 1:
        said += f" in {facts.stops} pauses, the longest {duration(facts.longest)}"
    if facts.halted:
        said += f" (and held by a debugger, for at most {duration(facts.halted)})"
    return said


def grown_lines(look: Look) -> list[str]:
    """What has grown since the previous look, by its holder."""
    return [
        line
        for leak in look.grown
        for line in ("", *wrapped(f"grown: {grown_headline(leak)}"), *grown_trace(leak))
    ]


def new_cycles(old: Look, new: Look) -> list[Cycle]:
    """The cycles of which ``new`` has more copies than ``old``."""
    before = {cycle.signature: cycle.per_op for cycle in old.cycles}
    return [cycle for cycle in new.cycles if cycle.per_op > before.get(cycle.signature, 0)]


class Gain(NamedTuple):
    """A type that gained objects: their number before and after, and the bytes gained."""

    type: str
    before: int
    after: int
    bytes: int


def gained(old: Look, new: Look) -> list[Gain]:
    """The types that gained objects, most bytes first."""
    before = {total.type: (total.objects, total.bytes) for total in old.types}
    found = []
    for total in new.types:
        objects, octets = before.get(total.type, (0, 0))
        if total.objects > objects:
            found.append(Gain(total.type, objects, total.objects, total.bytes - octets))
    return sorted(found, key=lambda one: (-one.bytes, one.type))


def sizes(old: Look, new: Look) -> str:
    """``1,000 objects in 1.20 MB → 3,000 objects in 3.60 MB``."""
    return " → ".join(
        f"{amount(one.objects, 'object')} in {memory(one.bytes)}" for one in (old, new)
    )


def change_lines(old: Look, new: Look, *, verbose: bool = False) -> list[str]:
    """The changes between two looks at a process."""
    rows = gained(old, new)
    shown = rows if verbose else rows[:MOST_TYPES]
    lines = wrapped(sizes(old, new))
    if shown:
        changed = [
            (type_label(one.type), f"+{count(one.after - one.before)}", _signed(one.bytes))
            for one in shown
        ]
        lines += ["", *aligned([_HEAD, *changed], 11)]
    if len(rows) > len(shown):
        lines.append(f"  … {amount(len(rows) - len(shown), 'more type')} with -v")
    for cycle in new_cycles(old, new)[:MOST_CYCLES]:
        lines += ["", *cycle_trace(cycle, per="")]
    return [*lines, *grown_lines(new)]


def _signed(octets: int) -> str:
    return f"{'-' if octets < 0 else '+'}{memory(abs(octets))}"


def _totals(totals: Sequence[TypeTotal], most: int, verbose: bool) -> list[str]:
    shown = totals if verbose else totals[:most]
    rows = [(type_label(one.type), count(one.objects), memory(one.bytes)) for one in shown]
    lines = aligned([_HEAD, *rows], 11)
    if len(totals) > len(shown):
        lines.append(f"  … {amount(len(totals) - len(shown), 'more type')} with -v")
    return lines


def _tasks(look: Look, verbose: bool) -> Iterator[str]:
    if not look.tasks:
        return
    yield ""
    yield f"{amount(sum(group.tasks for group in look.tasks), 'asyncio task')}:"
    shown = look.tasks if verbose else look.tasks[:MOST_TASKS]
    for group in shown:
        where = f" ({visible(group.where)})" if group.where else ""
        name = clip(visible(group.coroutine), LONGEST)
        yield f"  {count(group.tasks):>7} {visible(group.state)}: {name}{where}"
    if len(look.tasks) > len(shown):
        yield f"  … {amount(len(look.tasks) - len(shown), 'more kind')} with -v"


def _waiting(look: Look) -> list[str]:
    if not look.garbage:
        return ["nothing waits for the collector"]
    lines = [f"{amount(look.garbage, 'object')} wait for the collector:"]
    for cycle in look.cycles[:MOST_CYCLES]:
        lines += ["", *cycle_trace(cycle, per="")]
    more = look.cycles[MOST_CYCLES:]
    if more:
        copies = sum(cycle.per_op for cycle in more)
        lines += ["", f"… {amount(len(more), 'more kind')} of cycle, {count(round(copies))} in all"]
    return lines


def suspect_headline(suspect: Suspect) -> str:
    """``dict retains 5.90 MB, 40% of what is reachable``."""
    label, share = type_label(suspect.type), f"{suspect.share:.0%}"
    return f"{label} retains {memory(suspect.bytes)}, {share} of what is reachable"


def suspect_trace(suspect: Suspect) -> list[str]:
    """The path to the suspect, and what it holds."""
    held = ", ".join(
        f"{count(total.objects)} {type_label(total.type)} with {memory(total.bytes)}"
        for total in suspect.holds
    )
    return [*chain_lines(suspect.steps), *note_lines([f"it holds {held}" if held else None])]


def grown_headline(leak: Leak) -> str:
    """``480 KB in 1,955 objects Session and 7,783 of other types``."""
    others = round(leak.objects_per_op - leak.per_op)
    beside = f" and {count(others)} of other types" if others > 0 else ""
    objects = f"{amount(leak.per_op, 'object')} {type_label(leak.type)}{beside}"
    return f"{memory(leak.bytes_per_op)} in {objects}"


def grown_trace(leak: Leak) -> list[str]:
    """The path to new objects that stay reachable."""
    return [*(chain_lines(leak.steps) or [UNSEEN]), *note_lines([leak.note, leak.advice])]
