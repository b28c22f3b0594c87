"""A look at a process as a page: garbage, growth, and what retains most of the heap."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path

from unknot.files import replace
from unknot.records import Cycle
from unknot.records.look import Dominator, Look
from unknot.records.look_file import LookFile
from unknot.report.document import (
    MOST_ROWS,
    Block,
    Branch,
    Entry,
    Fold,
    Line,
    Section,
    Trace,
    Tree,
    figures,
    heads,
    left_out,
    named,
    number,
    table,
    texts,
)
from unknot.report.look import (
    gained,
    grown_headline,
    grown_trace,
    new_cycles,
    pause,
    sizes,
    suspect_headline,
    suspect_trace,
)
from unknot.report.page import page_templates
from unknot.report.wording import cycle_trace, says, to_do, type_label
from unknot.text import amount, clip, count, memory, visible

__all__ = ["write_look_page"]

_MOST_DRAWN = 12
_MOST_TYPES = 15
_TREE = (
    "Without an object, everything below it would be free. A row unfolds to show what that object "
    "alone keeps; objects of one type that each keep little share a row."
)


def write_look_page(file: LookFile, folder: Path) -> Path:
    """``index.html`` in ``folder``.

    Raises :class:`~unknot.errors.UsageError` if jinja2 is missing or the folder is read-only.
    """
    page = (
        page_templates()
        .get_template("page.html.j2")
        .render(
            title=clip(visible(file.title), 200),
            release=visible(file.unknot),
            overall=None,
            verdict=list(_verdict(file)),
            unsaid="",
            answers=[],
            work="",
            workload="",
            timed=False,
            sections=[one for one in _sections(file) if one.blocks],
        )
    )
    return replace(folder / "index.html", page.encode("utf-8", "backslashreplace"))


def _verdict(file: LookFile) -> Iterator[Line]:
    """The lines at the top of the page."""
    look, before = file.look, file.before
    cycles = _cycles(file)
    if before is not None:
        yield Line(sizes(before, look), "bad" if look.grown else "")
        if not look.grown:
            yield Line("Nothing that stays reachable has grown", "good")
    for leak in look.grown[:3]:
        yield Line(f"Grown: {grown_headline(leak)}", "bad")
    if look.garbage:
        waiting = f"{amount(look.garbage, 'object')} in reference cycles wait for the collector"
        yield Line(waiting, "bad" if cycles else "")
    else:
        yield Line("Nothing waits for the collector", "good")
    for suspect in look.suspects[:3]:
        yield Line(suspect_headline(suspect), "warn")


def _cycles(file: LookFile) -> list[Cycle]:
    """All cycles; in a comparison, those with more copies than before."""
    return file.look.cycles if file.before is None else new_cycles(file.before, file.look)


def _sections(file: LookFile) -> Iterator[Section]:
    look = file.look
    yield Section("grown", "What has grown", tuple(_traces_of_grown(look)))
    heading = "What waits for the collector" if file.before is None else "New cycles"
    yield Section("findings", heading, tuple(_traces_of_cycles(_cycles(file))))
    yield Section("holding", "What holds most", tuple(_holding(look)), _TREE)
    yield Section("types", "Live objects", tuple(_types(file)))
    yield Section("tasks", "Asyncio tasks", tuple(_tasks(look)))
    yield Section("process", "The process", tuple(_process(look)))


def _traces_of_cycles(cycles: Sequence[Cycle]) -> Iterator[Block]:
    for cycle in cycles[:_MOST_DRAWN]:
        yield Trace(to_do(cycle) or "", "\n".join(cycle_trace(cycle, per="")))
    if rest := cycles[_MOST_DRAWN:]:
        told = tuple(
            Trace(says([cycle]), "\n".join(cycle_trace(cycle, per="")))
            for cycle in rest[:MOST_ROWS]
        )
        yield Fold(amount(len(rest), "more kind"), told)


def _traces_of_grown(look: Look) -> Iterator[Block]:
    for leak in look.grown:
        yield Trace(grown_headline(leak), "\n".join(grown_trace(leak)))


def _holding(look: Look) -> Iterator[Block]:
    for suspect in look.suspects:
        yield Trace(suspect_headline(suspect), "\n".join(suspect_trace(suspect)))
    if look.dominators:
        yield Tree(
            "dominators",
            f"Dominators of {memory(sum(one.bytes for one in look.dominators))}",
            ("object", "retains", "share"),
            tuple(map(_branch, look.dominators)),
        )


def _branch(one: Dominator) -> Branch:
    name = type_label(one.title) if " " not in one.title else visible(one.title)
    called = f"{visible(one.label)} → {name}" if one.label else name
    text = called if one.objects == 1 else f"{count(one.objects)} × {called}"
    return Branch(
        named(text, 120),
        (number(one.bytes, memory), number(one.share, lambda part: f"{part:.1%}")),
        tuple(map(_branch, one.below)),
    )


def _types(file: LookFile) -> Iterator[Block]:
    look, before = file.look, file.before
    if before is None:
        caption = "Objects by type, their own bytes"
        columns = figures("bytes", "objects")
        rows: list[tuple[str, *tuple[Entry, ...]]] = [
            (one.type, _octets(one.bytes), number(one.objects, count)) for one in look.types
        ]
    else:
        caption = "Objects by type, of which there are more"
        columns = figures("more bytes", "before", "after")
        rows = [
            (one.type, _octets(one.bytes), number(one.before, count), number(one.after, count))
            for one in gained(before, look)
        ]
    named_rows = ((named(type_label(name), 60), *rest) for name, *rest in rows)
    found = table("types", caption, heads("type") + columns, named_rows)
    if found is not None:
        note = left_out(len(found.rows) - _MOST_TYPES, "type")
        yield found.shortened(_MOST_TYPES)._replace(note=note)


def _octets(value: int) -> Entry:
    return Entry(f"{'−' * (value < 0)}{memory(abs(value))}", value)


def _tasks(look: Look) -> Iterator[Block]:
    found = table(
        "tasks",
        "Tasks by coroutine and state",
        (*heads("coroutine"), *texts("state", "defined at"), *figures("tasks")),
        (
            (
                named(one.coroutine, 60),
                named(one.state, 20),
                named(one.where or "", 80),
                number(one.tasks, count),
            )
            for one in look.tasks
        ),
    )
    if found is not None:
        yield found.shortened()


def _process(look: Look) -> Iterator[Block]:
    facts = look.facts
    rows = [
        ("Python", facts.python),
        ("taken", facts.taken),
        ("objects", f"{amount(look.objects, 'object')} in {memory(look.bytes)}"),
        ("collector", f"{'on' if facts.enabled else 'off'}, {facts.collector}"),
        ("thresholds", ", ".join(map(count, facts.thresholds))),
        ("collections so far, by generation", ", ".join(map(count, facts.passes))),
        ("paused for", pause(facts)),
    ]
    if facts.frozen:
        rows.append(("frozen objects, which the collector ignores", count(facts.frozen)))
    found = table(
        "environment",
        "How the look was taken",
        (*heads(""), *texts("")),
        ((named(name, 60), named(value, 200)) for name, value in rows if value),
    )
    if found is not None:
        yield found
