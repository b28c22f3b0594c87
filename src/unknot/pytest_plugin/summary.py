"""The survey's section at the end of a run: causes, findings, and what was not measured."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from unknot.pytest_plugin.measured import Measured
from unknot.text import clip, memory

__all__ = ["over_budget", "summary_lines"]

MOST_CAUSES = 20
MOST_FINDINGS = 6
MOST_TESTS = 4
MOST_REASONS = 10
LONGEST = 64
"""Maximum number of characters of a cause in the list."""
HEADS = ("tests", "objects", "cut, or what holds a leak", "for example in")


def over_budget(measured: Measured, cyclic: float, leaked: float) -> str:
    """The text of the failure; empty where the test is within its budget."""
    said = []
    if measured.cyclic > cyclic:
        said.append(_exceeds(measured.cyclic, "objects that only the collector can free", cyclic))
    if measured.leaked > leaked or (measured.leaks and not leaked):
        said.append(_exceeds(measured.leaked, "objects that nothing frees", leaked))
    if not said:
        return ""
    if measured.octets:
        said.append(f"in all {memory(measured.octets)}")
    traces = [found["trace"] for found in (*measured.cycles, *measured.leaks)]
    return "\n".join([*said, *(line for trace in traces for line in ("", *trace))])


def _exceeds(value: float, what: str, allowed: float) -> str:
    things = what.replace("objects", "object", 1) if value == 1 else what
    return f"each run of the test leaves {value:g} {things}; {allowed:g} allowed"


def summary_lines(results: Sequence[Measured], verbose: bool) -> list[str]:
    """The causes in a list, one a line; then the findings in detail; then why some tests have no
    figure. What most tests leave comes first; but for ``verbose`` each part has a limit."""
    findings = _find(results)
    lines = [_headline(results, findings)]
    if findings:
        lines += ["", *_causes(findings, verbose)]
    shown = findings if verbose else findings[:MOST_FINDINGS]
    octets = {measured.test: measured.octets for measured in results}
    for finding in shown:
        lines += ["", *finding.trace, *_tests(finding.tests, octets, verbose)]
    if len(findings) > len(shown):
        lines += ["", f"and {_amount(len(findings) - len(shown), 'more finding')}, shown with -v"]
    unmeasured = [measured for measured in results if measured.reason]
    if unmeasured:
        lines += ["", *_reasons(unmeasured, verbose)]
    return lines


@dataclass(slots=True, kw_only=True)
class _Finding:
    """A cycle or a leak, and the tests that leave it."""

    cause: str
    objects: float
    package: str | None
    trace: list[str]
    tests: list[str]


def _find(results: Iterable[Measured]) -> list[_Finding]:
    """Findings by key; those of most tests first, then those with most objects."""
    findings: dict[str, _Finding] = {}
    for measured in results:
        for found in (*measured.cycles, *measured.leaks):
            cause = found["cause"] + " (library)" * found["library"]
            finding = findings.setdefault(
                found["key"],
                _Finding(
                    cause=cause,
                    objects=found["objects"],
                    package=found.get("package"),
                    trace=found["trace"],
                    tests=[],
                ),
            )
            finding.tests.append(measured.test)
    return sorted(findings.values(), key=lambda each: (-len(each.tests), -each.objects))


def _causes(findings: Iterable[_Finding], verbose: bool) -> list[str]:
    """A table of causes (references to cut, holders of leaks), each of one or more findings."""
    causes: dict[str, list[_Finding]] = {}
    for finding in findings:
        causes.setdefault(finding.cause, []).append(finding)
    rows = []
    for cause, group in causes.items():
        tests = {test: None for finding in group for test in finding.tests}
        objects = max(finding.objects for finding in group)
        rows.append((len(tests), objects, cause, next(iter(tests))))
    rows.sort(key=lambda row: (-row[0], -row[1]))
    shown = rows if verbose else rows[:MOST_CAUSES]
    cells = [
        HEADS,
        *(
            (f"{tests}", f"{objects:g}", clip(cause, LONGEST), test)
            for tests, objects, cause, test in shown
        ),
    ]
    widths = [max(len(row[column]) for row in cells) for column in range(3)]
    lines = [
        f"{tests:>{widths[0]}}  {objects:>{widths[1]}}  {cause:<{widths[2]}}  {test}"
        for tests, objects, cause, test in cells
    ]
    if len(rows) > len(shown):
        lines.append(f"and {_amount(len(rows) - len(shown), 'more cause')}, shown with -v")
    return lines


def _tests(tests: Sequence[str], octets: Mapping[str, float], verbose: bool) -> Iterable[str]:
    """The tests that leave a finding, with the total bytes that each leaves."""
    shown = tests if verbose else tests[:MOST_TESTS]
    for test in shown:
        said = f" ({memory(octets[test])} in all)" if octets[test] else ""
        yield f"  in {test}{said}"
    if len(tests) > len(shown):
        yield f"  and in {_amount(len(tests) - len(shown), 'more test')}"


def _headline(results: Sequence[Measured], findings: Sequence[_Finding]) -> str:
    measured = [each for each in results if not each.reason]
    dirty = sum(not each.is_clean for each in measured)
    said = f"{_amount(len(measured), 'test')} measured"
    if not dirty:
        return f"{said}: none leaves a reference cycle or a leak"
    verb = "leaves" if dirty == 1 else "leave"
    whose = Counter(finding.package for finding in findings if finding.package)
    theirs = ", ".join(f"{package} {number}" for package, number in whose.most_common())
    own = f", {len(findings) - whose.total()} in your code: {theirs}" if theirs else ""
    found = _amount(len(findings), "finding")
    return f"{said}: {dirty} {verb} reference cycles or leaks, {found}{own}"


def _reasons(unmeasured: Iterable[Measured], verbose: bool) -> list[str]:
    tests = list(unmeasured)
    lines = [f"{_amount(len(tests), 'test')} not measured:"]
    left = Counter(each.reason for each in tests if each.was_left)
    for reason, number in left.items() if not verbose else ():
        lines.append(f"  {_amount(number, 'test')}: {reason}")
    tests = [each for each in tests if verbose or not each.was_left]
    shown = tests if verbose else tests[:MOST_REASONS]
    lines += [f"  {each.test}: {each.reason}" for each in shown]
    if len(tests) > len(shown):
        lines.append(f"  and {len(tests) - len(shown)} more, shown with -v")
    return lines


def _amount(number: int, noun: str) -> str:
    return f"{number} {noun}{'' if number == 1 else 's'}"
