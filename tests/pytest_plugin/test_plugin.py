"""The plugin in real runs of pytest, each with many tests."""

from __future__ import annotations

import re
import sys
from collections import Counter
from pathlib import Path
from xml.etree import ElementTree

import pytest

pytest_plugins = ["pytester"]

SUITES = Path(__file__).parent / "suites"
INI = """
[pytest]
asyncio_default_fixture_loop_scope = function
"""


@pytest.fixture
def suite(pytester: pytest.Pytester) -> pytest.Pytester:
    pytester.makefile(".ini", pytest=INI)
    return pytester


def copy(suite: pytest.Pytester, name: str) -> None:
    text = (SUITES / f"{name}.py").read_text()
    (suite.path / f"test_{name}.py").write_text(text)


def run(suite: pytest.Pytester, *arguments: str) -> tuple[dict[str, str], str]:
    """The outcome of each test by name, and what was printed."""
    result = suite.runpytest_subprocess("-rA", "-p", "no:cacheprovider", *arguments)
    text = result.stdout.str() + result.stderr.str()
    found = re.findall(r"^(PASSED|FAILED|ERROR|XFAIL|SKIPPED) \S+?::(\S+)", text, re.MULTILINE)
    return {name.rpartition("::")[2]: outcome for outcome, name in found}, text


def read_survey(text: str) -> tuple[set[str], dict[str, str]]:
    """The tests that leave something, and why others were not measured, by name."""
    section = text.partition("= reference cycles and leaks =")[2].partition("= PASSES =")[0]
    found, _, unmeasured = section.partition("not measured:")
    listed = {name.rpartition("::")[2] for name in re.findall(r"^  in (\S+)", found, re.MULTILINE)}
    return listed, dict(re.findall(r"::(\w+): (.*)", unmeasured))


def read_cases(report: Path) -> Counter[tuple[str, str, tuple[str, ...]]]:
    """Of a JUnit report: how often each test or subtest comes, with how it ended."""
    return Counter(
        (str(case.get("classname")), str(case.get("name")), tuple(child.tag for child in case))
        for case in ElementTree.parse(report).iter("testcase")
    )


def names(outcomes: dict[str, str], outcome: str) -> set[str]:
    return {name for name, found in outcomes.items() if found == outcome}


def test_a_survey_names_what_leaves_cycles_and_changes_no_outcome(suite: pytest.Pytester) -> None:
    copy(suite, "kinds")
    without, plain = run(suite)
    outcomes, text = run(suite, "--unknot", "-v")
    assert outcomes == without
    assert not names(outcomes, "FAILED") | names(outcomes, "ERROR")
    found, unmeasured = read_survey(text)
    assert found == {name for name in outcomes if "leaves" in name}
    assert unmeasured.keys() == {"test_once"}
    assert unmeasured["test_once"].startswith("raises when run again: AssertionError")
    assert "~~~ cut here: frees 1 of 1" in text
    assert "module test_kinds" in text
    # Output, log records and warnings are those of the one run that everybody sees.
    for once in ("printed", "UserWarning: warned"):
        assert text.count(once) == plain.count(once)


def test_a_look_at_two_runs_decides_where_it_can(suite: pytest.Pytester) -> None:
    """The first run, one to warm up and two; of the same garbage two more, which are named."""
    copy(suite, "runs")
    _, text = run(suite, "--unknot", "-v")
    found, _ = read_survey(text)
    assert found == {"test_cycle", "test_hidden", "test_named", "test_third"}
    ran = {path.stem: path.stat().st_size for path in suite.path.glob("*.runs")}
    assert (ran["nothing"], ran["late"], ran["early"]) == (4, 4, 6)
    assert (ran["cycle"], ran["hidden"]) == (6, 6)
    assert ran["named"] == 6 + 5  # of two names it is not known whether they are data
    assert text.count("class … made anew") == 1
    rounds = 1 + 1 + 2 * 2 + 4 * 5
    assert ran["third"] == 2 * (rounds + 5)  # no whole number: once more, with new fixtures


