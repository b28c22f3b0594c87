"""The benchmark of what commands cost, in its smallest form."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from click.testing import CliRunner

from bench.commands import COMMANDS, main

pytestmark = pytest.mark.once


def test_each_command_is_run_and_a_line_is_appended_for_each_run(tmp_path: Path) -> None:
    output = tmp_path / "commands.jsonl"
    output.write_text("{}\n")
    done = CliRunner().invoke(main, ["--rounds", "1", "-o", str(output)], catch_exceptions=False)
    assert done.exit_code == 0
    assert [line for line in COMMANDS if line not in done.output] == []
    assert done.output.count("× CPU") == 2
    _, line = output.read_text().splitlines()
    costs = json.loads(line)["costs"]
    assert costs.keys() == COMMANDS.keys()
    assert costs["unknot --version"][1] < costs["unknot run, one cycle"][1]
