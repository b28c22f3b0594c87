"""``unknot check RESULT``: fail where an operation leaves more behind than it may."""

from __future__ import annotations

import os
import sys
from pathlib import Path

import click
from rich.console import Console

from unknot.errors import UsageError
from unknot.gate import Budgets, as_baseline, judge, parse_budgets
from unknot.judgement import Judgement
from unknot.records import Result, encode_result, read_result
from unknot.report.exports import (
    annotation_lines,
    bencher_json,
    github_benchmark_json,
    junit_xml,
    step_summary,
)
from unknot.report.files import ensure_writable, replace
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
    measured = read_result(result)
    budgets = read_budgets(config)
    before = read_baseline(baseline)
    for path in (save_baseline, *exports.values()):
        if path is not None:
            ensure_writable(path)
    console = Console(highlight=False)
    judgement = judge(measured, before, budgets, factor, strict)
    if before is None:
        _say(console, without_baseline(baseline, budgets))
    print_judgement(judgement, console)
    _export(judgement, measured, **exports)
    _tell_github(judgement)
    if save_baseline is not None:
        _save(save_baseline, measured, judgement, before is not None, console)
    sys.exit(int(not judgement.passed))


def read_baseline(path: Path | None) -> Result | None:
    """The baseline; none where there is no such file, so that a first run can pass."""
    if path is None or not (path.exists() or path.is_symlink()):
        return None
    return read_result(path)


def read_budgets(config: Path | None) -> Budgets:
    """The budgets in ``config``, else in the ``pyproject.toml`` that is here; else none.

    Raises :class:`~unknot.errors.UsageError`.
    """
    path = config or Path("pyproject.toml")
    try:
        with path.open("rb") as stream:
            document = stream.read(LARGEST + 1)
        if len(document) > LARGEST:
            raise UsageError(f"{path}: more than {LARGEST >> 20} MiB, so not a pyproject.toml")
        return parse_budgets(document.decode(), str(path))
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
    judgement: Judgement,
    result: Result,
    junit: Path | None,
    github_benchmark: Path | None,
    bencher: Path | None,
) -> None:
    if junit is not None:
        replace(junit, junit_xml(judgement))
    if github_benchmark is not None:
        replace(github_benchmark, github_benchmark_json(result))
    if bencher is not None:
        replace(bencher, bencher_json(result))


def _tell_github(judgement: Judgement) -> None:
    """Annotations and the step summary, where this runs as a step of a GitHub workflow."""
    if not os.environ.get("GITHUB_ACTIONS"):
        return
    for line in annotation_lines(judgement):
        click.echo(line)
    summary = os.environ.get("GITHUB_STEP_SUMMARY")
    if summary:
        try:
            with Path(summary).open("a", encoding="utf-8", errors="backslashreplace") as stream:
                stream.write(step_summary(judgement))
        except OSError as error:
            raise UsageError(f"{summary}: cannot be written: {error.strerror}") from error


def _save(
    path: Path, result: Result, judgement: Judgement, compared: bool, console: Console
) -> None:
    """Save the baseline, unless that would turn a failure into what is expected from now on."""
    kinds = {finding.kind for finding in judgement.of("failure")}
    if "error" in kinds:
        _say(console, f"{path}: not saved: the result is not whole")
        return
    if compared and kinds - {"improved"}:
        _say(
            console,
            f"{path}: not saved: it is worse than the baseline; to accept that, save it without "
            "--baseline",
        )
        return
    replace(path, encode_result(as_baseline(result, read_baseline(path))))
    _say(console, f"{path}: saved")


def _say(console: Console, text: str) -> None:
    console.print(text, markup=False, soft_wrap=True)
