"""What fails, what warns, and what is only told."""

from __future__ import annotations

from datetime import datetime, timedelta

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.gate.made import cell, counts, cycle, failed, latency, result
from tests.gate.test_difference import CELLS
from unknot.gate import Budgets, Source, as_baseline, judge, parse_budgets
from unknot.records import Cell, CellError, Result
from unknot.records.judgement import Judgement
from unknot.report.cases import name_of

NO_BUDGETS = Budgets()
ALLOWED = """
[[tool.unknot.allowed]]
signature = "aaaaaa"
reason = "known"
link = "https://example.invalid/1"
"""


def budgets(text: str) -> Budgets:
    return parse_budgets(text, "pyproject.toml")


def limit(**limits: float) -> Budgets:
    lines = "\n".join(f"{name} = {value}" for name, value in limits.items())
    return budgets(f'[tool.unknot.budgets."w.py"]\n{lines}')


def kinds(judgement: Judgement, level: str = "failure") -> set[str]:
    return {finding.kind for finding in judgement.findings if finding.level == level}


def thing(cyclic: float = 0.0, leaked: float = 0.0) -> Cell:
    return cell({"w.Thing": counts(cyclic, leaked)})


def judged(before: Cell, after: Cell, allowance: Budgets = NO_BUDGETS) -> Judgement:
    return judge(result(after), result(before), allowance)


@given(st.lists(CELLS, min_size=1, max_size=3))
def test_a_result_passes_beside_itself_as_a_baseline(cells: list[Cell]) -> None:
    measured = result(*cells)
    assert judge(measured, as_baseline(measured), NO_BUDGETS, strict=True).passed


@given(CELLS, CELLS, st.floats(0, 20), st.floats(0, 20))
def test_a_wider_budget_fails_no_more(before: Cell, after: Cell, one: float, more: float) -> None:
    narrow = judged(before, after, limit(cyclic=one, leaked=one))
    wide = judged(before, after, limit(cyclic=one + more, leaked=one + more))
    assert narrow.passed <= wide.passed


@given(st.floats(0, 20), st.floats(0, 20), st.floats(0, 20))
def test_leaving_more_behind_never_passes_where_less_failed(
    before: float, after: float, more: float
) -> None:
    less = judged(thing(before), thing(after), limit(cyclic=3))
    worse = judged(thing(before), thing(after + more), limit(cyclic=3))
    assert worse.passed <= less.passed


def test_one_object_in_a_thousand_operations_fails() -> None:
    assert kinds(judged(thing(), thing(cyclic=0.001))) == {"count"}
    assert kinds(judged(thing(), thing(leaked=0.001))) == {"count"}


def test_equal_sums_do_not_hide_a_type_that_is_more() -> None:
    before = cell({"w.A": counts(1.0), "w.B": counts(1.0)})
    after = cell({"w.A": counts(2.0), "w.B": counts(0.0)})
    assert kinds(judged(before, after)) == {"count"}


def test_a_new_signature_fails_even_if_the_sum_went_down() -> None:
    before = cell({"w.Thing": counts(2.0)}, [cycle("aaaaaa01", objects=2.0)])
    after = cell({"w.Thing": counts(1.0)}, [cycle("bbbbbb02")])
    judgement = judged(before, after)
    assert kinds(judgement) == {"signature"}
    (failure,) = judgement.of("failure")
    assert failure.cycle is not None
    assert failure.cycle.signature == "bbbbbb02"
    assert "Clear `Thing.me`" in failure.text


def test_the_advice_of_a_new_cycle_is_told_whole_whatever_a_class_is_called() -> None:
    one = cycle()
    cut = msgspec.structs.replace(one.cut, instruction="Clear `Odd\nname.me` (w.py:2).")
    judgement = judged(thing(), cell(cycles=[msgspec.structs.replace(one, cut=cut)]))
    (failure,) = (each for each in judgement.findings if each.kind == "signature")
    assert failure.text.endswith(r"Clear `Odd\nname.me` (w.py:2).")


def test_an_allowed_signature_does_not_fail_and_neither_do_its_objects() -> None:
    after = cell({"w.Thing": counts(1.0)}, [cycle("aaaaaa01")])
    assert not judged(cell(), after).passed
    assert judged(cell(), after, budgets(ALLOWED)).passed
    assert "excused" in kinds(judged(cell(), after, budgets(ALLOWED)), "note")


def test_an_allowed_signature_excuses_no_other_objects() -> None:
    after = cell({"w.Thing": counts(1.0), "w.Other": counts(1.0)}, [cycle("aaaaaa01")])
    assert kinds(judged(cell(), after, budgets(ALLOWED))) == {"count"}


