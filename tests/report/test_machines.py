"""The page says which machine measured what, where several did; and nothing where one did."""

from __future__ import annotations

from pathlib import Path

from msgspec import structs

from tests.gate.made import cell, result
from unknot.records import Cell, Machine
from unknot.report.page import write_page
from unknot.report.tables.run import machines_table, measured_by_table


def on(name: str, load: float, measured: Cell, seconds: float) -> Cell:
    machine = Machine(name=name, cores=4, load=load, platform="Linux-6.1")
    return structs.replace(measured, machine=machine, seconds=seconds)


TWO = result(
    on("alpha", 0.5, cell(), 2.0),
    on("beta", 1.0, cell(gc="auto"), 3.0),
    on("alpha", 1.25, cell(gc="forced"), 4.0),
)


def test_each_machine_is_a_row_with_what_it_measured() -> None:
    shown = machines_table(TWO)
    assert shown is not None
    texts = [[entry.text for entry in row] for row in shown.rows]
    assert [row[:3] for row in texts] == [["alpha", "4", "2"], ["beta", "4", "1"]]
    assert texts[0][4] == "0.50 to 1.25"


def test_each_cell_is_a_row_with_its_machine() -> None:
    shown = measured_by_table(TWO)
    assert shown is not None
    assert [row[1].text for row in shown.rows] == ["alpha", "beta", "alpha"]


def test_the_page_has_them_where_several_machines_measured(tmp_path: Path) -> None:
    page = write_page(TWO, tmp_path, []).read_text()
    assert "Which machine measured what" in page
    assert "beta" in page
    alone = write_page(result(cell()), tmp_path, []).read_text()
    assert "Which machine measured what" not in alone