def test_the_outcome_of_a_test_and_of_its_subtests_is_that_of_the_first_run(
    suite: pytest.Pytester,
) -> None:
    copy(suite, "again")
    without, _ = run(suite, "--junit-xml=without.xml")
    outcomes, text = run(suite, "--unknot", "-v", "--junit-xml=with.xml")
    assert outcomes == without
    assert names(outcomes, "FAILED") == {name for name in outcomes if "fails" in name}
    assert read_cases(suite.path / "with.xml") == read_cases(suite.path / "without.xml")
    found, unmeasured = read_survey(text)
    assert found == {name for name in outcomes if "leaves" in name}
    assert unmeasured.keys() == {name for name in outcomes if "differs" in name}
    assert {reason.partition(": ")[0] for reason in unmeasured.values()} == {
        "raises when run again"
    }
    assert unmeasured["test_unit_skipped_early_differs"].endswith(": SkipTest: again")
    assert "INTERNALERROR" not in text
    assert re.search(
        r"^1 cycle per op · 1 object, \d+ bytes .*\n  test_again.Page$", text, re.MULTILINE
    )


def test_a_later_test_finds_plain_data_as_the_first_run_left_it(suite: pytest.Pytester) -> None:
    copy(suite, "keeping")
    without, _ = run(suite)
    outcomes, text = run(suite, "--unknot", "-v")
    assert outcomes == without
    assert set(outcomes.values()) == {"PASSED"}
    found, _ = read_survey(text)
    assert found == {name for name in outcomes if "leaks" in name}


@pytest.mark.once
def test_under_xdist_it_fails_the_same_tests_on_demand(suite: pytest.Pytester) -> None:
    copy(suite, "kinds")
    outcomes, text = run(suite, "--unknot-rounds=3:4", "--unknot-fail", "-n", "2")
    assert names(outcomes, "FAILED") == {name for name in outcomes if "leaves" in name}
    assert "XFAIL test_kinds.py::test_expected" in text
    assert "each run of the test leaves 1 object that only the collector can free" in text
    assert "1 test not measured:" in text


THEIRS = """
class Thing:
    def __init__(self):
        self.me = self

KEPT = []

def keep():
    KEPT.append([])
"""
MINE = """
import pytest
import somebody

class Own:
    pass

def test_theirs():
    somebody.Thing()

@pytest.mark.unknot
def test_their_leak():
    somebody.keep()

def test_both():
    somebody.Thing()
    own = Own()
    own.me = own
"""


@pytest.mark.once
def test_with_mine_what_a_package_leaves_fails_no_test(suite: pytest.Pytester) -> None:
    packages = suite.mkdir("site-packages")
    (packages / "somebody.py").write_text(THEIRS)
    suite.makefile(".ini", pytest=f"{INI}pythonpath = site-packages\n")
    suite.makepyfile(MINE)
    outcomes, text = run(suite, "--unknot-mine")
    assert names(outcomes, "FAILED") == {"test_both"}
    assert "each run of the test leaves 1 object that only the collector can free" in text
    survey = text.partition("= reference cycles and leaks =")[2]
    assert "3 findings, 1 in your code: somebody 2" in survey
    assert re.search(r"^  in \S+::test_both \(\d+ bytes in all\)$", survey, re.MULTILINE)


def test_a_marker_has_a_budget_of_its_own(suite: pytest.Pytester) -> None:
    copy(suite, "marked")
    outcomes, text = run(suite)
    assert names(outcomes, "FAILED") == {name for name in outcomes if "over" in name}
    assert names(outcomes, "PASSED") == {name for name in outcomes if "over" not in name}
    assert "the unknot marker has no cycles" in text
    assert "ops=3 does not fill 4 rounds" in text
    assert "but the test raises when run again" in text
    assert "reference cycles and leaks" not in text


@pytest.mark.once
def test_the_ini_file_asks_the_same_and_the_command_line_wins(suite: pytest.Pytester) -> None:
    asks = "unknot = 2:4\nunknot_fail = true\nunknot_ignore = Box.me\n"
    suite.makefile(".ini", pytest=INI + asks)
    copy(suite, "kinds")
    outcomes, text = run(suite, "-k", "plain or leak")
    assert names(outcomes, "FAILED") == {"test_leak_leaves"}
    assert "3 tests measured: 1 leaves reference cycles or leaks, 1 finding" in text
    outcomes, text = run(suite, "-k", "plain or leak", "-o", "unknot=", "-o", "unknot_fail=false")
    assert names(outcomes, "PASSED") == outcomes.keys()
    assert "reference cycles and leaks" not in text


