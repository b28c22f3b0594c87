"""What is left in each process stands beside what was, also where it did not change."""

from __future__ import annotations

from unknot.records import Cell, PerOp, Process, TypeCount
from unknot.report.cell_text import process_lines
from unknot.report.tables.left import processes_table


def type_count(cyclic: float) -> TypeCount:
    return TypeCount(
        before=0, after=0, peak=0, retained_per_op=cyclic, cyclic_per_op=cyclic,
        leaked_per_op=0.0, garbage_per_op=cyclic,
    )  # fmt: skip


def process(number: int, command: str, **types: float) -> Process:
    cyclic = sum(types.values())
    per_op = PerOp(
        retained=cyclic, cyclic=cyclic, leaked=0.0, garbage=cyclic, blocks=0.0, blocks_leaked=0.0,
        asyncgen_finalizers=0.0,
    )  # fmt: skip
    names = {"Task": "asyncio.Task", "Session": "thing.Session", "Other": "else.Other"}
    return Process(
        number=number,
        role="child" if number else "main",
        command=command,
        python="3.11.7",
        started="spawn" if number else "agent",
        rounds=4,
        verdict="cyclic" if cyclic else "clean",
        per_op=per_op,
        types={names[name]: type_count(rate) for name, rate in types.items()},
    )


def cell(*processes: Process) -> Cell:
    return Cell(
        workload="w.py", variant="thing", shape=None, ending=None, gc="off", python="3.11.7",
        ops=400, rounds=4, requirements=["thing==1"], processes=list(processes),
    )  # fmt: skip


def test_workers_with_one_command_are_one_row_and_numbers_do_not_tell_them_apart() -> None:
    before = cell(process(0, "main"), process(1, "serve 7", Task=1), process(2, "serve 8", Task=1))
    after = cell(process(0, "main"), process(1, "serve 91", Session=1, Other=3))
    table = processes_table(before, after)
    assert table is not None
    rows = [tuple(entry.text for entry in row) for row in table.rows]
    assert rows == [
        ("serve #", "all objects", "2", "4"),
        ("serve #", "Task", "2", "0"),
        ("serve #", "Session", "0", "1"),
    ]


def test_a_lone_process_has_no_table_of_processes() -> None:
    assert processes_table(cell(), cell()) is None
    assert process_lines([]) == []


def test_many_clean_processes_are_counted_and_those_that_leave_something_named() -> None:
    clean = [process(number, f"worker {number}") for number in range(1, 9)]
    lines = process_lines([process(0, "main", Task=2), *clean])
    assert any("main" in line and "cyclic" in line for line in lines)
    assert lines[-1] == "  and 8 clean ones"
    assert not any("worker" in line for line in lines)
