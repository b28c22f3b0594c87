"""The survey's section at the end of a run: findings by signature, then what was not measured."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

from unknot.pytest_plugin.repetition import Measured

__all__ = ["over_budget", "summary_lines"]

MOST_TESTS = 4
MOST_REASONS = 10


def over_budget(measured: Measured, cyclic: float, leaked: float) -> str:
    """The text of the failure; empty where the test is within its budget."""
    said = []
    if measured.cyclic > cyclic:
        said.append(_exceeds(measured.cyclic, "objects that only the collector can free", cyclic))
    if measured.leaked > leaked or (measured.leaks and not leaked):
        said.append(_exceeds(measured.leaked, "objects that nothing frees", leaked))
    if not said:
        return ""
    traces = [found["trace"] for found in (*measured.cycles, *measured.leaks)]
    return "\n".join([*said, *(line for trace in traces for line in ("", *trace))])


def _exceeds(value: float, what: str, allowed: float) -> str:
    things = what.replace("objects", "object", 1) if value == 1 else what
    return f"each run of the test leaves {value:g} {things}; {allowed:g} allowed"


def summary_lines(results: Sequence[Measured], verbose: bool) -> list[str]:
    """What the tests leave: the application's before the libraries', those with most objects first;
    the tests that leave it below each; then why some have no figure."""
    groups: dict[str, tuple[dict[str, Any], list[str]]] = {}
    for measured in results:
        for found in (*measured.cycles, *measured.leaks):
            _, tests = groups.setdefault(found["key"], (found, []))
            tests.append(measured.test)
    order = sorted(groups.values(), key=lambda group: (group[0]["library"], -group[0]["objects"]))
    lines = [_headline(results, len(groups))]
    for found, tests in order:
        shown = tests if verbose else tests[:MOST_TESTS]
        lines += ["", *found["trace"], *(f"  in {test}" for test in shown)]
        if len(tests) > len(shown):
            lines.append(f"  and in {_amount(len(tests) - len(shown), 'more test')}")
    unmeasured = [measured for measured in results if measured.reason]
    if unmeasured:
        lines += ["", *_reasons(unmeasured, verbose)]
    return lines


def _headline(results: Sequence[Measured], kinds: int) -> str:
    measured = [each for each in results if not each.reason]
    dirty = sum(not each.is_clean for each in measured)
    said = f"{_amount(len(measured), 'test')} measured"
    if not dirty:
        return f"{said}: none leaves a reference cycle or a leak"
    verb = "leaves" if dirty == 1 else "leave"
    return f"{said}: {dirty} {verb} reference cycles or leaks, {_amount(kinds, 'finding')}"


def _reasons(unmeasured: Iterable[Measured], verbose: bool) -> list[str]:
    tests = list(unmeasured)
    lines = [f"{_amount(len(tests), 'test')} not measured:"]
    shown = tests if verbose else tests[:MOST_REASONS]
    lines += [f"  {each.test}: {each.reason}" for each in shown]
    if len(tests) > len(shown):
        lines.append(f"  and {len(tests) - len(shown)} more, shown with -v")
    return lines


def _amount(number: int, noun: str) -> str:
    return f"{number} {noun}{'' if number == 1 else 's'}"
