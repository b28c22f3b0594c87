"""A budget measures new and changed tests first, then those measured longest ago."""

from __future__ import annotations

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.pytest_plugin.test_plugin import names, run
from unknot.pytest_plugin.rationing import Past, Ration, choose, read_past, remember

pytest_plugins = ["pytester"]

TESTS = {"a": "1", "b": "1", "c": "1", "d": "1"}


def past(**tests: tuple[str, float, int]) -> dict[str, Past]:
    return {test: Past(*each) for test, each in tests.items()}


def test_without_a_past_all_tests_are_chosen() -> None:
    assert choose(1, TESTS, {}) == ["a", "b", "c", "d"]


def test_new_and_changed_tests_come_first_then_the_oldest_that_fit() -> None:
    known = past(a=("1", 4, 2), b=("0", 4, 3), d=("1", 4, 1))
    assert choose(100, TESTS, known) == ["b", "c", "d", "a"]
    assert choose(12, TESTS, known) == ["b", "c", "d"]
    assert choose(9, TESTS, known) == ["b", "c", "d"]
    assert choose(8, TESTS, known) == ["b", "c"]
    assert choose(1, TESTS, past(**dict.fromkeys(TESTS, ("1", 4, 1)))) == ["a"]


def test_a_ration_ends_when_its_seconds_are_spent() -> None:
    ration = Ration(5, TESTS, {})
    assert ration.allows("a")
    ration.spend(4)
    assert ration.allows("b")
    ration.spend(4)
    assert not ration.allows("c")
    assert not Ration(5, TESTS, {}).allows("unknown")


def test_several_processes_choose_for_all_of_them() -> None:
    known = past(**dict.fromkeys(TESTS, ("1", 4, 1)))
    allowed = [sum(map(Ration(5, TESTS, known, share).allows, TESTS)) for share in (1, 0.5, 0.25)]
    assert allowed == [2, 3, 4]


@given(st.dictionaries(st.sampled_from("abcd"), st.tuples(st.text(max_size=3), st.floats(0.1, 9))))
def test_what_is_remembered_is_read_again(new: dict[str, tuple[str, float]]) -> None:
    before = past(a=("1", 4, 2), e=("1", 4, 1))
    found = read_past(json.loads(json.dumps(remember(before, new))))
    assert found == {**before, **{test: Past(*each, 3) for test, each in new.items()}}


@pytest.mark.parametrize("stored", [None, 3, {"a": 1}, {"a": [1, 2]}, {"a": ["x", "y", "z"]}])
def test_a_cache_in_another_form_is_no_past(stored: object) -> None:
    assert read_past(stored) == {}


BODY = """
kept = []

def test_{name}():
    kept.append({{"a": []}})
"""


def survey(pytester: pytest.Pytester, *arguments: str) -> tuple[set[str], str]:
    """The tests that were measured, all of which leak, and what was printed."""
    result = pytester.runpytest_subprocess("-p", "no:randomly", "-v", *arguments)
    text = result.stdout.str()
    assert result.ret == 0, text
    found = text.partition("= reference cycles and leaks =")[2].partition("not measured")[0]
    return {name for name in ("one", "two", "three") if f"  in test_{name}.py" in found}, text


@pytest.mark.once
def test_what_one_run_leaves_the_next_measures_first(pytester: pytest.Pytester) -> None:
    for name in ("one", "two", "three"):
        pytester.makepyfile(**{f"test_{name}": BODY.format(name=name)})
    order = ("test_one.py", "test_two.py", "test_three.py")
    first, text = survey(pytester, "--unknot-budget=0.001", *order)
    assert first == {"one"}
    assert "test_two.py::test_two: left for a later run: the budget is 0.001 s" in text
    assert survey(pytester, "--unknot-budget=0.001s", *order)[0] == {"two"}
    assert survey(pytester, "--unknot-budget=0.001s", *order)[0] == {"three"}
    pytester.makepyfile(test_two=BODY.format(name="two").replace("[]", "[1]"))
    assert survey(pytester, "--unknot-budget=0.001s", *order)[0] == {"two"}
    assert survey(pytester, "--unknot-budget=0.001s", *order)[0] == {"one"}


@pytest.mark.once
def test_tests_that_are_left_are_counted_and_marked_ones_are_measured(
    pytester: pytest.Pytester,
) -> None:
    marked = "import pytest\n" + BODY.replace("def test", "@pytest.mark.unknot\ndef test")
    pytester.makepyfile(test_a=BODY.format(name="a"), test_b=BODY.format(name="b"))
    pytester.makepyfile(test_c=marked.format(name="c"))
    outcomes, text = run(pytester, "--unknot-budget=0.001")
    assert names(outcomes, "FAILED") == {"test_c"}
    assert "2 tests measured" in text
    assert "1 test: left for a later run: the budget is 0.001 s" in text


@pytest.mark.parametrize("wrong", ["", "0s", "-1", "5 days", "1e3", "inf"])
def test_a_budget_that_is_no_time_is_wrong_use(pytester: pytest.Pytester, wrong: str) -> None:
    pytester.makepyfile("def test_nothing(): pass")
    result = pytester.runpytest_inprocess(f"--unknot-budget={wrong}")
    assert result.ret == pytest.ExitCode.USAGE_ERROR
    said = f"--unknot-budget: {wrong!r} is not a time such as 60s, 5m or 1h"
    result.stderr.fnmatch_lines([f"*{said}"])
