"""``unknot check RESULT``: fail where an operation leaves more behind than it may."""

from __future__ import annotations

import os
import sys
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path

import click
from rich.console import Console

from unknot.cli.output import complain, say
from unknot.errors import UsageError
from unknot.gate import Budgets, as_baseline, judge, parse_budgets
from unknot.judgement import Judgement
from unknot.records import Result, encode_result, read_result
from unknot.records.file import is_there, read_file
from unknot.report.exports import (
    annotation_lines,
    bencher_json,
    github_benchmark_json,
    junit_xml,
    step_summary,
)
from unknot.report.files import append, ensure_distinct, ensure_writable, is_replaceable, replace
from unknot.report.gate import print_judgement

__all__ = ["command", "read_baseline", "read_budgets", "without_baseline"]

LARGEST = 1 << 20
"""Bytes of a ``pyproject.toml`` that are read."""

FILE = click.Path(path_type=Path)


@click.command("check")
@click.argument("result", type=FILE)
@click.option("--baseline", type=FILE, help="Earlier result to compare with; may be absent.")
@click.option("--save-baseline", type=FILE, help="Keep this result to compare later ones with.")
@click.option("--strict", is_flag=True, help="An improvement fails too, until it is saved.")
@click.option(
    "--factor",
    type=click.FloatRange(min=1.0, max=1000.0),
    default=1.10,
    show_default=True,
    help="How many times as long an operation may take.",
)
@click.option("--junit", type=FILE, help="Write JUnit's XML.")
@click.option("--github-benchmark", type=FILE, help="Write github-action-benchmark's JSON.")
@click.option("--bencher", type=FILE, help="Write Bencher's JSON.")
@click.option("--config", type=FILE, help="pyproject.toml with budgets.  [default: the one here]")
def command(
    result: Path,
    baseline: Path | None,
    save_baseline: Path | None,
    strict: bool,
    factor: float,
    config: Path | None,
    **exports: Path | None,
) -> None:
    """Judge RESULT, the JSON of a run: exit code 1 where it is worse than it may be.

    Counts are compared with the baseline exactly, and with the budgets in [tool.unknot] of
    pyproject.toml. A cycle that was not there before fails, whatever the sums are.
    """
    _refuse_overwriting(result, baseline, config, save_baseline, exports)
    measured = read_result(result)
    budgets = read_budgets(config)
    before = read_baseline(baseline)
    console = Console(highlight=False)
    judgement = judge(measured, before, budgets, factor, strict)
    if before is None:
        say(without_baseline(baseline, budgets))
    print_judgement(judgement, console)
    errors = [
        *_tell_github(judgement),
        *_export(judgement, measured, exports),
        *_save(save_baseline, measured, judgement, before is not None),
    ]
    for error in errors[1:]:
        complain(error)
    if errors:
        raise errors[0]
    sys.exit(int(not judgement.passed))


def _refuse_overwriting(
    result: Path,
    baseline: Path | None,
    config: Path | None,
    save_baseline: Path | None,
    exports: Mapping[str, Path | None],
) -> None:
    """Before anything is read: no output may be an input, but for a baseline that is renewed."""
    inputs = {"RESULT": result, "--config": config or Path("pyproject.toml")}
    named = {f"--{name.replace('_', '-')}": path for name, path in exports.items()}
    ensure_distinct({"--save-baseline": save_baseline}, inputs)
    ensure_distinct(named, {**inputs, "--baseline": baseline, "--save-baseline": save_baseline})
    for path in (save_baseline, *exports.values()):
        if path is not None:
            ensure_writable(path)


def read_baseline(path: Path | None) -> Result | None:
    """The baseline; none where there is no such file, so that a first run can pass."""
    if path is None or not is_there(path):
        return None
    return read_result(path)


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
    """What is judged where there is no baseline."""
    what = "no baseline" if baseline is None else f"{baseline}: no such baseline yet"
    if budgets.budgets:
        return f"{what}: budgets alone are judged"
    return f"{what} and no budgets: nothing to judge the counts by; see --save-baseline"


def _export(
    judgement: Judgement, result: Result, paths: Mapping[str, Path | None]
) -> Iterator[UsageError]:
    """Write what was asked for, each whatever becomes of the others; why some could not be."""
    documents: dict[str, Callable[[], bytes]] = {
        "junit": lambda: junit_xml(judgement),
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
    for line in annotation_lines(judgement):
        click.echo(line)
    summary = os.environ.get("GITHUB_STEP_SUMMARY")
    if summary:
        try:
            append(Path(summary), step_summary(judgement).encode("utf-8", "backslashreplace"))
        except UsageError as error:
            yield error


def _save(
    path: Path | None, result: Result, judgement: Judgement, compared: bool
) -> Iterator[UsageError]:
    """Save the baseline, unless that would turn a failure into what is expected from now on."""
    if path is None:
        return
    kinds = {finding.kind for finding in judgement.of("failure")}
    if "error" in kinds:
        say(f"{path}: not saved: the result is not whole")
    elif compared and kinds - {"improved"}:
        say(
            f"{path}: not saved: it is worse than the baseline; to accept that, save it without "
            "--baseline"
        )
    else:
        try:
            kept = read_baseline(path) if is_replaceable(path) else None
            replace(path, encode_result(as_baseline(result, kept)))
            say(f"{path}: saved")
        except UsageError as error:
            yield error
