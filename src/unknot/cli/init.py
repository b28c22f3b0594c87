"""``unknot init``: what a project needs to begin with: a workload, its baseline, a file for CI."""

from __future__ import annotations

import sys
from datetime import UTC, datetime
from pathlib import Path

import click

from unknot import files
from unknot.cli.console import make_console
from unknot.cli.output import say
from unknot.cli.progress import progress
from unknot.cli.status import status_of
from unknot.errors import UsageError
from unknot.gate import as_baseline
from unknot.measuring.environment import result_of
from unknot.measuring.plan import measure_cells
from unknot.measuring.spec import CellSpec
from unknot.records import Cell, encode_result
from unknot.records.file import is_there
from unknot.report.terminal import print_cell

__all__ = ["command"]

BASELINE = Path("unknot-baseline.json")

WORKLOAD = '''\
"""What unknot measures: op() is one operation, run many times in a fresh process."""

import json


def setup():
    """Runs once, before everything. May be left out, or be async."""


def op():
    """Put in the place of this what your project does for one request. May be async."""
    json.loads(json.dumps({"what": "one operation"}))


def teardown():
    """Runs once, after everything. May be left out, or be async."""
'''

GITHUB = """\
name: unknot
on:
  push:
  pull_request:
permissions:
  contents: read
jobs:
  unknot:
    runs-on: ubuntu-latest
    steps:
      - uses: actions/checkout@v4
      - uses: actions/setup-python@v5
        with:
          python-version: "{python}"
      - run: python -m pip install unknot
      - run: unknot run {workload} -o unknot-result.json --exit-zero
      - run: unknot check unknot-result.json --baseline {baseline}
"""

GITLAB = """\
unknot:
  image: python:{python}
  script:
    - python -m pip install unknot
    - unknot run {workload} -o unknot-result.json --exit-zero
    - unknot check unknot-result.json --baseline {baseline} --junit unknot-junit.xml
  artifacts:
    when: always
    paths: [unknot-result.json]
    reports:
      junit: unknot-junit.xml
"""

CI = {
    "github": (Path(".github/workflows/unknot.yml"), GITHUB),
    "gitlab": (Path(".gitlab-ci.yml"), GITLAB),
}
"""The file of each service, and what it says."""


@click.command("init")
@click.argument("workload", type=click.Path(path_type=Path), default=Path("unknot_workload.py"))
@click.option(
    "--ci",
    type=click.Choice([*CI, "none"]),
    default="github",
    show_default=True,
    help="CI service to write a workflow file for.",
)
def command(workload: Path, ci: str) -> None:
    """Write a workload, its baseline and a CI workflow, and show the next steps.

    WORKLOAD is a Python file, by default unknot_workload.py; if it exists, it is measured as it is.
    No file is overwritten. The baseline records what the workload leaves behind today, so that CI
    fails only if it leaves more.
    """
    if workload.suffix != ".py":
        raise UsageError(f"{workload}: a workload is a Python file, as {workload.stem}.py")
    workflow = {path: text for name, (path, text) in CI.items() if name == ci}
    for path in (BASELINE, *workflow):
        if is_there(path):
            raise UsageError(f"{path} exists already, and is not overwritten: move or remove it")
        files.ensure_writable(path)
    if is_there(workload):
        say(f"{workload}: exists, and stays as it is")
    else:
        files.replace(workload, WORKLOAD.encode())
        say(f"{workload}: written")
    cell = _measure(workload)
    if cell.verdict is None:
        sys.exit(status_of([cell]))
    python = f"{sys.version_info.major}.{sys.version_info.minor}"
    for path, text in workflow.items():
        said = text.format(python=python, workload=workload, baseline=BASELINE)
        files.replace(path, said.encode())
        say(f"{path}: written")
    say(f"next: put your operation into {workload}, then: unknot run {workload}")


def _measure(workload: Path) -> Cell:
    """Measure it, print that, and save the baseline where there is one."""
    started = datetime.now(UTC).astimezone()
    spec = CellSpec(workload=str(workload), variant=str(workload))
    with progress(make_console(stderr=True), "cells", 1) as advance:
        ((_, cell),) = measure_cells([spec], 1, advance.within)
        advance(spec.label)
    print_cell(cell, make_console())
    if cell.verdict is not None:
        result = result_of(str(workload), [cell], ["unknot", *sys.argv[1:]], started)
        files.replace(BASELINE, encode_result(as_baseline(result)))
        say(f"{BASELINE}: written")
    return cell
