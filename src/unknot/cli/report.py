"""``unknot report RESULT``: the page and the pictures of any result."""

from __future__ import annotations

import webbrowser
from pathlib import Path

import click

from unknot import files
from unknot.attach.magic import is_dump
from unknot.cli.check import read_baseline, read_budgets, sources_of, without_baseline
from unknot.cli.output import say
from unknot.errors import UsageError
from unknot.gate import judge
from unknot.measuring.source import text_of
from unknot.records import Result, encode_result, read_result
from unknot.records.document import LARGEST
from unknot.records.file import read_file
from unknot.records.judgement import Judgement
from unknot.records.look_file import encode_look, is_look
from unknot.report.figures import write_pictures
from unknot.report.page import write_page
from unknot.report.tables.allocations import flame_files

__all__ = ["command"]

TIMING = "timing.json"
FACTOR = 1.10
"""How many times as long an operation may take, as in ``unknot check``."""
FILE = click.Path(path_type=Path)


@click.command("report")
@click.argument("result", type=FILE)
@click.option(
    "-o",
    "--output",
    type=click.Path(file_okay=False, path_type=Path),
    show_default="RESULT's name, without .json and with -report",
    help="Folder for index.html, the pictures and a copy of RESULT.",
)
@click.option("--baseline", type=FILE, help="Compare RESULT with this earlier result on the page.")
@click.option("--config", type=FILE, help="Read budgets from this pyproject.toml.")
@click.option("--open", "show", is_flag=True, help="Open the page in a browser.")
def command(
    result: Path, output: Path | None, baseline: Path | None, config: Path | None, show: bool
) -> None:
    """Write an HTML page and pictures for RESULT, the JSON of a run, comparison or benchmark.

    RESULT may also be a dump, or what attach, explain or compare wrote with --json. --baseline is
    then an earlier one of the same process, and the page shows what grew in between.

    The folder is created next to RESULT unless -o names another. An earlier report in it is
    replaced, and pictures that this RESULT has no data for are removed. With --baseline or --config
    the page includes what 'unknot check' would report, but the exit code stays 0.
    """
    folder = output or result.with_name(f"{result.stem}-report")
    if is_dump(result) or is_look(result):
        page = _report_look(result, baseline, config, folder)
    else:
        page = _report_result(result, baseline, config, folder)
    say(f"report in {page}")
    if show:
        _show(page)


def _report_result(result: Path, baseline: Path | None, config: Path | None, folder: Path) -> Path:
    measured = read_result(result)
    judgement = _judge(measured, baseline, config)
    pictures = write_pictures(measured, folder)
    _copy(result, measured, folder)
    sources = _sources(measured)
    return write_page(measured, folder, pictures, judgement=judgement, sources=sources)


def _report_look(source: Path, before: Path | None, config: Path | None, folder: Path) -> Path:
    """The page of a look at a process; ``before`` is an earlier dump of it, or look at it."""
    from unknot.cli.explain import look_file
    from unknot.report.look_page import write_look_page

    if config is not None:
        raise UsageError("--config is for results; a look at a process has no budgets")
    file = look_file(source, before)
    files.replace(folder / "result.json", encode_look(file))
    return write_look_page(file, folder)


def _judge(measured: Result, baseline: Path | None, config: Path | None) -> Judgement | None:
    """The gate's judgement; ``None`` without a baseline and budgets."""
    if baseline is None and config is None:
        return None
    budgets = read_budgets(config)
    before = read_baseline(baseline, may_be_missing=True)
    if before is None:
        say(without_baseline(baseline, budgets))
    return judge(
        measured, before, budgets, FACTOR, first=before is None, sources=sources_of(measured)
    )


def _sources(measured: Result) -> dict[str, str]:
    """The workloads' files that exist and are unchanged."""
    texts = {cell.workload: text_of(cell.workload, cell.workload_digest) for cell in measured.cells}
    return {workload: text for workload, text in texts.items() if text is not None}


def _copy(source: Path, measured: Result, folder: Path) -> None:
    """The result, and what lies beside it that the page links to, unless it is there already."""
    if folder.resolve() != source.parent.resolve():
        for name in (TIMING, *flame_files(measured)):
            _copy_beside(source.with_name(name), folder / name)
    target = folder / "result.json"
    if not (target.exists() and target.samefile(source)):
        files.replace(target, encode_result(measured))


def _copy_beside(source: Path, target: Path) -> None:
    try:
        document = read_file(source, LARGEST)
    except (FileNotFoundError, NotADirectoryError):
        return
    except OSError as error:
        raise UsageError(f"{source}: cannot be read: {error.strerror}") from error
    files.replace(target, document)


def _show(page: Path) -> None:
    try:
        shown = webbrowser.open(page.resolve().as_uri())
    except webbrowser.Error:
        shown = False
    if not shown:
        say("there is no browser to show it in", err=True)
