"""All that stands on the page below the verdict, in the order people ask."""

from __future__ import annotations

from base64 import b64encode
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import NamedTuple

from unknot.judgement import Judgement, Level
from unknot.records import Cycle, Result
from unknot.report.cases import grouped, is_history
from unknot.report.document import MOST_ROWS, Drawing, Section, Table, Tone, left_out, shortened
from unknot.report.figures.captions import Caption, captions, missing_pictures
from unknot.report.findings import Cuts
from unknot.report.holders import holders_pictures
from unknot.report.judgement import new_cycles, tone_of, verdict_of
from unknot.report.tables.allocations import allocations_tables, flames
from unknot.report.tables.differences import differences_table, figures_table
from unknot.report.tables.left import by_process_table, per_op_table, processes_table, types_table
from unknot.report.tables.live import live_table, memory_table, reduction_table
from unknot.report.tables.releases import changes_table, history_of, releases_table
from unknot.report.tables.run import (
    absent,
    command_line,
    environment_table,
    errors_table,
    notes,
    outputs,
)
from unknot.report.tables.times import collector_table, latency_table
from unknot.report.trace import cycle_trace
from unknot.report.verdict import Line
from unknot.text import clip, visible


class Drawings:
    """The pictures of one result, by file name."""

    def __init__(self, result: Result, files: Sequence[Path], claims: Mapping[str, float]) -> None:
        self._files = {path.name: path for path in files}
        self._captions: dict[str, Caption] = {one.name: one for one in captions(result, claims)}
        self._reasons = missing_pictures(result)

    def of(self, name: str) -> tuple[Drawing, ...]:
        """The picture of that name or why there is none; nothing where no result has such a one."""
        caption = self._captions.get(name)
        if caption is None:
            return ()
        if name not in self._files:
            reason = self._reasons.get(name, "pictures were not asked for")
            return (Drawing(caption.alternative, absent=reason),)
        picture = b64encode(self._files[name].read_bytes()).decode("ascii")
        return (Drawing(caption.alternative, f"data:image/png;base64,{picture}"),)


def holder_drawings(result: Result) -> tuple[Drawing, ...]:
    """What refers to what leaks, as Graphviz draws it."""
    return tuple(
        Drawing(
            one.alternative,
            one.source,
            one.absent,
            title=f"What refers to {one.type}, which {one.variant or 'the workload'} leaks",
            kind="graph",
        )
        for one in holders_pictures(result)
    )


_MOST_TRACES = 8
_HEADINGS: tuple[tuple[Level, str, Tone], ...] = (
    ("failure", "Fails", "bad"),
    ("warning", "Warnings", "warn"),
    ("note", "Notes", ""),
)


class Voice(NamedTuple):
    """What is said at one level."""

    heading: str
    tone: Tone
    texts: list[str]
    left_out: int


class Judged(NamedTuple):
    """All that is said, and each cycle that fails, after where it was found."""

    levels: list[Voice]
    traces: list[tuple[str, str]]


def judged_line(judgement: Judgement) -> Line:
    """The judgement in a sentence, for the top of the page."""
    said = verdict_of(judgement).removeprefix("unknot check: ")
    return Line(f"{said[0].upper()}{said[1:]}", tone_of(judgement))


def judged(judgement: Judgement | None) -> Section | None:
    """The section; ``None`` where nothing was judged."""
    if judgement is None:
        return None
    said = [
        Voice(heading, tone, [str(group) for group in groups[:MOST_ROWS]], len(groups[MOST_ROWS:]))
        for level, heading, tone in _HEADINGS
        if (groups := grouped(judgement.findings, level, judgement.cells))
    ]
    traces = [
        (f"New cycle{' in ' if place else ''}{place}", "\n".join(cycle_trace(cycle)))
        for cycle, place in new_cycles(judgement)[:_MOST_TRACES]
        if cycle.steps
    ]
    changes = differences_table(judgement.differences, MOST_ROWS, among=judgement.cells)
    named = changes._replace(key="gate-differences") if changes is not None else None
    return Section(
        "gate",
        "What the gate says",
        shortened(figures_table(judgement.figures, judgement.cells), named),
        partial="gate",
        content=Judged(said, traces),
    )


_MOST_TYPES = 15
_MOST_PAIRS = 4


def sections(
    result: Result,
    found: Cuts | None,
    drawings: Drawings,
    claims: Mapping[str, float],
    judgement: Judgement | None,
    folder: Path,
) -> list[Section]:
    """Those that have something to say; errors first."""
    every = [
        _errors(result),
        judged(judgement),
        _differences(result, drawings),
        _releases(result, drawings),
        _cuts(found),
        _left(result),
        _live(result, drawings),
        _reduction(result, drawings, claims),
        _collector(result, drawings),
        _latency(result, drawings),
        _allocations(result, drawings, folder),
        _memory(result, drawings),
        _processes(result),
        _notes(result),
        _repeat(result),
    ]
    return [one for one in every if one is not None]


