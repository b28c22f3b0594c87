"""``[tool.unknot]``: what it may say, and what is said of what it may not."""

from __future__ import annotations

import time

import pytest

from tests.gate.made import cell
from unknot.errors import UsageError
from unknot.gate import Budgets, parse_budgets

GOOD = """
[tool.unknot.budgets."w.py"]
cyclic = 2
peak = 100
[tool.unknot.budgets."w.py".types."asyncio.Task"]
leaked = 0
[tool.unknot.budgets."w.py".variants.w]
cyclic = 0.5
[tool.unknot.budgets."w.py".variants.w.types."asyncio.Task"]
cyclic = 1
[[tool.unknot.allowed]]
signature = "3f9a1c"
reason = "known"
link = "https://example.invalid/1"
"""


def test_the_limits_of_a_variant_go_before_those_of_its_workload() -> None:
    budget = parse_budgets(GOOD, "pyproject.toml").of(cell())
    assert (budget.cyclic, budget.leaked, budget.peak) == (0.5, None, 100)
    task = budget.types["asyncio.Task"]
    assert (task.cyclic, task.leaked) == (1, 0)


def test_a_variant_without_limits_of_its_own_has_those_of_its_workload() -> None:
    assert parse_budgets(GOOD, "pyproject.toml").of(cell(variant="other")).cyclic == 2


def test_a_signature_is_allowed_by_the_digits_that_a_finding_shows() -> None:
    budgets = parse_budgets(GOOD, "pyproject.toml")
    assert budgets.permission("any", "3f9a1c77e0") is not None
    assert budgets.permission("any", "3f9a1d77e0") is None


@pytest.mark.parametrize("document", ["", "[tool.other]\nx = 1", "[project]\nname = 'x'"])
def test_a_project_that_says_nothing_has_no_budget(document: str) -> None:
    assert parse_budgets(document, "pyproject.toml") == Budgets()


@pytest.mark.parametrize(
    ("document", "complaint"),
    [
        ("[tool.unknot]\nbudget = 1", "budget"),
        ("[tool.unknot.budgets.w]\ncylic = 1", "cylic"),
        ("[tool.unknot.budgets.w]\ncyclic = '1'", "cyclic"),
        ("[tool.unknot.budgets.w]\ncyclic = -1", "cyclic"),
        ("[tool.unknot.budgets.w]\npeak = 1.5", "peak"),
        ("[tool.unknot.budgets.w.types.T]\nmost = 1", "most"),
        ("[[tool.unknot.allowed]]\nsignature = '3f9a1c'\nreason = 'x'", "link"),
        ("[[tool.unknot.allowed]]\nsignature = '3f'\nreason = 'x'\nlink = 'x'", "signature"),
        ("[[tool.unknot.allowed]]\nsignature = '3f9a1c'\nreason = ''\nlink = 'x'", "reason"),
        ("[tool.unknot.budgets.w]\ncyclic = inf", "cyclic"),
        ("[tool.unknot.budgets.w]\nleaked = 1e400", "leaked"),
        ("[tool.unknot.budgets.w]\nbytes = nan", "bytes"),
        ("tool = 1", "tool is no table"),
        ("[[tool.unknot]]\nmine = true", "tool.unknot is no table"),
        ("[tool.unknot", "not a pyproject"),
        ("x = " + "[" * 100_000, "not a pyproject"),
    ],
)
def test_what_does_not_fit_is_refused_by_its_key(document: str, complaint: str) -> None:
    with pytest.raises(UsageError, match=complaint) as refused:
        parse_budgets(document, "some/pyproject.toml")
    assert "some/pyproject.toml" in str(refused.value)


@pytest.mark.parametrize(
    "document",
    [
        f"x = {'9' * 5000}",
        f"{'a.' * 50_000}a = 1",
        f"x = {{ {'a . ' * 50_000}a = 1 }}",
        f"[{'a.' * 50_000}a]",
        f"{chr(34)}a{chr(34)}{'.b' * 50_000} = 1",
        "x = " + "[" * 100_000,
    ],
    ids=["digits", "a dotted key", "inline", "a table", "quoted", "nested"],
)
def test_a_document_that_takes_for_ever_is_refused_at_once(document: str) -> None:
    started = time.process_time()
    with pytest.raises(UsageError, match=r"some\.toml"):
        parse_budgets(document, "some.toml")
    assert time.process_time() - started < 5


def test_long_words_and_many_numbers_are_no_long_key() -> None:
    document = f"words = '{'a' * 100_000}'\nnumbers = [{'1.5, ' * 10_000}]\n" + GOOD
    assert parse_budgets(document, "some.toml").budgets