@pytest.mark.once
def test_what_hangs_when_it_runs_again_is_given_up_and_the_next_test_is_measured(
    suite: pytest.Pytester,
) -> None:
    suite.makefile(".ini", pytest=INI + "unknot_time_limit = 2\n")
    copy(suite, "hanging")
    outcomes, text = run(suite, "--unknot", "-v")
    assert names(outcomes, "PASSED") == outcomes.keys()
    found, _, unmeasured = text.partition("not measured:")
    listed = {name.rpartition("::")[2] for name in re.findall(r"^  in (\S+)", found, re.MULTILINE)}
    assert listed == {name for name in outcomes if "leaves" in name}
    reasons = dict(re.findall(r"::(\S+): (.*)", unmeasured))
    assert reasons.keys() == {name for name in outcomes if "hangs" in name}
    assert set(reasons.values()) == {"did not end within 6 s when run again"}


@pytest.mark.once
def test_a_timer_of_pytest_timeout_is_for_the_test_alone(suite: pytest.Pytester) -> None:
    copy(suite, "timed")
    suite.makeconftest((SUITES / "timer.py").read_text())
    outcomes, text = run(suite, "--unknot")
    assert names(outcomes, "PASSED") == outcomes.keys()
    assert "2 tests measured: 1 leaves" in text


def test_nothing_is_loaded_where_nothing_is_asked(suite: pytest.Pytester) -> None:
    copy(suite, "unasked")
    outcomes, text = run(suite)
    assert names(outcomes, "PASSED") == {"test_nothing_is_loaded"}, text


@pytest.mark.once
def test_the_option_leaves_the_folder_behind_it_to_pytest(suite: pytest.Pytester) -> None:
    (suite.path / "checks").mkdir()
    (suite.path / "checks" / "test_one.py").write_text("def test_one(): pass\n")
    (suite.path / "test_other.py").write_text("def test_other(): pass\n")
    outcomes, text = run(suite, "--unknot", "checks")
    assert outcomes == {"test_one": "PASSED"}
    assert "1 test measured" in text


@pytest.mark.parametrize(
    ("asked", "complaint"),
    [
        ("--unknot-rounds=often", "'often' is not WARM:RUN"),
        ("--unknot=3:4", "--unknot takes no value; write --unknot-rounds=3:4"),
        ("-oaddopts=--unknot=3:4", "--unknot takes no value; write --unknot-rounds=3:4"),
        ("--unknot-rounds=3:2", "too few rounds to tell a leak from a cache"),
        ("-ounknot_time_limit=soon", "'soon' is not a number of seconds"),
    ],
)
def test_what_cannot_be_meant_is_refused_in_a_line(
    suite: pytest.Pytester, asked: str, complaint: str
) -> None:
    result = suite.runpytest_subprocess(asked)
    assert result.ret == pytest.ExitCode.USAGE_ERROR
    assert complaint in result.stderr.str()
    assert "Traceback" not in result.stderr.str()


FREE_THREADED = (
    "import sys, sysconfig, pytest; sysconfig.get_config_vars(); sys.abiflags = 't'; "
    "sys.exit(pytest.main({arguments}))"
)
"""pytest under an interpreter that says of itself what a free-threaded build says."""


def test_a_free_threaded_build_is_refused_in_a_line_where_unknot_is_asked_for(
    suite: pytest.Pytester,
) -> None:
    few = [str(suite.makepyfile("def test_nothing(): pass"))]
    for arguments, status in (
        (["--unknot", *few], pytest.ExitCode.USAGE_ERROR),
        (few, pytest.ExitCode.OK),
    ):
        program = FREE_THREADED.format(arguments=arguments)
        result = suite.run(sys.executable, "-c", program)
        assert result.ret == status
        lines = [line for line in result.stderr.lines if "free-threaded build" in line]
        assert len(lines) == (status is pytest.ExitCode.USAGE_ERROR)
        assert "Traceback" not in result.stderr.str()
