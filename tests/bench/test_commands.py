"""What commands cost: the runs, what is read from them, and their table."""

from __future__ import annotations

import sys
from dataclasses import replace

import pytest

from bench import commands
from bench.commands import (
    CELL,
    COMMANDS,
    LINE,
    MIXED,
    Command,
    Run,
    Workplace,
    cost_lines,
    plan,
    promises,
    read_found,
    summarize,
)
from unknot.errors import UnknotError

pytestmark = pytest.mark.once


def run(name: str, turn: int, wall: float, task: str = MIXED, found: str = "") -> Run:
    return Run(task=task, name=name, turn=turn, wall=wall, cpu=wall / 2, found=found)


def named(task: str, name: str) -> Command:
    [command] = [one for one in COMMANDS if (one.task, one.name) == (task, name)]
    return command


def test_a_cycle_is_found_by_the_cell_and_the_survey_and_nothing_in_a_clean_cell() -> None:
    with Workplace() as place:
        cyclic = place.measure(named(CELL, "unknot run, one cycle"), 0)
        clean = place.measure(named(CELL, "unknot run, clean"), 0)
        survey = place.measure(named(MIXED, "--unknot"), 0)
    assert (cyclic.found, clean.found, survey.found) == ("a leak", "nothing", "30 tests")
    assert cyclic.cpu > 0


def test_a_command_that_fails_is_an_error_with_its_last_words() -> None:
    broken = Command(LINE, "broken", (sys.executable, "-c", "import sys; sys.exit('no way')"))
    plain = replace(broken, looks=False)
    unknown = Command(LINE, "unknown", (sys.executable, "-m", "pytest", "--no-such-option"))
    with Workplace() as place:
        assert place.measure(broken, 0).found == "a leak"  # its exit code is that of a finding
        with pytest.raises(UnknotError, match="broken: exit code 1: no way"):
            place.measure(plain, 0)
        with pytest.raises(UnknotError, match=r"unknown: exit code 4: (?s:.*)--no-such-option"):
            place.measure(unknown, 0)


def test_commands_take_turns_the_other_way_round_each_second_time() -> None:
    one, other = ([c for c, turn in plan(2) if turn == number] for number in (0, 1))
    assert one == other[::-1]
    assert LINE in {command.task for command in one}


@pytest.mark.parametrize(
    ("output", "status", "found"),
    [
        ("30 tests measured: 1 leaves a reference cycle\n30 passed in 1s", 0, "1 test"),
        ("60 tests measured: 30 leave reference cycles\n60 passed in 1s", 0, "30 tests"),
        ("30 tests measured: none leaves a reference cycle or a leak\n30 passed", 0, "0 tests"),
        ("2 failed, 58 passed in 1.0s", 1, "2 tests"),
        ("plain.py: clean", 0, "nothing"),
        ("1 cycle per op", 1, "a leak"),
    ],
)
def test_what_was_found_is_read_from_what_was_printed(output: str, status: int, found: str) -> None:
    assert read_found(output, status) == found


def test_a_ratio_is_the_median_of_the_turns_and_to_the_tasks_first_command() -> None:
    runs = [run("pytest", turn, wall) for turn, wall in enumerate((1.0, 2.0, 4.0))]
    runs += [run("--unknot", turn, wall) for turn, wall in enumerate((3.0, 4.0, 20.0))]
    base, survey = summarize(runs)
    assert (base.wall, base.ratio) == (2.0, None)
    assert (survey.wall, survey.ratio, survey.cpu_ratio, survey.over) == (4.0, 3.0, 3.0, "pytest")
    [promise] = promises([base, survey])
    assert promise.passed
    [promise] = promises(summarize([run("pytest", 0, 1.0), run("--unknot", 0, 6.0)]))
    assert not promise.passed


def test_a_peer_that_is_not_installed_is_in_the_table_as_that(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    def find(name: str) -> object | None:
        return None if name == "pyleak" else object()

    monkeypatch.setattr(commands, "find_spec", find)
    assert "pyleak's no_leaks" not in {command.name for command, _ in plan(1)}
    text = list(cost_lines(summarize([run("pytest", 0, 1.0), run("--unknot", 0, 3.0)])))
    [missing] = [line for line in text if "pyleak's no_leaks" in line]
    assert missing.endswith("not installed")
    [skipped] = [line for line in text if "--memray, limit_leaks" in line]
    assert skipped.endswith("not measured")
    assert max(map(len, text)) <= 80
