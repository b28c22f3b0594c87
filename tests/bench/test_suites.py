"""What `bench.suites` reads out of two runs of a suite."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from click.testing import CliRunner

from bench import suites
from bench.suites import (
    Cost,
    Found,
    Row,
    Suite,
    changed,
    differing,
    read_outcomes,
    read_section,
    read_subtests,
)
from unknot.environments.interpreters import Interpreter
from unknot.errors import UnknotError

REPORT = """<testsuites><testsuite>
<testcase classname="a" name="passes"/>
<testcase classname="a" name="fails"><failure type="x">no</failure></testcase>
<testcase classname="a" name="twice"/>
<testcase classname="a" name="twice"><error>no</error></testcase>
</testsuite></testsuites>"""

SECTION = """
========= reference cycles and leaks =========
9 tests measured: 3 leave reference cycles or leaks, 3 findings

1.8 cycles per op · 4 objects per op wait for the collector · signature 6b5cf0
  in test_a.py::test_one
  in test_a.py::test_two[in a cycle]

1 cycle per op · 2 objects per op wait for the collector · signature
  abcdef
  in test_a.py::test_one

2 objects per op leaked · test_a.Box stays reachable
  in test_a.py::test_three

1 test not measured:
  test_a.py::test_four: raises when run again: AssertionError
"""


def test_a_test_with_another_outcome_is_told(tmp_path: Path) -> None:
    report = tmp_path / "plain.xml"
    report.write_text(REPORT)
    plain = read_outcomes(report)
    assert differing(plain, plain) == ()
    report.write_text(REPORT.replace('"x"', '"y"').replace("<error>no</error>", ""))
    assert differing(plain, read_outcomes(report)) == ("a.fails", "a.twice")


def test_a_test_that_did_not_run_is_told(tmp_path: Path) -> None:
    report = tmp_path / "plain.xml"
    report.write_text(REPORT)
    plain = read_outcomes(report)
    report.write_text(REPORT.replace('name="passes"', 'name="other"'))
    assert differing(plain, read_outcomes(report)) == ("a.other", "a.passes")


def test_another_number_of_subtests_is_told() -> None:
    plain = read_subtests("...\n== 454 passed, 24 subtests passed, 1 subtests failed in 4.09s ==\n")
    other = read_subtests("== 454 passed, 5032 subtests passed, 1 subtests failed in 60.0s ==")
    assert plain.total() == 25
    assert changed(plain, plain) == ()
    assert changed(plain, other) == ("24 subtests passed, now 5032",)
    assert read_subtests("== 3 passed in 0.1s ==").total() == 0


def test_tests_with_cycles_and_with_leaks_are_counted_once_each() -> None:
    assert read_section(SECTION) == Found(measured=9, unmeasured=1, cyclic=2, leaking=1, findings=3)


def test_a_clean_run_has_no_findings() -> None:
    text = "= reference cycles and leaks =\n1 test measured: none leaves a reference cycle"
    found = read_section(text)
    assert (found.measured, found.findings, found.cyclic) == (1, 0, 0)


def test_a_suite_that_cannot_be_run_is_named_and_the_others_are_run(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def survey(suite: Suite, folder: Path, interpreter: Interpreter) -> Row:
        if suite.name == "anyio":
            raise UnknotError("anyio==4 cannot be fetched")
        return Row(
            suite=suite,
            tests=9,
            found=read_section(SECTION),
            subtests=0,
            plain=Cost(wall=2.0, cpu=1.0),
            unknot=Cost(wall=7.0, cpu=3.0),
            differing=(),
        )

    monkeypatch.setattr(suites, "survey", survey)
    asked = ["--suite", "anyio", "--suite", "attrs", "-o", str(tmp_path)]
    done = CliRunner().invoke(suites.main, asked)
    assert done.exit_code == UnknotError.exit_code
    assert "anyio==4 cannot be fetched" in done.stderr
    [row] = [line for line in done.stdout.splitlines() if line.startswith("| attrs")]
    assert "| 9 | 0 | 9 | 1 | 2 | 1 | 3 | 2.0 s | 7.0 s | 3.5 | 3.0 | 0 |" in row
    [written] = json.loads((tmp_path / "suites.json").read_text())
    assert (written["suite"]["name"], written["unknot"]["wall"]) == ("attrs", 7.0)
