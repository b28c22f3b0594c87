"""``unknot check RESULT``: fail where an operation leaves more behind than it may."""

from __future__ import annotations

import os
import sys
from collections.abc import Callable, Iterator, Mapping
from datetime import UTC, datetime
from pathlib import Path

import click
from msgspec import structs

from unknot.cli.console import make_console
from unknot.cli.output import complain, say
from unknot.cli.status import status_of_judgement
from unknot.errors import UsageError
from unknot.files import (
    append,
    ensure_distinct,
    ensure_writable,
    is_replaceable,
    is_same_file,
    is_standard_output,
    replace,
)
from unknot.gate import Budgets, Source, as_baseline, judge, parse_budgets
from unknot.measuring.source import digest_of, source_of
from unknot.records import Result, encode_result, read_result
from unknot.records.file import is_there, read_file
from unknot.records.judgement import Judgement
from unknot.report.exports import (
    Repository,
    annotation_lines,
    bencher_json,
    github_benchmark_json,
    junit_xml,
)
from unknot.report.markdown import step_summary
from unknot.report.terminal import print_judgement

__all__ = ["command", "read_baseline", "read_budgets", "sources_of", "without_baseline"]

LARGEST = 1 << 20
"""Bytes of a ``pyproject.toml`` that are read."""

FILE = click.Path(path_type=Path)


@click.command("check")
@click.argument("result", type=FILE)
@click.option("--baseline", type=FILE, help="Compare with this earlier result.")
@click.option(
    "--allow-missing-baseline",
    is_flag=True,
    help="Pass if the baseline file is missing, as on the first run.",
)
@click.option("--save-baseline", type=FILE, help="Save RESULT as the baseline for later runs.")
@click.option("--strict", is_flag=True, help="Treat warnings as failures.")
@click.option(
    "--mine", is_flag=True, help="Report what installed packages leave, but do not fail on it."
)
@click.option(
    "--factor",
    type=click.FloatRange(min=1.0, max=1000.0),
    default=1.10,
    show_default=True,
    help="Allowed slowdown: new time divided by old time.",
)
@click.option("--junit", type=FILE, help="Write a JUnit XML report to PATH.")
@click.option(
    "--markdown", type=FILE, help="Write a Markdown summary to PATH, e.g. for a pull request."
)
@click.option("--github-benchmark", type=FILE, help="Write github-action-benchmark's JSON to PATH.")
@click.option("--bencher", type=FILE, help="Write Bencher's JSON to PATH.")
@click.option(
    "--config", type=FILE, help="Read budgets from this file.  [default: ./pyproject.toml]"
)
def command(
    result: Path,
    baseline: Path | None,
    allow_missing_baseline: bool,
    save_baseline: Path | None,
    strict: bool,
    mine: bool,
    factor: float,
    config: Path | None,
    **exports: Path | None,
) -> None:
    """Check RESULT, the JSON of a run, and exit with 1 if it is worse than allowed.

    Counts are compared exactly with the baseline, and with the budgets in [tool.unknot] of
    pyproject.toml. A new cycle fails even if the totals went down.

    The check fails closed. Exit code 2 means that the baseline is missing, that there is nothing to
    compare with, or that the workload has changed since RESULT was measured. Exit codes 3 and 124
    mean that a cell could not be measured or ran out of time.
    """
    _refuse_overwriting(result, baseline, config, save_baseline, exports)
    measured = read_result(result)
    budgets = read_budgets(config)
    budgets = structs.replace(budgets, mine=mine or budgets.mine)
    before = read_baseline(baseline, allow_missing_baseline)
    first = allow_missing_baseline or save_baseline is not None
    aside = any(map(is_standard_output, (save_baseline, *exports.values())))
    console = make_console(stderr=aside)
    sources = sources_of(measured)
    judgement = judge(measured, before, budgets, factor, strict, first, sources)
    if before is None:
        say(without_baseline(baseline, budgets), err=aside)
    print_judgement(judgement, console)
    errors = [
        *_tell_github(judgement),
        *_export(judgement, measured, exports),
        *_save(save_baseline, measured, judgement, before is not None, aside),
        *_need_judging(judgement, first),
    ]
    for error in errors[1:]:
        complain(error)
    if errors:
        raise errors[0]
    sys.exit(status_of_judgement(judgement, measured))


def _refuse_overwriting(
    result: Path,
    baseline: Path | None,
    config: Path | None,
    save_baseline: Path | None,
    exports: Mapping[str, Path | None],
) -> None:
    """Before anything is read: no output may be an input, but for a baseline that is renewed."""
    inputs = {"RESULT": result, "--config": config or Path("pyproject.toml")}
    if baseline is not None and is_same_file(baseline, result):
        raise UsageError(f"{baseline} is RESULT itself, which is never worse: name another")
    named = {f"--{name.replace('_', '-')}": path for name, path in exports.items()}
    ensure_distinct({"--save-baseline": save_baseline}, inputs)
    ensure_distinct(named, {**inputs, "--baseline": baseline, "--save-baseline": save_baseline})
    for path in (save_baseline, *exports.values()):
        if path is not None:
            ensure_writable(path)


