"""The sections of the page below the verdict, in the order of the reader's questions."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from itertools import groupby
from pathlib import Path, PurePath
from types import MappingProxyType
from urllib.parse import quote

from unknot.records import Cycle, Growth, Result
from unknot.records.judgement import Judgement
from unknot.report.cases import is_history
from unknot.report.document import (
    MOST_ROWS,
    Block,
    Bullets,
    Command,
    Fold,
    Heading,
    Line,
    Link,
    Links,
    Picture,
    Section,
    Table,
    Trace,
    left_out,
)
from unknot.report.figures import pictures
from unknot.report.findings import Cuts, Placed
from unknot.report.holders import holders_pictures
from unknot.report.summary import judged
from unknot.report.tables.allocations import allocations_tables, flames
from unknot.report.tables.differences import differences_table
from unknot.report.tables.left import by_process_table, per_op_table, processes_table, types_table
from unknot.report.tables.live import live_table, memory_table, reduction_table
from unknot.report.tables.releases import changes_table, history_of, releases_table
from unknot.report.tables.run import (
    absent,
    command_line,
    environment_table,
    errors_table,
    machines_table,
    measured_by_table,
    notes,
    outputs,
)
from unknot.report.tables.times import collector_table, latency_table
from unknot.text import clip, visible

NO_SOURCES: Mapping[str, str] = MappingProxyType({})
"""No workload's source is available."""
_MOST_TYPES = 15
_MOST_PAIRS = 4
_RINGS = (
    "Each ring is a circle of objects that keep one another alive until the collector comes. "
    "Without the reference that is cut, all of it is freed at once."
)


def sections(
    result: Result,
    found: Cuts,
    files: Sequence[Path],
    claims: Mapping[str, float],
    judgement: Judgement | None,
    folder: Path,
    sources: Mapping[str, str] = NO_SOURCES,
) -> list[Section]:
    """The sections that have content, errors first. ``sources`` are texts by workload."""
    drawn = pictures(result, files, claims)

    def section(
        key: str, heading: str, *tables: Table | None, lead: str = "", more: Sequence[Block] = ()
    ) -> Section:
        """The section's pictures above its tables; empty without a table."""
        there = _shortened(*tables)
        above: tuple[Picture, ...] = drawn.get(key, ()) if there else ()
        return Section(key, heading, (*above, *there, *more), lead)

    every = [
        section("errors", "Errors", errors_table(result, 400), more=outputs(result)),
        _judged(judgement, found),
        section("differences", "What changed", _differences(result), lead=_sides(result)),
        section("releases", "Release by release", *_releases(result)),
        _cuts(found, sources),
        section(
            "left",
            "What one operation leaves",
            per_op_table(result, merged=True),
            more=[
                Fold(table.caption, (table,))
                for table in _shortened(
                    per_op_table(result, merged=False), types_table(result, _MOST_TYPES)
                )
            ],
        ),
        section("live", "Live objects", live_table(result, _MOST_TYPES)),
        section("reduction", "The reduction", reduction_table(result, claims, 40)),
        section("collector", "What garbage costs", collector_table(result)),
        section("latency", "Time of one operation", latency_table(result)),
        _allocations(result, drawn.get("allocations", ()), folder),
        section("memory", "Memory", memory_table(result)),
        section(
            "processes",
            "Process by process",
            *_pairs_of_processes(result),
            by_process_table(result),
        ),
        _machines(result),
        _notes(notes(result)),
        Section("repeat", "How to repeat it", tuple(_repeat(result))),
    ]
    return [one for one in every if one.blocks]


def _shortened(*tables: Table | None) -> tuple[Table, ...]:
    return tuple(table.shortened() for table in tables if table is not None)


def _judged(judgement: Judgement | None, cuts: Cuts) -> Section:
    """The gate's messages, links to the new cycles, then its tables."""
    if judgement is None:
        return Section("gate", "", ())
    found = judged(judgement, MOST_ROWS)
    places = {one.finding.key: one.key for one in (*cuts.drawn, *cuts.rest)}
    traces: list[Block] = []
    links = []
    for one in found.traces:
        if isinstance(one, Trace) and one.signature in places:
            links.append(Link(one.title, f"#{places[one.signature]}"))
        else:
            traces.append(one)
    if links:
        traces.insert(0, Links("Below, each with its cut:", links))
    said = [
        one._replace(
            texts=one.texts[:MOST_ROWS],
            more=f"and {len(one.texts) - MOST_ROWS} more, which unknot check prints"
            * (len(one.texts) > MOST_ROWS),
        )
        for one in found.messages
    ]
    tables = [one._replace(key=f"gate-{one.key}") for one in _shortened(*found.tables)]
    return Section("gate", "What the gate says", (*said, *traces, *tables))


