"""Judges a result against a baseline, if there is one, and against budgets."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import replace
from types import MappingProxyType
from typing import Literal

from unknot.gate.budgets import Budgets
from unknot.gate.difference import Count, differences, exceeds, total_rates
from unknot.gate.freshness import Source, check_freshness
from unknot.gate.growth import growths_that_are_more, word_growth
from unknot.gate.limits import check_limits
from unknot.gate.pairing import Pairing, pair_by_name
from unknot.gate.times import compare_times
from unknot.records import Case, Cell, Cycle, Difference, Leak, Result
from unknot.records.judgement import Figure, GateMessage, Judgement, Level
from unknot.text import precise, visible

__all__ = ["judge"]

SHOWN: tuple[Count, ...] = ("cyclic", "leaked", "blocks_leaked")
UNITS: Mapping[Count, Literal["objects", "blocks", "bytes"]] = {
    **dict.fromkeys(SHOWN, "objects"),
    "blocks_leaked": "blocks",
    "bytes": "bytes",
}
LEAKED = frozenset({"leaked", "blocks_leaked"})
LEAKING = ("leaking", "cyclic+leaking", "growing", "cyclic+growing")
NO_SOURCES: Mapping[str, Source] = MappingProxyType({})


def judge(
    result: Result,
    baseline: Result | None,
    budgets: Budgets,
    factor: float = 1.10,
    strict: bool = False,
    first: bool = False,
    sources: Mapping[str, Source] = NO_SOURCES,
) -> Judgement:
    """The judgement of ``result``. Without a baseline, only budgets are judged.

    It fails closed: what was not measured, or cannot be compared although it should be, does not
    pass. With ``strict`` warnings fail too: an improvement, until the budget or the baseline is
    tightened, and an undecided or unconfirmed verdict. A ``first`` run may have nothing to be
    judged by. ``sources`` are the current files of the workloads.
    """
    findings = [*_without_measurement(result), *check_freshness(result, sources)]
    figures: list[Figure] = []
    changes: list[Difference] = []
    pairing = pair_by_name(baseline.cells if baseline else [], result.cells)
    for before, after in pairing.pairs:
        figures += _figures(before, after)
        found = differences(before, after)
        changes += found
        findings += _judge_pair(before, after, found, budgets)
    if baseline is not None:
        findings += _around(pairing, baseline, budgets)
        for one in compare_times(baseline, result, factor):
            if isinstance(one, Figure):
                figures.append(one)
            else:
                findings.append(one)
    findings += _judge_budgets(result, budgets)
    if baseline is None and not first and _judges_nothing(budgets, result):
        text = "there are budgets, and none is for what was measured: is it the right result?"
        findings.append(_failure("stale", Case(), text))
    if strict:
        findings = [
            replace(one, level="failure") if one.level == "warning" else one for one in findings
        ]
    return Judgement(
        findings=tuple(findings),
        figures=tuple(figures),
        differences=tuple(sorted(changes, key=_weight)),
        cells=tuple(cell.case for cell in result.cells),
        compared=len(pairing.pairs),
        budgeted=sum(cell.workload in budgets.budgets for cell in result.cells),
        factor=factor,
    )


def _without_measurement(result: Result) -> Iterator[GateMessage]:
    if result.interrupted:
        yield _failure("error", Case(), "the run was interrupted: measure again")
    if not result.cells:
        yield _failure("error", Case(), "nothing was measured")
    for cell in result.cells:
        if cell.error is not None:
            message = next(iter(cell.error.message.splitlines()), "")
            yield _failure("error", cell.case, f"{cell.error.kind}: {message}")
        elif cell.verdict == "undecided":
            text = (
                "undecided: growth neither went on flat nor stopped; measure with more operations"
            )
            yield GateMessage(level="warning", kind="verdict", case=cell.case, text=text)
        elif cell.per_op is None:
            yield _failure("error", cell.case, "the cell has neither counts nor an error")
        if cell.unconfirmed is not None:
            text = f"unconfirmed: {cell.unconfirmed}"
            yield GateMessage(level="warning", kind="unconfirmed", case=cell.case, text=text)


def _figures(before: Cell, after: Cell) -> Iterator[Figure]:
    ours, theirs = total_rates(before), total_rates(after)
    for measure, unit in UNITS.items():
        if measure in ours and measure in theirs:
            was, is_now = ours[measure], theirs[measure]
            yield Figure(
                case=after.case,
                measure=measure,
                unit=unit,
                before=was.value,
                after=is_now.value,
                significant=exceeds(was, is_now) or exceeds(is_now, was),
            )


def _judge_pair(
    before: Cell, after: Cell, found: list[Difference], budgets: Budgets
) -> Iterator[GateMessage]:
    case = after.case
    excused = _is_excused(before, after, budgets)
    leaks = budgets.excused_leaks(after)
    yield from (_excused(case, leak) for leak in leaks)
    unjudged = {*(("cyclic",) if excused else ()), *(LEAKED if leaks else ())}
    found = [one for one in found if not (one.worse and one.measure in unjudged)]
    totals = {one.measure for one in found if one.subject == "total" and one.worse}
    for one in found:
        if one.subject == "signature":
            yield from _judge_signature(one, after, budgets)
        elif one.measure == "bytes":
            if one.worse and totals == {"bytes"} and not unjudged:  # objects say more
                yield _failure("count", case, _word(one))
        elif one.worse and (one.subject == "total" or one.measure not in totals):
            yield _failure("count", case, _word(one))
        elif one.subject == "total" and one.change in ("gone", "less") and one.measure in SHOWN:
            text = f"{_word(one)}: it improved, save a new baseline"
            yield GateMessage(level="warning", kind="improved", case=case, text=text)
    more = [word_growth(was, growth) for was, growth in growths_that_are_more(before, after)]
    for text in more:
        yield _failure("growth", case, text)
    worse = after.verdict in LEAKING and before.verdict not in LEAKING
    if worse and "leaked" not in totals and not (more or leaks):
        text = f"{after.verdict}, and was {before.verdict}"
        yield _failure("verdict", case, text)


def _excused(case: Case, leak: Leak) -> GateMessage:
    text = f"leak of {leak.type} is {leak.package}'s, and only one's own are judged"
    return GateMessage(level="note", kind="excused", case=case, text=text)


def _judge_signature(one: Difference, after: Cell, budgets: Budgets) -> Iterator[GateMessage]:
    if not one.worse:
        return
    case = after.case
    permission = budgets.permission(after.workload, one.name)
    cycle = next(cycle for cycle in after.cycles if cycle.signature == one.name)
    if permission is not None:
        text = f"cycle {one.name[:6]} is allowed: {permission.reason} ({permission.link})"
        yield GateMessage(level="note", kind="excused", case=case, text=text)
    elif budgets.excuses(after, cycle):
        text = f"cycle {one.name[:6]} is {cycle.package}'s, and only one's own are judged"
        yield GateMessage(level="note", kind="excused", case=case, text=text)
    elif one.change == "new":
        instruction = visible(cycle.cut.instruction)  # a name in it may have line breaks
        text = f"NEW cycle {one.name[:6]}, {precise(one.after)} per op: {instruction}"
        yield GateMessage(level="failure", kind="signature", case=case, text=text, cycle=cycle)
    else:
        text = f"cycle {one.name[:6]}: {precise(one.before)} → {precise(one.after)} copies per op"
        yield GateMessage(level="failure", kind="signature", case=case, text=text, cycle=cycle)


def _around(pairing: Pairing, baseline: Result, budgets: Budgets) -> Iterator[GateMessage]:
    """Messages about what the two results do not have in common."""
    if not any(cell.error is None for cell in baseline.cells):
        yield _failure("missing", Case(), "the baseline holds no measurement: save it again")
    elif not pairing.pairs and not pairing.gone and not pairing.failed:
        text = "nothing in the result can be compared with the baseline"
        yield _failure("missing", Case(), text)
    for cell in pairing.gone:
        text = "was measured before, and is not in the result"
        yield _failure("missing", cell.case, text)
    for cell in pairing.added:
        text = "not in the baseline: budgets alone are judged"
        level: Level = "note"
        if cell.verdict != "clean" and cell.workload not in budgets.budgets:
            text, level = f"{cell.verdict}, and not in the baseline: nothing judges it", "warning"
        yield GateMessage(level=level, kind="not judged", case=cell.case, text=text)
    for old, new in dict.fromkeys(
        (one.case.requirements, other.case.requirements) for one, other in pairing.reinstalled
    ):
        mine, theirs = (", ".join(names) or "nothing installed" for names in (new, old))
        text = f"counts with {mine} are judged by those with {theirs}"
        yield GateMessage(level="note", kind="not judged", case=Case(), text=text)
    pythons = dict.fromkeys((one.python, other.python) for one, other in pairing.across)
    for was, is_now in pythons:
        text = (
            f"counts under Python {is_now} are judged by those under {was}, "
            "the nearest in the baseline"
        )
        yield GateMessage(level="note", kind="not judged", case=Case(), text=text)
    if pairing.skipped:
        text = f"of the baseline, Python {', '.join(pairing.skipped)} was not measured"
        yield GateMessage(level="note", kind="not judged", case=Case(), text=text)


def _judge_budgets(result: Result, budgets: Budgets) -> Iterator[GateMessage]:
    for cell in result.cells:
        if cell.error is None:
            excused = _leaves_only_allowed(cell, budgets)
            leaks = bool(budgets.excused_leaks(cell))
            yield from check_limits(cell, budgets.of(cell), excused, leaks)
    workloads = {cell.workload for cell in result.cells}
    variants = {(cell.workload, cell.variant) for cell in result.cells}
    for workload, budget in budgets.budgets.items():
        if workload not in workloads:
            yield _unused(Case(workload=workload))
        for variant in budget.variants:
            if workload in workloads and (workload, variant) not in variants:
                yield _unused(Case(workload=workload, variant=variant))


def _judges_nothing(budgets: Budgets, result: Result) -> bool:
    measured = {cell.workload for cell in result.cells}
    return bool(budgets.budgets and measured) and not measured & budgets.budgets.keys()


def _unused(case: Case) -> GateMessage:
    return GateMessage(
        level="note", kind="unused", case=case, text="has a budget, and no cell in the result"
    )


def _is_excused(before: Cell, after: Cell, budgets: Budgets) -> bool:
    """Whether all additional garbage belongs to allowed cycles."""
    allowed = _allowed(after, budgets)
    if not allowed or before.per_op is None or after.per_op is None:
        return False
    was = before.per_op.garbage - _objects(_allowed(before, budgets))
    return after.per_op.garbage - _objects(allowed) <= was + 1e-9


def _leaves_only_allowed(cell: Cell, budgets: Budgets) -> bool:
    allowed = _allowed(cell, budgets)
    if not allowed or cell.per_op is None:
        return False
    return cell.per_op.garbage - _objects(allowed) <= 1e-9


def _allowed(cell: Cell, budgets: Budgets) -> list[Cycle]:
    return [one for one in cell.cycles if budgets.excuses(cell, one)]


def _objects(cycles: list[Cycle]) -> float:
    return sum(cycle.objects_per_op for cycle in cycles)


def _weight(one: Difference) -> tuple[bool, float]:
    """Sort key: regressions first, then the greatest change."""
    return not one.worse, -abs(one.after - one.before)


def _word(one: Difference) -> str:
    name = f"{one.name} " if one.subject == "type" else ""
    unit = "blocks leaked" if one.measure == "blocks_leaked" else one.measure
    return f"{name}{unit} per op: {precise(one.before)} → {precise(one.after)}"


def _failure(kind: str, case: Case, text: str) -> GateMessage:
    return GateMessage(level="failure", kind=kind, case=case, text=text)  # type: ignore[arg-type]