def read_baseline(path: Path | None, may_be_missing: bool = False) -> Result | None:
    """The baseline; none where none was named, or it may be missing and is.

    Raises :class:`~unknot.errors.UnknotError` where it was named and cannot be read.
    """
    if path is None or (may_be_missing and not is_there(path)):
        return None
    if not is_there(path):
        raise UsageError(
            f"{path}: there is no such baseline, so nothing passes; "
            "give --allow-missing-baseline on the first run"
        )
    return read_result(path)


def sources_of(result: Result) -> dict[str, Source]:
    """The files of a result's workloads as they are now, those that are at hand."""
    found = {}
    for workload in {cell.workload for cell in result.cells}:
        digest = digest_of(workload)
        path = source_of(workload) if digest is not None else None
        if path is not None and digest is not None:
            modified = datetime.fromtimestamp(path.stat().st_mtime, UTC)
            found[workload] = Source(digest, modified)
    return found


def read_budgets(config: Path | None) -> Budgets:
    """The budgets in ``config``, else in the ``pyproject.toml`` that is here; else none.

    Raises :class:`~unknot.errors.UsageError`.
    """
    path = config or Path("pyproject.toml")
    try:
        return parse_budgets(read_file(path, LARGEST).decode(), str(path))
    except FileNotFoundError:
        if config is None:
            return Budgets()
        raise UsageError(f"{path}: there is no such file; name one with --config") from None
    except OSError as error:
        raise UsageError(f"{path}: cannot be read: {error.strerror}") from error
    except UnicodeDecodeError as error:
        raise UsageError(f"{path}: not UTF-8, so not TOML: {error}") from error


def without_baseline(baseline: Path | None, budgets: Budgets) -> str:
    """A note on what is checked without a baseline."""
    what = "no baseline" if baseline is None else f"{baseline}: no such baseline yet"
    if budgets.budgets:
        return f"{what}: budgets alone are judged"
    return f"{what} and no budgets: nothing to judge the counts by"


def _export(
    judgement: Judgement, result: Result, paths: Mapping[str, Path | None]
) -> Iterator[UsageError]:
    """Write what was asked for, each whatever becomes of the others; why some could not be."""
    documents: dict[str, Callable[[], bytes]] = {
        "junit": lambda: junit_xml(judgement),
        "markdown": lambda: step_summary(judgement).encode("utf-8", "backslashreplace"),
        "github_benchmark": lambda: github_benchmark_json(result),
        "bencher": lambda: bencher_json(result),
    }
    for name, path in paths.items():
        if path is not None:
            try:
                replace(path, documents[name]())
            except UsageError as error:
                yield error


def _tell_github(judgement: Judgement) -> Iterator[UsageError]:
    """Annotations and the step summary, where this runs as a step of a GitHub workflow."""
    if not os.environ.get("GITHUB_ACTIONS"):
        return
    for line in annotation_lines(judgement, Repository.around(Path.cwd())):
        click.echo(line)
    summary = os.environ.get("GITHUB_STEP_SUMMARY")
    if summary:
        try:
            append(Path(summary), step_summary(judgement).encode("utf-8", "backslashreplace"))
        except UsageError as error:
            yield error


def _need_judging(judgement: Judgement, first: bool) -> Iterator[UsageError]:
    """An error if nothing was compared, unless this is the ``first`` run."""
    if judgement.passed and not (first or judgement.compared or judgement.budgeted):
        yield UsageError(
            "nothing to compare with, so the check cannot pass: give --baseline, or set budgets in "
            "pyproject.toml; on the first run, use --save-baseline or --allow-missing-baseline"
        )


def _save(
    path: Path | None, result: Result, judgement: Judgement, compared: bool, aside: bool
) -> Iterator[UsageError]:
    """Save the baseline, unless that would accept a failure as expected."""
    if path is None:
        return
    kinds = {finding.kind for finding in judgement.of("failure")}
    if kinds & {"error", "stale"}:
        say(f"{path}: not saved: the result is not whole, or out of date", err=aside)
    elif compared and kinds - {"improved"}:
        say(
            f"{path}: not saved: it is worse than the baseline; to accept that, save it without "
            "--baseline",
            err=aside,
        )
    else:
        try:
            kept = read_baseline(path, may_be_missing=True) if is_replaceable(path) else None
            replace(path, encode_result(as_baseline(result, kept)))
            say(f"{path}: saved", err=aside)
        except UsageError as error:
            yield error
