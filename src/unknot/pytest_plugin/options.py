"""Options of the command line, the ini file and the marker.

The command line wins over the ini file. A marker says more about its own test than either.
"""

from __future__ import annotations

import os
import re
import shlex
from dataclasses import dataclass, replace
from math import inf
from typing import Any

import pytest

from unknot.text import visible

__all__ = ["Budget", "Effort", "Options", "add_options", "read_marker", "read_options"]

DEFAULT = "3:4"
LEAST_ROUNDS = 4
OFF = ("", "0", "false", "no", "off")
ON = ("1", "true", "yes", "on")
SURVEYING = ("--unknot", "--unknot-budget", "--unknot-fail", "--unknot-mine")
DURATION = re.compile(r"(\d+(?:\.\d+)?)(|s|m|h)")
UNITS = {"": 1, "s": 1, "m": 60, "h": 3600}
"""Seconds."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Effort:
    """How often a test's body is run again."""

    warmup: int = 3
    look: int = 2
    """The last runs of the warm-up, which are counted; rounds follow if they do not decide."""
    rounds: int = LEAST_ROUNDS
    ops: int = 20
    """Runs in all rounds together."""
    confirm_ops: int = 200
    """Runs that confirm a suspected leak: more than the usual size of a small cache."""
    extra_rounds: int = 6

    @property
    def round_ops(self) -> int:
        return max(self.ops // self.rounds, 1)


MARKED = Effort(look=0, ops=100, confirm_ops=1200)


@dataclass(frozen=True, slots=True, kw_only=True)
class Budget:
    """Objects that a run of a test's body may leave."""

    cyclic: float = 0
    leaked: float = 0
    ignore: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Options:
    """Options of the whole run."""

    survey: Effort | None
    """``None`` where only marked tests are measured."""
    fail: bool
    mine: bool
    """Whether what installed packages leave fails no test."""
    ignore: tuple[str, ...]
    time_limit: float
    budget: float | None
    """Seconds that measuring may take in each process; ``None`` without a limit."""


def add_options(parser: pytest.Parser, config: pytest.Config) -> None:
    """Add the options to pytest. Raises :class:`pytest.UsageError` for ``--unknot=3:4``."""
    _refuse_value(config)
    group = parser.getgroup("unknot", "reference cycles and leaks (unknot)")
    group.addoption(
        "--unknot",
        action="store_true",
        default=None,
        help="run each test several more times, and list those that leave reference cycles or "
        "leaks behind",
    )
    group.addoption(
        "--unknot-rounds",
        metavar="WARM:RUN",
        help="--unknot with WARM runs of each test to warm up, then RUN rounds of at most 5 runs "
        f"(default: {DEFAULT})",
    )
    group.addoption(
        "--unknot-fail",
        action="store_true",
        default=None,
        help="--unknot, and fail tests that leave reference cycles or leaks behind",
    )
    group.addoption(
        "--unknot-mine",
        action="store_true",
        default=None,
        help="--unknot-fail, but only for what your own code leaves behind",
    )
    group.addoption(
        "--unknot-budget",
        metavar="TIME",
        help="--unknot for about this long, e.g. 60s or 5m: new and changed tests first, then "
        "those measured longest ago",
    )
    parser.addini("unknot", "true, or WARM:RUN as in --unknot-rounds", default="")
    parser.addini(
        "unknot_fail",
        "fail measured tests that leave reference cycles or leaks behind",
        type="bool",
        default=False,
    )
    parser.addini(
        "unknot_mine",
        "do not fail tests for what installed packages leave behind",
        type="bool",
        default=False,
    )
    parser.addini(
        "unknot_ignore",
        "cycles to ignore: the start of a signature, or part of a step such as Task._context",
        type="linelist",
        default=[],
    )
    parser.addini("unknot_budget", "time for measuring, as in --unknot-budget", default="")
    parser.addini(
        "unknot_time_limit",
        "time limit for the extra runs of a test, in seconds (default: 10)",
        default="10",
    )


def _refuse_value(config: pytest.Config) -> None:
    """Say what to write instead of ``--unknot=3:4``, which argparse would refuse without a hint."""
    words = [
        *config.invocation_params.args,
        *shlex.split(os.environ.get("PYTEST_ADDOPTS", "")),
        *config.getini("addopts"),
    ]
    for word in map(str, words):
        flag, equals, value = word.partition("=")
        if flag == "--unknot" and equals:
            raise pytest.UsageError(
                f"--unknot takes no value; write --unknot-rounds={visible(value or DEFAULT)}"
            )


def read_options(config: pytest.Config) -> Options:
    """The options, checked. Raises :class:`pytest.UsageError`."""
    mine = bool(config.getoption("--unknot-mine"))
    fail = config.getoption("--unknot-fail") or mine or None
    limit = str(config.getini("unknot_time_limit"))
    try:
        seconds = float(limit)
    except ValueError:
        seconds = 0.0
    if not seconds > 0:
        raise pytest.UsageError(f"unknot_time_limit: {limit!r} is not a number of seconds")
    return Options(
        survey=_read_survey(config),
        fail=bool(config.getini("unknot_fail") if fail is None else fail),
        mine=mine or bool(config.getini("unknot_mine")),
        ignore=tuple(config.getini("unknot_ignore")),
        time_limit=seconds,
        budget=_read_budget(config),
    )


def _read_budget(config: pytest.Config) -> float | None:
    given = config.getoption("--unknot-budget")
    name = "unknot_budget" if given is None else "--unknot-budget"
    text = str(config.getini("unknot_budget") if given is None else given).strip()
    if not text and given is None:
        return None
    found = DURATION.fullmatch(text)
    seconds = float(found[1]) * UNITS[found[2]] if found else 0.0
    if not 0 < seconds < inf:
        raise pytest.UsageError(f"{name}: {text!r} is not a time such as 60s, 5m or 1h")
    return seconds


def _read_survey(config: pytest.Config) -> Effort | None:
    """How often to run each test again; ``None`` without a survey."""
    rounds = config.getoption("--unknot-rounds")
    if rounds is not None:
        return _read_rounds("--unknot-rounds", rounds.strip())
    in_ini = str(config.getini("unknot")).strip()
    has_rounds = in_ini.lower() not in (*OFF, *ON)
    if has_rounds:
        return _read_rounds("unknot", in_ini)
    asked = any(config.getoption(name) is not None for name in SURVEYING)
    return _read_rounds("unknot", DEFAULT) if asked or in_ini.lower() in ON else None


def _read_rounds(name: str, asked: str) -> Effort:
    warm, _, run = asked.partition(":")
    if not (warm.isdecimal() and run.isdecimal()):
        raise pytest.UsageError(f"{name}: {asked!r} is not WARM:RUN, two numbers such as {DEFAULT}")
    if int(run) < LEAST_ROUNDS:
        raise pytest.UsageError(
            f"{name}: {asked!r} has too few rounds to tell a leak from a cache; "
            f"use {LEAST_ROUNDS} or more"
        )
    return Effort(warmup=int(warm), rounds=int(run), ops=5 * int(run))


def read_marker(item: pytest.Item, options: Options) -> tuple[Effort, Budget] | None:
    """What the nearest ``unknot`` marker of a test asks for, if it has one.

    Raises :class:`pytest.UsageError` for what it cannot mean.
    """
    marker = item.get_closest_marker("unknot")
    if marker is None:
        return None
    if marker.args:
        raise pytest.UsageError(f"{item.nodeid}: name the arguments of the unknot marker")
    return _read_arguments(item.nodeid, options, **marker.kwargs)


def _read_arguments(
    test: str,
    options: Options,
    cyclic: float = 0,
    leaked: float = 0,
    ops: int | None = None,
    rounds: int = LEAST_ROUNDS,
    ignore: str | tuple[str, ...] | list[str] = (),
    **unknown: Any,
) -> tuple[Effort, Budget]:
    if unknown:
        raise pytest.UsageError(
            f"{test}: the unknot marker has no {', '.join(sorted(unknown))}; "
            "it takes cyclic, leaked, ops, rounds and ignore"
        )
    ops = MARKED.ops if ops is None else ops
    if rounds < LEAST_ROUNDS:
        raise pytest.UsageError(
            f"{test}: rounds={rounds} cannot tell a leak from a cache; use {LEAST_ROUNDS} or more"
        )
    if ops < rounds:
        raise pytest.UsageError(f"{test}: ops={ops} does not fill {rounds} rounds")
    more = (ignore,) if isinstance(ignore, str) else tuple(ignore)
    budget = Budget(cyclic=cyclic, leaked=leaked, ignore=(*options.ignore, *more))
    return replace(MARKED, ops=ops, rounds=rounds), budget
