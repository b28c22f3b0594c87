"""A driver's run keeps what it has measured, also when it is stopped."""

from __future__ import annotations

from pathlib import Path
from typing import NoReturn

import pytest
from rich.console import Console

import unknot.cli.portion
from bench.run import Run, not_installed, select
from unknot.environments.interpreters import Interpreter
from unknot.errors import UsageError
from unknot.measuring.spec import CellSpec, Effort
from unknot.records import read_result


def test_what_cannot_be_installed_is_a_record_that_says_so() -> None:
    spec = CellSpec(workload="app.py", variant="app==1", requirements=("app==1",))
    cell = not_installed(spec, Interpreter("python", "3.11.7"), "there is no app==1")
    assert cell.error is not None
    assert (cell.error.kind, cell.error.message) == ("environment", "there is no app==1")
    assert (cell.python, cell.requirements) == ("3.11.7", ["app==1"])


def test_a_name_that_is_not_known_is_refused_with_those_that_are_near() -> None:
    known = ["formats.dump_json", "formats.literal", "tasks.shield"]
    assert select((), known, "operation") == known
    assert select(("formats.literal",), known, "operation") == ["formats.literal"]
    with pytest.raises(UsageError, match=r"'tasks\.shelf'; there are 3, such as tasks\.shield"):
        select(("formats.literal", "tasks.shelf"), known, "operation")


def test_what_was_measured_before_ctrl_c_is_written(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    workload = tmp_path / "workload.py"
    workload.write_text("def op(): pass\n")
    effort = Effort(ops=4, warmup=1, samples=1, confirm_ops=4)
    specs = {7: CellSpec(workload=str(workload), effort=effort)}
    run = Run(driver="test", title="A test", folder=tmp_path, versions=[""] * 9)
    with Console(stderr=True, quiet=True) as console:
        run.measure(specs, console)
        monkeypatch.setattr(unknot.cli.portion, "measure_cells", interrupted)
        with run.stoppable():
            run.measure({8: specs[7]}, console)
    assert capsys.readouterr().err == "unknot: interrupted, 1 of 1 cell measured to the end\n"
    result = read_result(tmp_path / "result.json")
    assert ([cell.verdict for cell in result.cells], result.interrupted) == (["clean"], True)
    assert run.exit_code == 130


def interrupted(*_: object) -> NoReturn:
    raise KeyboardInterrupt
