"""Findings by whose they are, and a gate for one's own alone."""

from __future__ import annotations

from typing import Any

import msgspec
import pytest

from tests.gate.made import cell, counts, cycle, result
from tests.gate.test_judgement import kinds
from unknot.cli.status import FINDING, FINE, status_of
from unknot.gate import Budgets, judge
from unknot.records import Cell, Leak, count_blame
from unknot.report.terminal import cell_lines

MINE = Budgets(mine=True)


def cyclic(*packages: str | None, **fields: Any) -> Cell:
    cycles = [
        msgspec.structs.replace(cycle(f"aaaaaa0{number}"), package=package)
        for number, package in enumerate(packages)
    ]
    return cell({"w.Thing": counts(len(cycles))}, cycles=cycles, **fields)


def leak(package: str | None) -> Leak:
    return Leak(type="w.Kept", per_op=1, objects_per_op=1, path=[], steps=[], package=package)


def test_findings_are_counted_by_whose_they_are() -> None:
    found = cyclic("anyio", None, "httpx", leaks=[leak("httpx")])
    assert count_blame(found) == (1, {"anyio": 1, "httpx": 2})
    assert "4 findings, 1 in your code: httpx 2, anyio 1" in cell_lines(found)
    assert not any("in your code" in line for line in cell_lines(cyclic(None, None)))


def test_a_project_that_was_installed_to_be_measured_is_ones_own() -> None:
    found = cyclic("my_project", "anyio", projects={"./here": "My-Project"})
    assert count_blame(found) == (1, {"anyio": 1})


@pytest.mark.parametrize(
    ("found", "status"),
    [
        (cyclic("anyio", "Python"), FINE),
        (cyclic("anyio", None), FINDING),
        (cyclic("anyio", verdict="undecided"), FINDING),
        (cell({"w.Thing": counts(1)}), FINDING),
        (cell(verdict="leaking", leaks=[leak("httpx")]), FINE),
        (cell(verdict="leaking", leaks=[leak(None)]), FINDING),
    ],
)
def test_a_run_of_mine_fails_for_ones_own_and_for_what_is_not_known(
    found: Cell, status: int
) -> None:
    assert status_of([found], mine=True) == status
    assert status_of([found]) == FINDING


def test_the_gate_tells_a_packages_new_cycle_and_does_not_fail() -> None:
    before = cell({"w.Thing": counts(0)})
    after = cyclic("anyio")
    judgement = judge(result(after), result(before), MINE)
    assert judgement.passed
    assert "excused" in kinds(judgement, "note")
    assert not judge(result(after), result(before), Budgets()).passed


def test_the_gate_fails_for_ones_own_beside_a_packages() -> None:
    before = cell({"w.Thing": counts(0)})
    judgement = judge(result(cyclic("anyio", None)), result(before), MINE)
    assert kinds(judgement) >= {"signature"}


def leaking(*packages: str | None, leaked: float = 1.0) -> Cell:
    return cell(
        {"w.Kept": counts(0, leaked=leaked)},
        verdict="leaking",
        leaks=[leak(package) for package in packages],
    )


def test_the_gate_tells_a_packages_leak_and_does_not_fail() -> None:
    before = cell({"w.Kept": counts(0)})
    judgement = judge(result(leaking("httpx")), result(before), MINE)
    assert judgement.passed
    assert "excused" in kinds(judgement, "note")
    assert not judge(result(leaking("httpx")), result(before), Budgets()).passed


@pytest.mark.parametrize(
    "after",
    [
        leaking("httpx", None, leaked=2),
        leaking(None),
        leaking(),
        leaking("httpx", leaked=3),  # and two that no finding names
    ],
)
def test_the_gate_fails_for_a_leak_that_is_ones_own_or_may_be(after: Cell) -> None:
    before = cell({"w.Kept": counts(0)})
    assert not judge(result(after), result(before), MINE).passed


def test_a_budget_of_mine_is_not_for_a_packages_leak() -> None:
    after = leaking("httpx")
    budget = {"budgets": {after.workload: {"leaked": 0}}}
    mine = msgspec.convert({**budget, "mine": True}, Budgets)
    assert judge(result(after), None, mine).passed
    assert not judge(result(after), None, msgspec.convert(budget, Budgets)).passed
    assert not judge(result(leaking(None)), None, mine).passed