def test_a_budget_holds_without_a_baseline() -> None:
    assert kinds(judge(result(thing(cyclic=1.0)), None, limit(cyclic=0))) == {"budget"}
    assert judge(result(thing()), None, limit(cyclic=0)).passed


def test_a_budget_of_a_type_and_of_the_peak_is_held() -> None:
    by_type = '[tool.unknot.budgets."w.py".types."w.Thing"]\n'
    measured = result(thing(cyclic=1.0))
    assert not judge(measured, None, budgets(by_type + "cyclic = 0.5")).passed
    assert not judge(measured, None, budgets(by_type + "peak = 6")).passed
    assert judge(measured, None, budgets(by_type + "peak = 7\ncyclic = 1")).passed


def test_a_budget_names_a_built_in_type_as_the_finding_does() -> None:
    measured = result(cell({"builtins.frame": counts(1.0)}))
    of_frames = budgets('[tool.unknot.budgets."w.py".types.frame]\ncyclic = 0')
    assert kinds(judge(measured, None, of_frames)) == {"budget"}


@pytest.mark.parametrize("strict", [False, True])
def test_an_improvement_asks_to_tighten_and_fails_only_when_strict(strict: bool) -> None:
    judgement = judge(
        result(thing(cyclic=1.0)), result(thing(cyclic=2.0)), limit(cyclic=2), strict=strict
    )
    assert judgement.passed is not strict
    said = [one.text for one in judgement.findings if one.kind == "improved"]
    assert len(said) == 2
    assert any("tighten the budget" in text for text in said)
    assert any("save a new baseline" in text for text in said)


def test_a_failed_a_missing_and_an_interrupted_measurement_fail() -> None:
    assert kinds(judge(result(failed()), None, NO_BUDGETS)) == {"error"}
    assert kinds(judge(result(cell()), result(cell(), cell(gc="auto")), NO_BUDGETS)) == {"missing"}
    assert kinds(judge(result(cell(), interrupted=True), None, NO_BUDGETS)) == {"error"}
    assert kinds(judge(result(), None, NO_BUDGETS)) == {"error"}


def test_counts_of_another_interpreter_are_judged_and_it_is_said() -> None:
    after = cell({"w.Thing": counts(1.0)}, python="3.13.0")
    judgement = judged(cell(), after)
    assert not judgement.passed
    assert any("3.13.0" in note.text for note in judgement.of("note"))


def test_a_budget_that_no_cell_uses_is_told() -> None:
    spare = budgets('[tool.unknot.budgets."absent.py"]\ncyclic = 0')
    assert "unused" in kinds(judge(result(cell()), None, spare), "note")


def timed(times: list[float], **fields: int) -> Result:
    return result(
        cell(), latencies=[latency(sum(times) / len(times), times)], cpu_count=fields.get("cpus", 2)
    )


FAST = [1.00e-4, 1.01e-4, 0.99e-4, 1.00e-4]


def test_a_time_fails_where_it_is_significant_and_over_the_factor() -> None:
    slow = [1.3 * value for value in FAST]
    assert kinds(judge(timed(slow), timed(FAST), NO_BUDGETS)) == {"time"}
    assert judge(timed(slow), timed(FAST), NO_BUDGETS, factor=1.4).passed
    assert judge(timed(FAST), timed(slow), NO_BUDGETS).passed


def test_an_older_time_that_does_not_say_its_python_is_of_its_results() -> None:
    slow = [1.3 * value for value in FAST]
    named = latency(sum(slow) / len(slow), slow, python=timed(slow).environment.python)
    assert kinds(
        judge(result(cell(), latencies=[named], cpu_count=2), timed(FAST), NO_BUDGETS)
    ) == {"time"}
    other = msgspec.structs.replace(named, python="3.99.0")
    assert judge(result(cell(), latencies=[other], cpu_count=2), timed(FAST), NO_BUDGETS).passed


def test_a_time_that_scatters_is_not_significant() -> None:
    scattered = [1e-4, 1.2e-4, 2.5e-4, 0.5e-4]
    judgement = judge(timed(scattered), timed(FAST), NO_BUDGETS)
    assert judgement.passed
    assert [one.significant for one in judgement.figures if one.measure == "time"] == [False]


def test_times_of_another_machine_are_shown_and_not_judged_and_it_is_said() -> None:
    judgement = judge(timed([2 * value for value in FAST], cpus=64), timed(FAST), NO_BUDGETS)
    assert judgement.passed
    (figure,) = (one for one in judgement.figures if one.measure == "time")
    assert figure.significant
    assert not figure.judged
    assert any("not judged" in note.text for note in judgement.of("note"))


