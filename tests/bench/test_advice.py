"""The page of advice is what was measured, and each advice ends its finding."""

from __future__ import annotations

import re
import sys
from pathlib import Path

import pytest
from rich.console import Console

from bench.advice import (
    DOCUMENT,
    Taken,
    advice_on,
    document_of,
    faults_of,
    measure,
    patterns,
)
from tests.gate.made import cell, cycle

PATTERNS = {each.folder.name: each for each in patterns()}
SOME = (
    *("back_reference", "leak_weak_key", "local_variables", "several_functions"),
    *("leak_cached_method", "leak_listener", "leak_log_handler"),
)


@pytest.fixture(scope="module")
def taken() -> list[Taken]:
    chosen = [PATTERNS[name] for name in SOME]
    return measure(chosen, sys.executable, 1, Console(stderr=True, quiet=True))


@pytest.fixture(autouse=True)
def _at_root(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(Path(__file__).parents[2])


def test_each_pattern_has_a_program_before_and_after_and_says_what_it_is() -> None:
    assert len(PATTERNS) > 25
    for each in PATTERNS.values():
        assert each.after.is_file()
        assert each.before.read_text() != each.after.read_text()
        assert each.title
        assert "\n" not in each.title


def test_the_page_has_each_pattern_with_its_programs() -> None:
    page = DOCUMENT.read_text(encoding="utf-8")
    for each in PATTERNS.values():
        assert f"\n## {each.title}\n" in page
        for path in (each.before, each.after):
            assert path.read_text().partition('"""\n')[2].strip("\n") in page
    assert page.count("The verdict is *clean*") == len(PATTERNS)


def test_what_is_measured_is_on_the_page(taken: list[Taken]) -> None:
    page = DOCUMENT.read_text(encoding="utf-8")
    own = document_of(taken)
    assert faults_of(own, taken) == []
    (place,) = [at for at, one in enumerate(taken) if one.pattern.folder.name == "back_reference"]
    other = own.replace("Stream.source", "Stream.reply")
    assert any("Stream.source" in line for line in faults_of(other, taken))
    elsewhere = page.replace("CPython 3.11;", "CPython 3.0;")
    assert faults_of(elsewhere, taken) == []
    missing = elsewhere.replace(advice_on(taken[place].before)[:30], "")
    assert [line[:31] for line in faults_of(missing, taken)] == ["the page has no advice such as:"]


def test_an_advice_that_leaves_its_finding_is_a_fault(taken: list[Taken]) -> None:
    (one, *_) = taken
    assert one.fault is None
    assert "cyclic after the advice" in str(one._replace(after=one.before).fault)
    assert "0 cycles and 0 leaks" in str(one._replace(before=one.after).fault)
    two = cell(cycles=(cycle(), cycle()), verdict="cyclic")
    assert "2 cycles" in str(one._replace(before=two).fault)


def test_the_page_names_no_machine() -> None:
    assert re.findall(r"(?m)(?<![\w.])/(?:root|home|tmp|work)/\S+", DOCUMENT.read_text()) == []
