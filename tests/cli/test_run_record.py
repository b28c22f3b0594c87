"""A run keeps what it has measured, whatever ends it."""

from __future__ import annotations

from pathlib import Path
from typing import NoReturn

import pytest
from rich.console import Console

import unknot.cli.portion
from unknot.cli.portion import Selection
from unknot.cli.run_record import Run
from unknot.errors import UnknotError
from unknot.measuring.spec import CellSpec, Effort, cell_of
from unknot.records import CellError, read_result


def test_what_was_measured_before_ctrl_c_is_written(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    workload = tmp_path / "workload.py"
    workload.write_text("def op(): pass\n")
    effort = Effort(ops=4, warmup=1, samples=1, confirm_ops=4)
    specs = {7: CellSpec(workload=str(workload), effort=effort)}
    run = Run(title="A test", output=tmp_path / "result.json", versions=[""] * 9)
    with Console(stderr=True, quiet=True) as console:
        run.measure(specs, console)
        monkeypatch.setattr(unknot.cli.portion, "measure_cells", interrupted)
        with run.stoppable():
            run.measure({8: specs[7]}, console)
    run.finish()
    assert capsys.readouterr().err == "unknot: interrupted, 1 of 1 cell measured to the end\n"
    result = read_result(tmp_path / "result.json")
    assert ([cell.verdict for cell in result.cells], result.interrupted) == (["clean"], True)
    assert run.status() == 130


def interrupted(*_: object) -> NoReturn:
    raise KeyboardInterrupt


def test_an_error_is_raised_when_what_was_measured_before_it_is_written(tmp_path: Path) -> None:
    run = Run(title="A test", output=tmp_path / "result.json")
    with pytest.raises(UnknotError, match="the first"), run.stoppable():
        raise UnknotError("the first")
    run.cells[0] = cell_of(CellSpec(workload="w.py"), error=CellError(kind="raised", message="no"))
    with run.stoppable():
        raise UnknotError("the second")
    run.finish()
    assert read_result(tmp_path / "result.json").interrupted
    with pytest.raises(UnknotError, match="the second"):
        run.status()


@pytest.mark.parametrize(
    ("selection", "said"),
    [
        (Selection(shard="2/2"), "share 2/2 is empty (of 1 cell planned)"),
        (Selection(shard="1/2"), ""),
    ],
)
def test_a_share_without_a_cell_is_said_to_be_empty(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], selection: Selection, said: str
) -> None:
    run = Run(title="A test", output=tmp_path / "result.json", asked=selection)
    chosen = run.choose([CellSpec(workload="w.py")], ["3.11.7"])
    assert said in capsys.readouterr().err
    assert bool(chosen) is not bool(said)
    assert read_result(tmp_path / "result.json").cells == []
