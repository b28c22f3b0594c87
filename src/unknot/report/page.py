"""The result as one HTML page that needs nothing but itself."""

from __future__ import annotations

from base64 import b64encode
from collections.abc import Mapping, Sequence
from hashlib import sha256
from importlib.resources import files
from pathlib import Path
from typing import NamedTuple

from unknot.errors import UsageError
from unknot.records import Cell, Result
from unknot.report.claims import NO_CLAIMS
from unknot.report.files import replace
from unknot.report.findings import findings
from unknot.report.name import clip, visible
from unknot.report.notes import notes
from unknot.report.palette import looks
from unknot.report.pictures import Caption, captions, missing_pictures
from unknot.report.scenario import failed, headline, headline_cells, variants, work
from unknot.report.table import Table
from unknot.report.tables import (
    collector_table,
    command_line,
    environment_table,
    errors_table,
    latency_table,
    live_table,
    memory_table,
    per_op_table,
    reduction_table,
    types_table,
)
from unknot.report.tables.differences import differences_table
from unknot.report.verdict import verdict_lines

__all__ = ["write_page"]

_LONGEST_OUTPUT = 20_000
_MOST_TYPES = 15
_MOST_CHANGES = 200


class Section(NamedTuple):
    """A heading, a picture or why there is none, and tables."""

    key: str
    """The heading's address on the page."""
    heading: str
    tables: tuple[Table, ...]
    caption: Caption | None = None
    source: str = ""
    """The picture as a data URI."""
    absent: str = ""
    more: Table | None = None
    """A long table, folded away."""


class Output(NamedTuple):
    """What a failed cell said before it ended."""

    summary: str
    text: str


def write_page(
    result: Result, folder: Path, pictures: Sequence[Path], claims: Mapping[str, float] = NO_CLAIMS
) -> Path:
    """``index.html`` in ``folder``, with ``pictures`` inside it.

    Raises :class:`~unknot.errors.UsageError` where jinja2 is missing or the folder is read-only.
    """
    try:
        import jinja2
    except ModuleNotFoundError as error:
        raise UsageError("the page needs jinja2: python -m pip install 'unknot[report]'") from error
    environment = jinja2.Environment(
        loader=jinja2.PackageLoader("unknot.report", "templates"),
        autoescape=True,
        undefined=jinja2.StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    script = (files("unknot.report") / "templates" / "page.js").read_text("utf-8")
    digest = b64encode(sha256(script.encode()).digest()).decode("ascii")
    page = environment.get_template("page.html.j2").render(
        script=script,
        digest=f"sha256-{digest}",
        title=clip(visible(result.title), 200),
        release=visible(result.unknot),
        verdict=verdict_lines(result),
        work=work(result),
        workload=_workload(result),
        errors=errors_table(result, 400),
        outputs=[output for cell in failed(result) if (output := _output(cell)) is not None],
        notes=notes(result),
        findings=findings(result),
        sections=_sections(result, pictures, claims),
        command=command_line(result.environment),
        environment=environment_table(result.environment),
        timed=bool(result.latencies),
        looks=looks(variants(result)),
    )
    return replace(folder / "index.html", page.encode("utf-8", "backslashreplace"))


def _sections(
    result: Result, pictures: Sequence[Path], claims: Mapping[str, float]
) -> list[Section]:
    """What is measured, in the order people ask; a section without anything to say is left out."""
    words = {caption.name: caption for caption in captions(result, claims)}
    figures = {path.name: path for path in pictures}
    reasons = missing_pictures(result)
    sections = [
        _drawn(
            "differences",
            "What changed",
            words["differences.png"],
            figures,
            reasons,
            _changes(result),
        ),
        Section(
            "left",
            "What one operation leaves",
            _some(per_op_table(result, merged=True)),
            more=per_op_table(result, merged=False),
        ),
        _drawn(
            "live",
            "Live objects",
            words["live.png"],
            figures,
            reasons,
            live_table(result, _MOST_TYPES),
        ),
        _drawn(
            "reduction",
            "The reduction",
            words["reduction.png"],
            figures,
            reasons,
            reduction_table(result, claims, 40),
        ),
        _drawn(
            "collector",
            "What the collector costs",
            words["pauses.png"],
            figures,
            reasons,
            collector_table(result),
        ),
        _drawn(
            "latency",
            "Time of one operation",
            words["latency.png"],
            figures,
            reasons,
            latency_table(result),
        ),
        _drawn(
            "memory",
            "Types and memory",
            words["memory.png"],
            figures,
            reasons,
            memory_table(result),
            types_table(result, _MOST_TYPES),
        ),
    ]
    measured = bool(headline_cells(result))
    asked = {"live", "reduction", "collector"}
    return [
        one
        for one in sections
        if one.tables or one.source or (one.absent and measured and one.key in asked)
    ]


def _changes(result: Result) -> Table | None:
    """Of a comparison: every figure that is not what it was, up to a number of them."""
    places = {(one.workload, one.shape, one.ending, one.gc, one.python) for one in result.cells}
    return differences_table(result.differences, _MOST_CHANGES, len(places) == 1)


def _drawn(
    key: str,
    heading: str,
    caption: Caption,
    figures: Mapping[str, Path],
    reasons: Mapping[str, str],
    *tables: Table | None,
) -> Section:
    if caption.name not in figures:
        reason = reasons.get(caption.name, "not asked for")
        return Section(key, heading, _some(*tables), caption, absent=reason)
    picture = b64encode(figures[caption.name].read_bytes()).decode("ascii")
    return Section(key, heading, _some(*tables), caption, source=f"data:image/png;base64,{picture}")


def _some(*tables: Table | None) -> tuple[Table, ...]:
    return tuple(table for table in tables if table is not None)


def _workload(result: Result) -> str:
    case = headline(result)
    return clip(visible(case.workload), 120) if case is not None else ""


def _output(cell: Cell) -> Output | None:
    assert cell.error is not None
    said = [cell.error.message, cell.error.traceback, cell.error.output]
    text = visible("\n\n".join(filter(None, said)), keep="\n\t")
    parts = filter(None, (cell.variant, cell.shape, cell.ending, f"collector {cell.gc}"))
    status = "" if cell.error.exit_status is None else f", exit status {cell.error.exit_status}"
    summary = f"{clip(visible(' '.join(parts)), 120)}: {cell.error.kind}{status}"
    return Output(summary, clip(text, _LONGEST_OUTPUT)) if text else None
