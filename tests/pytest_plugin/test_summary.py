"""What the survey's section lists, and in which order."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from unknot.pytest_plugin.measured import Measured
from unknot.pytest_plugin.summary import over_budget, summary_lines


def left(key: str, cause: str, objects: float = 1.0, library: bool = False) -> dict[str, Any]:
    return {
        "key": key,
        "cause": cause,
        "library": library,
        "objects": objects,
        "trace": [f"details of {key}"],
    }


def measured(test: str, *cycles: dict[str, Any]) -> Measured:
    return Measured(test=test, cyclic=1.0, cycles=list(cycles))


def table(lines: list[str]) -> list[list[str]]:
    """The rows of the causes."""
    start = next(at for at, line in enumerate(lines) if line.startswith("tests"))
    rows = lines[start + 1 :]
    return [row.split() for row in rows[: rows.index("")]]


def test_findings_with_one_cut_are_one_cause_and_the_most_tests_come_first() -> None:
    results = [
        measured("t1", left("big", "Tree.root", 40)),
        measured("t2", left("short", "Page.book", 2)),
        measured("t3", left("short", "Page.book", 2), left("long", "Page.book", 6)),
        measured("t4", left("short", "Page.book", 2)),
        measured("t5"),
    ]
    lines = summary_lines(results, verbose=False)
    assert lines[0] == "5 tests measured: 4 leave reference cycles or leaks, 3 findings"
    assert table(lines) == [["3", "6", "Page.book", "t2"], ["1", "40", "Tree.root", "t1"]]
    details = [line for line in lines if line.startswith("details")]
    assert details == ["details of short", "details of big", "details of long"]


def test_a_thousand_findings_are_a_short_list_and_all_of_them_where_that_is_asked() -> None:
    results = [
        measured(f"t{number}", left(f"key{number}", f"Thing{number}.me")) for number in range(1000)
    ]
    results += [measured(f"more{number}", left("key7", "Thing7.me")) for number in range(50)]
    lines = summary_lines(results, verbose=False)
    assert len(lines) < 70
    assert table(lines)[0] == ["51", "1", "Thing7.me", "t7"]
    assert "and 980 more causes, shown with -v" in lines
    assert "and 994 more findings, shown with -v" in lines
    assert "  and in 47 more tests" in lines
    every = summary_lines(results, verbose=True)
    assert sum(line.startswith("details") for line in every) == 1000
    assert "shown with -v" not in "".join(every)


def test_a_cause_in_a_library_is_marked_and_a_clean_run_has_no_list() -> None:
    lines = summary_lines([measured("t", left("key", "Mock.parent", library=True))], verbose=False)
    assert any("Mock.parent (library)" in line for line in lines)
    assert summary_lines([measured("t")], verbose=False) == [
        "1 test measured: none leaves a reference cycle or a leak"
    ]


def test_each_test_has_the_bytes_of_all_that_it_leaves() -> None:
    two = measured(
        "t1", {**left("a", "A.me"), "bytes": 300.0}, {**left("b", "B.me"), "bytes": 41.0}
    )
    lines = summary_lines([two, measured("t2", left("c", "C.me"))], verbose=False)
    assert "  in t1 (341 bytes in all)" in lines
    assert "  in t2" in lines
    assert "in all 341 bytes" in over_budget(two, 0, 0).splitlines()


def test_findings_are_counted_by_whose_they_are() -> None:
    own, theirs = left("a", "A.me"), {**left("b", "B.me", 2), "package": "httpx"}
    both = replace(measured("t1", own, theirs), cyclic=3.0)
    lines = summary_lines([both], verbose=False)
    assert lines[0].endswith("2 findings, 1 in your code: httpx 1")
    assert (both.of_own().cyclic, both.of_own().cycles) == (1.0, [own])
    assert over_budget(replace(both, cyclic=2.0, cycles=[theirs]).of_own(), 0, 0) == ""