def test_a_baseline_keeps_what_it_has_of_other_interpreters_and_drops_paths() -> None:
    old = result(cell(python="3.12.1"), cell(python="3.11.2"), cell(python="3.12.1", gc="auto"))
    saved = as_baseline(result(cell(python="3.11.7")), old)
    assert [(one.python, one.gc) for one in saved.cells] == [
        ("3.11.7", "off"),
        ("3.12.1", "off"),
        ("3.12.1", "auto"),
    ]
    assert saved.environment.packages == {}
    assert saved.environment.command == []


def test_in_flight_and_backend_tell_cells_apart() -> None:
    few, many = cell(), cell({"w.Thing": counts(1.0)}, in_flight=8)
    assert judge(result(many, few), result(few, many), NO_BUDGETS).passed
    judgement = judge(result(many), result(few), NO_BUDGETS)
    (gone,) = judgement.of("failure")
    (added,) = judgement.of("warning")
    assert gone.case == few.case
    assert added.case == many.case
    assert name_of(gone.case) != name_of(added.case)
    assert "8 in flight" in name_of(added.case)
    other = judge(result(cell(backend="trio")), result(few), NO_BUDGETS)
    assert "trio" in name_of(other.of("note")[0].case)


def test_other_requirements_are_compared_and_it_is_said() -> None:
    before, after = cell(requirements=["x==1"]), cell({"w.A": counts(1.0)}, requirements=["x==2"])
    judgement = judged(before, after)
    assert kinds(judgement) == {"count"}
    assert any("x==2" in note.text and "x==1" in note.text for note in judgement.of("note"))


def test_equal_requirements_are_compared_first() -> None:
    one = cell(requirements=["x==1"])
    two = cell({"w.A": counts(1.0)}, requirements=["x==2"])
    assert judge(result(two, one), result(one, two), NO_BUDGETS).passed


@pytest.mark.parametrize("before", [result(), result(failed())])
def test_a_baseline_without_a_measurement_does_not_pass(before: Result) -> None:
    assert kinds(judge(result(cell()), before, NO_BUDGETS)) == {"missing"}


def test_what_leaks_and_is_not_in_the_baseline_warns_and_fails_when_strict() -> None:
    new = cell({"w.A": counts(leaked=1.0)}, shape="new")
    for strict in (False, True):
        judgement = judge(result(cell(), new), result(cell()), NO_BUDGETS, strict=strict)
        assert judgement.passed is not strict


def test_what_is_unconfirmed_warns_and_fails_when_strict() -> None:
    measured = result(cell(unconfirmed="the time limit came first"))
    judgement = judge(measured, result(cell()), NO_BUDGETS)
    assert judgement.passed
    assert kinds(judgement, "warning") == {"unconfirmed"}
    assert not judge(measured, result(cell()), NO_BUDGETS, strict=True).passed


def test_a_measurement_with_an_error_does_not_pass() -> None:
    partly = cell(error=CellError(kind="timeout", message="no answer within 120 s"))
    assert kinds(judge(result(partly), result(cell()), NO_BUDGETS)) == {"error"}


def test_a_cell_without_counts_does_not_pass() -> None:
    assert kinds(judge(result(cell(per_op=None, verdict=None)), None, NO_BUDGETS)) == {"error"}


def test_budgets_that_are_for_nothing_that_was_measured_do_not_pass() -> None:
    other = budgets('[tool.unknot.budgets."other.py"]\nleaked = 0')
    assert kinds(judge(result(cell()), None, other)) == {"stale"}
    assert judge(result(cell()), None, other, first=True).passed
    assert judge(result(cell()), result(cell()), other).passed


def test_a_result_of_another_workload_is_stale() -> None:
    begun = datetime.fromisoformat(result().environment.started)
    measured = result(cell(workload_digest="one"))
    same, other = Source("one", begun + timedelta(days=1)), Source("two", begun)
    assert judge(measured, None, NO_BUDGETS, sources={"w.py": same}).passed
    assert kinds(judge(measured, None, NO_BUDGETS, sources={"w.py": other})) == {"stale"}


@pytest.mark.parametrize(("later", "passes"), [(-60, True), (60, False)])
def test_a_result_without_a_digest_goes_by_the_time(later: int, passes: bool) -> None:
    moment = datetime.fromisoformat(result().environment.started) + timedelta(seconds=later)
    sources = {"w.py": Source("any", moment)}
    assert judge(result(cell()), None, NO_BUDGETS, sources=sources).passed is passes
