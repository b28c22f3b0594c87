"""The ten wrong uses in the documentation: each is refused with the line that stands there."""

from __future__ import annotations

import re
import sys
from pathlib import Path

import pytest

import unknot
from unknot.cli.commands import commands, run_command

PAGE = Path(__file__).parents[2] / "docs" / "wrong-uses.md"
ROWS = re.findall(r"^\| `unknot (.+?)` \| .+ \| `(.+)` \|$", PAGE.read_text(encoding="utf-8"), re.M)


def op() -> None:
    pass


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    made = tmp_path_factory.mktemp("wrong")
    (made / "empty").mkdir()
    (made / "kept.py").write_text("def op(): pass\n")
    unknot.measure(op, ops=8, warmup=0).save(made / "result.json")
    return made


def test_there_are_ten() -> None:
    assert len(ROWS) == 10


@pytest.mark.parametrize(("typed", "said"), ROWS, ids=[typed for typed, _ in ROWS])
def test_a_wrong_use_is_one_line_and_exit_code_2(
    folder: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
    typed: str,
    said: str,
) -> None:
    monkeypatch.chdir(folder)
    monkeypatch.setattr(sys, "argv", ["unknot", *typed.split()])
    project = folder / "pyproject.toml"
    if "pyproject.toml" in said:
        project.write_text('[tool.unknot.budget."kept.py"]\ncyclic = 0\n')
    try:
        with pytest.raises(SystemExit) as ended:
            run_command(commands, "unknot")
    finally:
        project.unlink(missing_ok=True)
    printed = capsys.readouterr()
    assert (ended.value.code, printed.out) == (2, "")
    assert said in printed.err
    assert "Traceback" not in printed.err


@pytest.mark.parametrize("name", ["", " "])
def test_an_empty_name_does_not_mean_the_whole_folder(
    folder: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], name: str
) -> None:
    monkeypatch.chdir(folder)
    monkeypatch.setattr(sys, "argv", ["unknot", "run", name])
    with pytest.raises(SystemExit) as ended:
        run_command(commands, "unknot")
    assert ended.value.code == 2
    assert "a workload's name is empty" in capsys.readouterr().err
