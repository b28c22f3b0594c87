"""The files to copy of ``docs/machines.md`` are what their readers take them for."""

from __future__ import annotations

import ast
import json
import re
import subprocess
import sys
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import click
import pytest

from unknot.cli.commands import VERBS, commands

yaml: Any = pytest.importorskip("yaml", reason="comes with Dask")

FOLDER = Path(__file__).parents[2] / "docs" / "machines"
PAGE = FOLDER.with_suffix(".md").read_text(encoding="utf-8")


def commands_in(text: str) -> list[list[str]]:
    """The arguments of each ``unknot`` command, without the ``$ {{ … }}`` of workflows."""
    plain = re.sub(r"\$\{\{.*?\}\}", "1", text)
    verbs = "|".join(VERBS)
    found = re.findall(rf"(?:run: |^ +)unknot ((?:{verbs}) .*)$", plain, re.MULTILINE)
    return [re.sub(r"\s+#.*", "", each).split() for each in found]


def command(verb: str) -> click.Command:
    assert isinstance(commands, click.Group)
    found = commands.get_command(click.Context(commands), verb)
    assert found is not None
    return found


def test_the_page_shows_every_file() -> None:
    for path in FOLDER.iterdir():
        assert f"machines/{path.name}" in PAGE


@pytest.mark.parametrize("text", [PAGE, (FOLDER / "github.yml").read_text()])
def test_every_command_has_options_that_there_are(text: str) -> None:
    found = commands_in(text)
    assert found
    for verb, *arguments in found:
        command(verb).make_context(verb, arguments)


def test_a_wrong_option_would_be_seen() -> None:
    [[verb, *arguments]] = commands_in("      - run: unknot merge a.json --shards 2 -o r.json")
    with pytest.raises(click.UsageError):
        command(verb).make_context(verb, arguments)


def test_the_workflow_joins_each_part_that_it_measures() -> None:
    jobs = yaml.safe_load((FOLDER / "github.yml").read_text())["jobs"]
    shards = jobs["measure"]["strategy"]["matrix"]["shard"]
    [merge] = [
        step["run"] for step in jobs["judge"]["steps"] if step.get("run", "").startswith("unknot m")
    ]
    assert re.findall(r"part-(\d+)\.json", merge) == [str(shard) for shard in shards]
    [measure] = [
        step["run"] for step in jobs["measure"]["steps"] if "--shard" in step.get("run", "")
    ]
    assert f"/{len(shards)} " in measure


def test_the_kubernetes_workers_declare_room_for_one_cell() -> None:
    spec = yaml.safe_load((FOLDER / "kubernetes.yml").read_text())["spec"]
    [worker] = spec["worker"]["spec"]["containers"]
    assert worker["args"][-2:] == ["--resources", "unknot=1"]
    labels = spec["scheduler"]["service"]["selector"]
    assert labels["dask.org/component"] == "scheduler"


@pytest.mark.parametrize("name", ["ssh_cluster", "slurm_cluster"])
def test_the_programs_are_python(name: str) -> None:
    tree = ast.parse((FOLDER / f"{name}.py").read_text())
    assert ast.get_docstring(tree)


# In a process of its own: Dask teaches pickle about exceptions and adds finders of modules.
ASK_DASK = """
import inspect, json
import dask
from distributed import Scheduler, SSHCluster, Worker
told = {one.__name__: list(inspect.signature(one).parameters)
        for one in (Scheduler, SSHCluster, Worker)}
print(json.dumps([told, dask.config.get("distributed.comm")]))
"""


@pytest.mark.skipif(find_spec("distributed") is None, reason="no Dask here")
def test_dask_takes_what_the_files_say() -> None:
    asked = subprocess.run([sys.executable, "-c", ASK_DASK], capture_output=True, check=True)
    takes, known = json.loads(asked.stdout)
    assert {"scheduler_options", "worker_options"} <= set(takes["SSHCluster"])
    assert {"port", "dashboard"} <= set(takes["Scheduler"])
    assert {"nthreads", "resources"} <= set(takes["Worker"])
    tls = yaml.safe_load((FOLDER / "tls.yml").read_text())["distributed"]["comm"]
    assert set(tls) <= set(known)
    for role in ("scheduler", "worker", "client"):
        assert set(tls["tls"][role]) <= set(known["tls"][role])