def _errors(result: Result) -> Section | None:
    table = errors_table(result, 400)
    if table is None:
        return None
    return Section("errors", "Errors", shortened(table), partial="errors", content=outputs(result))


def _differences(result: Result, drawings: Drawings) -> Section | None:
    """Of a comparison: every figure that is not what it was."""
    if not result.differences:
        return None
    first = result.differences[0]
    among = {cell.case.without("variant", "requirements") for cell in result.cells}
    most = len(result.differences)
    table = differences_table(result.differences, most, len(among) == 1, among)
    old, new = (clip(visible(name), 80) for name in (first.baseline, first.candidate))
    lead = f"Old: {old}. New: {new}." if old != new else ""
    return Section(
        "differences",
        "What changed",
        shortened(table),
        drawings.of("differences.png"),
        lead=lead,
    )


def _releases(result: Result, drawings: Drawings) -> Section | None:
    if not is_history(result):
        return None
    history = history_of(result, {})
    tables = shortened(releases_table(history), changes_table(history))
    return Section("releases", "Release by release", tables, drawings.of("releases.png"))


def _cuts(found: Cuts | None) -> Section | None:
    if found is None:
        return None
    lead = (
        "Each ring is a circle of objects that keep one another alive until the collector comes. "
        "Without the reference that is cut, all of it is freed at once."
    )
    figures = [figure for group in found.groups for figure in group.figures]
    rings = any(figure.ring and isinstance(figure.finding.what, Cycle) for figure in figures)
    return Section(
        "findings", "What to cut", lead=lead if rings else "", partial="findings", content=found
    )


def _left(result: Result) -> Section | None:
    table = per_op_table(result, merged=True)
    if table is None:
        return None
    more = shortened(per_op_table(result, merged=False), types_table(result, _MOST_TYPES))
    return Section("left", "What one operation leaves", shortened(table), more=more)


def _live(result: Result, drawings: Drawings) -> Section | None:
    table = live_table(result, _MOST_TYPES)
    if table is None:
        return None
    return Section("live", "Live objects", shortened(table), drawings.of("live.png"))


def _reduction(result: Result, drawings: Drawings, claims: Mapping[str, float]) -> Section | None:
    table = reduction_table(result, claims, 40)
    if table is None:
        return None
    return Section("reduction", "The reduction", shortened(table), drawings.of("reduction.png"))


def _collector(result: Result, drawings: Drawings) -> Section | None:
    table = collector_table(result)
    if table is None:
        return None
    return Section("collector", "What garbage costs", shortened(table), drawings.of("pauses.png"))


def _latency(result: Result, drawings: Drawings) -> Section | None:
    table = latency_table(result)
    if table is None:
        return None
    return Section("latency", "Time of one operation", shortened(table), drawings.of("latency.png"))


def _allocations(result: Result, drawings: Drawings, folder: Path) -> Section | None:
    """Where memory comes from, memray's own pages where they are there, and who holds leaks."""
    tables = shortened(*allocations_tables(result))
    holders = holder_drawings(result)
    if not tables and not holders:
        return None
    return Section(
        "allocations",
        "Where memory is allocated, and who holds it",
        tables,
        (*drawings.of("allocations.png"), *holders),
        partial="allocations",
        content=flames(result, folder),
    )


def _memory(result: Result, drawings: Drawings) -> Section | None:
    table = memory_table(result)
    if table is None:
        return None
    return Section("memory", "Memory", shortened(table), drawings.of("memory.png"))


def _processes(result: Result) -> Section | None:
    """Each process; of a comparison, what it left before and after."""
    tables = shortened(*_pairs_of_processes(result), by_process_table(result))
    return Section("processes", "Process by process", tables) if tables else None


def _pairs_of_processes(result: Result) -> Iterator[Table]:
    """A table for each of the first cells that were compared and ran in several processes."""
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


def _notes(result: Result) -> Section | None:
    texts = notes(result)
    if not texts:
        return None
    shown, lead = texts[:MOST_ROWS], left_out(len(texts) - MOST_ROWS, "note")
    heading = "Notes of the measurement"
    return Section("notes", heading, lead=lead, partial="notes", content=shown)


def _repeat(result: Result) -> Section:
    """The command, where it was measured, and what was not."""
    return Section(
        "repeat",
        "How to repeat it",
        (environment_table(result.environment),),
        partial="repeat",
        content=(command_line(result.environment), absent(result)),
    )
