"""The options shared by the verbs that measure."""

from __future__ import annotations

import sys
from collections.abc import Callable, Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any, TypeVar

import click
from rich.console import Console

from unknot.cli.progress import waiting
from unknot.environments.interpreters import Interpreter
from unknot.measuring.spec import BACKENDS, CellSpec, Effort

__all__ = ["EFFORTS", "JOBS", "effort_of", "measuring", "prepare"]

EFFORTS = {
    "fast": Effort(ops=400, samples=8, confirm_ops=1200),
    "default": Effort(),
    "rigorous": Effort(ops=16_000, rounds=8, samples=40, confirm_ops=20_000, time_limit=600.0),
}

JOBS = click.IntRange(1, 1024)
"""The type of ``--jobs``. Each cell measured at a time is at least one process."""


def _default(name: str) -> str:
    """An option's default, and its defaults at other levels if they differ."""
    values = {level: getattr(effort, name) for level, effort in EFFORTS.items()}
    usual = values.pop("default")
    others = [f"{value:g} with --{level}" for level, value in values.items() if value != usual]
    return "; ".join([f"{usual:g}", *others])


Command = TypeVar("Command", bound=Callable[..., Any])


def _number(*names: str, said: str, kind: type[int | float] = int) -> Callable[[Command], Command]:
    """The option for a number of the effort, which each level has its own default for."""
    field = names[-1].removeprefix("--").replace("-", "_")
    return click.option(*names, type=kind, show_default=_default(field), help=said)


_OPTIONS = (
    _number("-n", "--ops", said="Operations to run in the sustained stage."),
    _number("--rounds", said="Rounds to divide them into, at least 4."),
    _number("--warmup", said="Operations to run before counting starts."),
    click.option(
        "--gc",
        "modes",
        multiple=True,
        type=click.Choice(("off", "auto", "forced")),
        default=("off",),
        show_default=True,
        help="Collector mode of the sustained stage; repeatable.",
    ),
    click.option(
        "--with",
        "requirements",
        multiple=True,
        metavar="REQUIREMENT",
        help="Install this, e.g. 'name==1.2', in a new environment and measure there; repeatable.",
    ),
    click.option(
        "--as-of",
        metavar="DATE",
        help="With --with, ignore releases after this day, e.g. 2024-05-31.  [default: today]",
    ),
    click.option(
        "--python",
        "pythons",
        multiple=True,
        default=(sys.executable,),
        show_default="this one",
        help="Interpreter to measure under, as a version or a path; repeatable.",
    ),
    click.option(
        "--in-flight",
        type=int,
        default=1,
        metavar="N",
        show_default=True,
        help="Number of operations to run concurrently.",
    ),
    click.option(
        "--backend",
        type=click.Choice(BACKENDS),
        default="asyncio",
        show_default=True,
        help="Event loop for async operations; with --with, installed if needed.",
    ),
    click.option(
        "--jobs",
        type=JOBS,
        default=1,
        show_default=True,
        help="Number of cells to measure at the same time.",
    ),
    _number("--time-limit", said="Time limit for each cell, in seconds.", kind=float),
    click.option(
        "-o", "--output", type=click.Path(path_type=Path), help="Write the result to PATH as JSON."
    ),
    click.option("--fast", "level", flag_value="fast", help="Run fewer operations."),
    click.option(
        "--rigorous", "level", flag_value="rigorous", help="Run more operations and rounds."
    ),
    click.option("-q", "--quiet", is_flag=True, help="Show findings only."),
    click.option(
        "-v", "--verbose", is_flag=True, help="Show every type that operations leave behind."
    ),
)


def measuring(command: Command) -> Command:
    """Adds the options that say how to measure, in the order of the help."""
    for option in reversed(_OPTIONS):
        command = option(command)
    return command


def effort_of(level: str | None, numbers: Mapping[str, Any]) -> Effort:
    """The effort of a level, with the given numbers in place of its own."""
    given = {name: value for name, value in numbers.items() if value is not None}
    return replace(EFFORTS[level or "default"], **given)


def prepare(spec: CellSpec, interpreter: Interpreter, console: Console) -> CellSpec:
    """The cell for that interpreter, in an environment with its requirements."""
    required = spec.requirements
    if not required:
        return replace(spec, python=interpreter.path)
    # Only now, for those who ask for it: what makes environments takes a while to load.
    from unknot.environments.cache import environment

    if spec.backend != "asyncio":
        required = (*required, spec.backend)
    wanted = ", ".join(required)
    said = f"building the environment for Python {interpreter.version}: {wanted}"
    with waiting(console, said):
        made = environment(required, interpreter, spec.as_of)
    return replace(spec, python=made.python, packages=made.packages)
