"""The workloads that run anywhere: each says what it is; those without requirements run here."""

from __future__ import annotations

import ast
import subprocess
import sys
from importlib.util import find_spec
from pathlib import Path

import pytest
from packaging.requirements import Requirement

from bench.catalogue import Listed, catalogue
from unknot.records import Cell, read_result

COMMAND = [sys.executable, "-c", "from unknot.cli import main; main()", "run"]
LISTED = {listed.name: listed for listed in catalogue()}
BARE = sorted(name for name, listed in LISTED.items() if not listed.requirements)


def measure(listed: Listed, folder: Path) -> Cell:
    """One cell, few operations, from a folder that has nothing to do with the workload's."""
    output = folder / "result.json"
    few = ["--fast", "-q", "-n", "80", "--warmup", "16"]
    done = subprocess.run(
        [*COMMAND, str(listed.path), *few, "-o", str(output)],
        cwd=folder, stdin=subprocess.DEVNULL, capture_output=True, text=True, timeout=240,
        check=False,
    )  # fmt: skip
    assert done.returncode in (0, 1), done.stderr
    [cell] = read_result(output).cells
    assert cell.error is None, cell.error
    return cell


def test_there_are_the_workloads_that_the_documentation_shows() -> None:
    wanted = {"wool", "aiohttp", "httpx", "distributed", "streams", "process_pool", "threads"}
    assert wanted <= set(LISTED)
    assert {"streams", "process_pool", "threads"} <= set(BARE)


@pytest.mark.parametrize("name", sorted(LISTED))
def test_a_workload_says_what_an_operation_is_and_what_it_needs(name: str) -> None:
    listed = LISTED[name]
    assert listed.operation
    for text in listed.requirements:
        Requirement(text)
    module = ast.parse(listed.path.read_text())
    said = ast.get_docstring(module) or ""
    assert "Operation: " in said
    assert f"Requirement: {listed.requirements[0] if listed.requirements else 'none'}" in said


@pytest.mark.parametrize("name", sorted(LISTED))
def test_a_workload_imports_only_what_its_environment_has(name: str) -> None:
    listed = LISTED[name]
    allowed = {*sys.stdlib_module_names, *listed.requirements, "dask"}
    for node in ast.walk(ast.parse(listed.path.read_text())):
        names = [alias.name for alias in node.names] if isinstance(node, ast.Import) else []
        if isinstance(node, ast.ImportFrom):
            names = [node.module or ""]
        assert {each.partition(".")[0] for each in names} <= allowed


def test_streams_leave_a_cycle_for_each_end_until_3_12_and_nothing_since(tmp_path: Path) -> None:
    cell = measure(LISTED["streams"], tmp_path)
    assert cell.per_op is not None
    assert cell.per_op.leaked == 0
    found = [(each.per_op, each.path[0]) for each in cell.cycles]
    old = sys.version_info < (3, 12)
    assert found == ([(2, "_SelectorSocketTransport._read_ready_cb.__self__")] if old else [])


def test_a_pool_of_threads_leaves_nothing(tmp_path: Path) -> None:
    cell = measure(LISTED["threads"], tmp_path)
    assert (cell.verdict, cell.cycles) == ("clean", [])


def test_a_pool_of_processes_leaves_nothing_in_any_of_them(tmp_path: Path) -> None:
    cell = measure(LISTED["process_pool"], tmp_path)
    assert cell.verdict == "clean"
    workers = [each for each in cell.processes if "spawn_main" in each.command]
    assert [each.verdict for each in workers] == ["clean", "clean"]


@pytest.mark.parametrize("name", sorted({*LISTED} - {*BARE} - {"distributed"}))  # two minutes
def test_a_workload_runs_where_its_package_is(name: str, tmp_path: Path) -> None:
    if find_spec(name) is None:
        pytest.skip(f"{name} is not installed here")
    assert measure(LISTED[name], tmp_path).per_op is not None
