"""The result as one HTML page that needs nothing but itself."""

from __future__ import annotations

from base64 import b64encode
from collections.abc import Mapping, Sequence
from hashlib import sha256
from pathlib import Path
from typing import Any

from unknot.errors import UsageError
from unknot.judgement import Judgement
from unknot.records import Result
from unknot.report.answers import answers
from unknot.report.cases import (
    headline,
    is_history,
    variants,
    work,
)
from unknot.report.document import Block, Line
from unknot.report.files import replace
from unknot.report.findings import cuts
from unknot.report.judgement import judged
from unknot.report.palette import looks
from unknot.report.sections import sections
from unknot.report.tables.live import NO_CLAIMS
from unknot.report.verdict import overall, verdict_lines
from unknot.text import amount, clip, visible

_MOST_LINES = 8
"""Of the verdict, about variants; a history of twenty releases has them in its table."""


def write_page(
    result: Result,
    folder: Path,
    pictures: Sequence[Path],
    claims: Mapping[str, float] = NO_CLAIMS,
    judgement: Judgement | None = None,
) -> Path:
    """``index.html`` in ``folder``, with ``pictures`` inside it and the ``judgement``, if any.

    Raises :class:`~unknot.errors.UsageError` where jinja2 is missing or the folder is read-only.
    """
    templates = _templates(result)
    found = cuts(result)
    parts = sections(result, found, pictures, claims, judgement, folder)
    there = {part.key for part in parts}
    lines, unsaid = _verdict(result)
    page = templates.get_template("page.html.j2").render(
        title=clip(visible(result.title), 200),
        release=visible(result.unknot),
        overall=_judged(judgement) if judgement is not None else overall(result),
        verdict=lines,
        unsaid=unsaid,
        answers=[one for one in answers(result, found) if one.section in there],
        work=work(result),
        workload=_workload(result),
        timed=(folder / "timing.json").is_file(),
        sections=parts,
    )
    return replace(folder / "index.html", page.encode("utf-8", "backslashreplace"))


def _judged(judgement: Judgement) -> Line:
    """The judgement in a sentence."""
    verdict = judged(judgement, 0).verdict
    said = verdict.text.removeprefix("unknot check: ")
    return verdict._replace(text=f"{said[0].upper()}{said[1:]}")


def _verdict(result: Result) -> tuple[list[Line], str]:
    """The lines to show, of a history the newest releases, and what is said of the others."""
    lines = verdict_lines(result)
    whole = [line for line in lines if not line.subject]
    mine = lines[len(whole) :]
    left_out = len(mine) - _MOST_LINES
    if left_out <= 0:
        return lines, ""
    if is_history(result):
        return [*whole, *mine[-_MOST_LINES:]], f"and {amount(left_out, 'earlier release')}, below"
    return [*whole, *mine[:_MOST_LINES]], f"and {amount(left_out, 'more variant')}, below"


def _templates(result: Result) -> Any:
    """jinja2's environment, with what every template may need."""
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
    loader = environment.loader
    assert loader is not None
    script = loader.get_source(environment, "page.js")[0]
    digest = b64encode(sha256(script.encode()).digest()).decode("ascii")
    environment.filters.update(sorted_by=_sorted_by, kind=_kind)
    environment.globals.update(
        looks=looks(variants(result)),
        script=script,
        digest=f"sha256-{digest}",
        style=loader.get_source(environment, "page.css")[0],
    )
    return environment


def _workload(result: Result) -> str:
    """The headline's workload; empty where :func:`work` says nothing else of it."""
    case = headline(result)
    if case is None or not (case.shape or case.ending):
        return ""
    return clip(visible(case.workload), 120)


def _sorted_by(value: float | None) -> str:
    """The number that a cell is sorted by, as JavaScript reads it; empty where there is none."""
    return f"{value:.9g}".replace("inf", "Infinity") if value is not None else ""


def _kind(block: Block) -> str:
    """By which the template that shows a block is chosen."""
    return type(block).__name__
