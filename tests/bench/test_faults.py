"""The campaign sees what a command does wrong, and nothing where it does nothing wrong."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path
from random import Random

import pytest

from bench.faults.hostile import hostile_workloads
from bench.faults.results import DAMAGES
from bench.faults.table import table
from bench.faults.trial import Outcome, noise

# In a process of its own, which adopts what the trial leaves.
MAKE = """
import json, sys
from pathlib import Path
import bench.faults.trial as trial
trial.adopt_orphans()
trial.LIMIT = 3.0
folder, code = Path(sys.argv[1]), sys.argv[2]
made = trial.Trial(
    fault="made", folder=folder, command=[sys.executable, "-c", code], codes=(0,),
    lost=lambda ended: "" if (ended.folder / "kept").exists() else "kept",
)
print(json.dumps(trial.run_trial(made).faults))
"""

KEEP = "import subprocess, sys; open('kept', 'w').close(); "


@pytest.mark.parametrize(
    ("code", "columns"),
    [
        (KEEP, []),
        ("pass", ["lost"]),
        (KEEP + "sys.exit(1)", ["exit code"]),
        (KEEP + "import time; time.sleep(60)", ["hung", "exit code"]),
        (KEEP + "1 / 0", ["traceback", "exit code"]),
        (KEEP + "print('::error::made up')", ["traceback"]),
        (KEEP + "print('  Traceback (most recent call last):')", []),
        (KEEP + "subprocess.Popen(['sleep', '60'], env={}, start_new_session=True)", ["left"]),
        (KEEP + "subprocess.Popen(['sleep', '0.1'], env={}, start_new_session=True)", []),
        (KEEP + "import tempfile; tempfile.mkdtemp()", ["left"]),
    ],
)
def test_a_trial_tells_what_went_wrong(tmp_path: Path, code: str, columns: list[str]) -> None:
    done = subprocess.run(
        [sys.executable, "-c", MAKE, str(tmp_path), code],
        capture_output=True,
        text=True,
        check=True,
    )
    assert [column for column in json.loads(done.stdout) if column != "said"] == columns


def test_the_table_counts_trials_and_what_went_wrong_by_fault() -> None:
    outcomes = [
        Outcome(fault="a"),
        Outcome(fault="b", faults={"left": "sleep", "lost": "a cell"}),
        Outcome(fault="a", faults={"hung": "for long"}),
        Outcome(fault="c", skipped="needs a disk"),
    ]
    assert table(outcomes)[2:] == [
        "| a | 2 | 1 | 0 | 0 | 0 | 0 |",
        "| b | 1 | 0 | 1 | 1 | 0 | 0 |",
        "| c | skipped: needs a disk | | | | | |",
        "| **all** | **3** | **1** | **1** | **1** | **0** | **0** |",
    ]


def test_a_seed_draws_the_same_trials_and_another_draws_others(tmp_path: Path) -> None:
    drawn = []
    for name, seed in (("first", 1), ("again", 1), ("other", 2)):
        folder = tmp_path / name
        folder.mkdir()
        trials = hostile_workloads(folder, Random(seed), 1)
        drawn.append([(trial.folder / "w.py").read_text() for trial in trials])
    assert drawn[0] == drawn[1] != drawn[2]


@pytest.mark.parametrize("name", list(DAMAGES))
def test_damage_changes_a_document(name: str) -> None:
    document = json.dumps({"cells": [{"verdict": "clean", "ops": 5}], "n": [1, 2]}).encode()
    random = Random(1)
    assert any(DAMAGES[name](document, random) != document for _ in range(5))


@pytest.mark.parametrize("said", [b"\x1b]0;t\x07", b"a\n::warning file=x::", b"\x07"])
def test_what_does_something_to_a_terminal_or_a_log_is_noise(said: bytes) -> None:
    assert noise(said)
    assert not noise(b"\x1b[1mbold\x1b[0m, a ::error:: within a line\n")
