"""The judgement of a result: beside a baseline, where there is one, and against budgets."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

from unknot.gate.budgets import Budgets
from unknot.gate.difference import Count, differences, exceeds, total_rates
from unknot.gate.limits import check_limits
from unknot.gate.pairing import Pairing, pair_by_name
from unknot.gate.times import compare_times
from unknot.judgement import Figure, Finding, Judgement, Place, place_of
from unknot.records import Cell, Cycle, Difference, Result

__all__ = ["judge"]

SHOWN: tuple[Count, ...] = ("cyclic", "leaked", "blocks_leaked")
LEAKING = ("leaking", "cyclic+leaking", "growing", "cyclic+growing")


def judge(
    result: Result,
    baseline: Result | None,
    budgets: Budgets,
    factor: float = 1.10,
    strict: bool = False,
) -> Judgement:
    """What is to be said of ``result``; without a baseline, budgets alone are judged.

    With ``strict`` an improvement fails too, until the budget or the baseline is as tight.
    """
    findings = [*_without_measurement(result)]
    figures: list[Figure] = []
    changes: list[Difference] = []
    pairing = pair_by_name(baseline.cells if baseline else [], result.cells)
    for before, after in pairing.pairs:
        figures += _figures(before, after)
        found = differences(before, after)
        changes += found
        findings += _judge_pair(before, after, found, budgets)
    if baseline is not None:
        findings += _around(pairing)
        for said in compare_times(baseline, result, factor):
            if isinstance(said, Figure):
                figures.append(said)
            else:
                findings.append(said)
    findings += _judge_budgets(result, budgets)
    if strict:
        findings = [
            replace(one, level="failure") if one.kind == "improved" else one for one in findings
        ]
    return Judgement(
        findings=tuple(findings),
        figures=tuple(figures),
        differences=tuple(sorted(changes, key=_weight)),
        cells=tuple(map(place_of, result.cells)),
        compared=len(pairing.pairs),
        factor=factor,
    )


def _without_measurement(result: Result) -> Iterator[Finding]:
    if result.interrupted:
        yield _failure("error", Place(), "the run was interrupted: measure again")
    if not result.cells:
        yield _failure("error", Place(), "nothing was measured")
    for cell in result.cells:
        if cell.error is not None:
            message = next(iter(cell.error.message.splitlines()), "")
            yield _failure("error", place_of(cell), f"{cell.error.kind}: {message}")
        elif cell.verdict == "undecided":
            text = (
                "undecided: growth neither went on flat nor stopped; measure with more operations"
            )
            yield Finding(level="warning", kind="verdict", place=place_of(cell), text=text)


def _figures(before: Cell, after: Cell) -> Iterator[Figure]:
    ours, theirs = total_rates(before), total_rates(after)
    for measure in SHOWN:
        if measure in ours and measure in theirs:
            was, is_now = ours[measure], theirs[measure]
            yield Figure(
                place=place_of(after),
                measure=measure,
                unit="blocks" if measure == "blocks_leaked" else "objects",
                before=was.value,
                after=is_now.value,
                significant=exceeds(was, is_now) or exceeds(is_now, was),
            )


def _judge_pair(
    before: Cell, after: Cell, found: list[Difference], budgets: Budgets
) -> Iterator[Finding]:
    place = place_of(after)
    excused = _is_excused(before, after, budgets)
    totals = {one.measure for one in found if one.subject == "total" and one.worse}
    for one in found:
        if one.subject == "signature":
            yield from _judge_signature(one, after, budgets)
        elif one.worse and excused and one.measure == "cyclic":
            continue
        elif one.worse and (one.subject == "total" or one.measure not in totals):
            yield _failure("count", place, _says(one))
        elif one.subject == "total" and one.change in ("gone", "less") and one.measure in SHOWN:
            text = f"{_says(one)}: it improved, save a new baseline"
            yield Finding(level="warning", kind="improved", place=place, text=text)
    if after.verdict in LEAKING and before.verdict not in LEAKING and "leaked" not in totals:
        text = f"{after.verdict}, and was {before.verdict}"
        yield _failure("verdict", place, text)


def _judge_signature(one: Difference, after: Cell, budgets: Budgets) -> Iterator[Finding]:
    if not one.worse:
        return
    place = place_of(after)
    permission = budgets.permission(after.workload, one.name)
    cycle = next(cycle for cycle in after.cycles if cycle.signature == one.name)
    if permission is not None:
        text = f"cycle {one.name[:6]} is allowed: {permission.reason} ({permission.link})"
        yield Finding(level="note", kind="excused", place=place, text=text)
    elif one.change == "new":
        text = f"NEW cycle {one.name[:6]}, {one.after:.6g} per op: {cycle.cut.instruction}"
        yield Finding(level="failure", kind="signature", place=place, text=text, cycle=cycle)
    else:
        text = f"cycle {one.name[:6]}: {one.before:.6g} → {one.after:.6g} copies per op"
        yield Finding(level="failure", kind="signature", place=place, text=text, cycle=cycle)


def _around(pairing: Pairing) -> Iterator[Finding]:
    """What the two results do not have in common."""
    for cell in pairing.gone:
        text = "was measured before, and is not in the result"
        yield _failure("missing", place_of(cell), text)
    for cell in pairing.added:
        text = "not in the baseline: budgets alone are judged"
        yield Finding(level="note", kind="not judged", place=place_of(cell), text=text)
    pythons = dict.fromkeys((one.python, other.python) for one, other in pairing.across)
    for was, is_now in pythons:
        text = (
            f"counts under Python {is_now} are judged by those under {was}, "
            "the nearest in the baseline"
        )
        yield Finding(level="note", kind="not judged", place=Place(), text=text)
    if pairing.skipped and not pairing.pairs:
        text = f"of the baseline, Python {', '.join(pairing.skipped)} was not measured"
        yield Finding(level="note", kind="not judged", place=Place(), text=text)


def _judge_budgets(result: Result, budgets: Budgets) -> Iterator[Finding]:
    for cell in result.cells:
        if cell.error is None:
            excused = _leaves_only_allowed(cell, budgets)
            yield from check_limits(cell, budgets.of(cell), excused)
    workloads = {cell.workload for cell in result.cells}
    variants = {(cell.workload, cell.variant) for cell in result.cells}
    for workload, budget in budgets.budgets.items():
        if workload not in workloads:
            yield _unused(Place(workload=workload))
        for variant in budget.variants:
            if workload in workloads and (workload, variant) not in variants:
                yield _unused(Place(workload=workload, variant=variant))


def _unused(place: Place) -> Finding:
    return Finding(
        level="note", kind="unused", place=place, text="has a budget, and no cell in the result"
    )


def _is_excused(before: Cell, after: Cell, budgets: Budgets) -> bool:
    """Whether all garbage that there is more of now hangs together with allowed cycles."""
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
    return [one for one in cell.cycles if budgets.permission(cell.workload, one.signature)]


def _objects(cycles: list[Cycle]) -> float:
    return sum(cycle.objects_per_op for cycle in cycles)


def _weight(one: Difference) -> tuple[bool, float]:
    """What is worse first, then the greatest change."""
    return not one.worse, -abs(one.after - one.before)


def _says(one: Difference) -> str:
    name = f"{one.name} " if one.subject == "type" else ""
    unit = "blocks leaked" if one.measure == "blocks_leaked" else one.measure
    return f"{name}{unit} per op: {one.before:.6g} → {one.after:.6g}"


def _failure(kind: str, place: Place, text: str) -> Finding:
    return Finding(level="failure", kind=kind, place=place, text=text)  # type: ignore[arg-type]