def _differences(result: Result) -> Table | None:
    """All differences of a comparison."""
    among = {cell.case.without("variant", "requirements") for cell in result.cells}
    return differences_table(result.differences, len(result.differences), len(among) == 1, among)


def _sides(result: Result) -> str:
    """The names of the compared variants."""
    for first in result.differences[:1]:
        old, new = (clip(visible(name), 80) for name in (first.baseline, first.candidate))
        return f"Old: {old}. New: {new}." if old != new else ""
    return ""


def _releases(result: Result) -> tuple[Table | None, ...]:
    if not is_history(result):
        return ()
    history = history_of(result, {})
    return releases_table(history), changes_table(history)


def _cuts(found: Cuts, sources: Mapping[str, str]) -> Section:
    """The findings: drawings by variant, then the others as text."""
    blocks: list[Block] = []
    for variant, mine in groupby(found.drawn, lambda one: one.finding.variant):
        group = list(mine)
        blocks.append(Heading(group[0].finding.name, variant))
        blocks += [_with_source(one, sources) for one in group]
    if found.rest:
        more = len(found.rest) + found.left_out
        alone = f"; in result.json alone: {found.left_out} of them" if found.left_out else ""
        blocks.append(Line(f"Not drawn: {more} more{alone}."))
        texts = tuple(one.trace for one in found.rest)
        blocks.append(Fold(f"{len(found.rest)} more, as text", texts))
    rings = any(isinstance(one.finding.what, Cycle) and one.drawing.ring for one in found.drawn)
    return Section("findings", "What to cut", tuple(blocks), _RINGS if rings else "")


def _with_source(one: Placed, sources: Mapping[str, str]) -> Trace:
    """The drawing of a finding, with the source lines at the cut."""
    finding = one.finding
    where = None if isinstance(finding.what, Growth) else finding.what.where
    source = PurePath(finding.workload.partition(".py:")[0]).with_suffix(".py")
    lines = lines_at(where, str(source), sources.get(finding.workload, ""))
    return one.drawing._replace(source=lines)


def _allocations(result: Result, drawn: Sequence[Picture], folder: Path) -> Section:
    """Allocation sites, holders of leaks, and links to memray's pages that exist."""
    tables, holders = _shortened(*allocations_tables(result)), holders_pictures(result)
    blocks: list[Block] = [*drawn, *holders, *tables] if tables or holders else []
    files = flames(result, folder)
    if blocks and files:
        links = [Link(variant, quote(name)) for variant, name in files]
        blocks.append(Links("memray's flame graphs of what is left:", links))
    heading = "Where memory is allocated, and who holds it"
    return Section("allocations", heading, tuple(blocks))


def _pairs_of_processes(result: Result) -> Iterator[Table]:
    """Tables of the first compared pairs of cells that ran in several processes."""
    sides = dict.fromkeys((one.baseline, one.candidate) for one in result.differences)
    pairs = [
        (before, after)
        for old, new in sides
        for before in result.cells
        for after in result.cells
        if (before.variant, after.variant) == (old, new)
        and (before.case.work, before.gc) == (after.case.work, after.gc)
    ]
    for number, pair in enumerate(pairs[:_MOST_PAIRS]):
        table = processes_table(*pair)
        if table is not None:
            yield table._replace(key=f"processes-{number}")


def _machines(result: Result) -> Section:
    """The machines that measured a plan; the times of cells are folded away."""
    there = _shortened(machines_table(result))
    folded = [
        Fold(table.caption, (table,)) for table in _shortened(measured_by_table(result)) if there
    ]
    lead = "Counts compare between machines, times only within one."
    return Section("machines", "Which machine measured what", (*there, *folded), lead)


def _notes(texts: list[str]) -> Section:
    blocks = (Bullets(texts[:MOST_ROWS]),) if texts else ()
    lead = left_out(len(texts) - MOST_ROWS, "note")
    return Section("notes", "Notes of the measurement", blocks, lead)


def _repeat(result: Result) -> Iterator[Block]:
    """The command, the environment, and what was not measured."""
    yield Command(command_line(result.environment))
    yield from _shortened(environment_table(result.environment))
    if missing := absent(result):
        yield Bullets(missing, "Not measured")


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
