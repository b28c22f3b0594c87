"""The cells of a plan, made ready and measured: what ``run`` and ``compare`` have in common."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field, replace

from msgspec import structs
from rich.console import Console

from unknot.cli.options import prepare
from unknot.cli.output import say_interrupted
from unknot.cli.portion import Selection, where
from unknot.cli.progress import progress
from unknot.environments.interpreters import Interpreter
from unknot.errors import UnknotError
from unknot.measuring.shards import Portion
from unknot.measuring.spec import CellSpec
from unknot.records import Cell, Plan

__all__ = ["Planned", "Stoppable", "measured", "prepared"]

Planned = tuple[CellSpec, Interpreter]


@dataclass(slots=True, kw_only=True)
class Stoppable:
    """What is measured so far, whatever ends the measuring."""

    portion: Portion | None = None
    cells: dict[int, Cell] = field(default_factory=dict)
    """By their places in the plan."""
    interrupted: bool = False
    trouble: UnknotError | None = None
    """Why the rest was not measured: as a scheduler that is gone. Raised when all is shown."""

    def in_order(self) -> list[Cell]:
        return [cell for _, cell in sorted(self.cells.items())]

    def plan(self) -> Plan | None:
        return self.portion.plan_with(self.cells) if self.portion is not None else None

    @contextmanager
    def stoppable(self) -> Iterator[None]:
        """Ctrl-C or a trouble ends what is done here, and the command goes on to what it shows."""
        try:
            yield
        except KeyboardInterrupt:
            self.interrupted = True
            portion = self.portion
            asked = self.cells if portion is None else {*portion.kept, *portion.places}
            say_interrupted(self.in_order(), len(asked))
        except UnknotError as error:
            if not self.cells:
                raise
            self.trouble = error


def prepared(plan: Mapping[int, Planned], told: Console) -> dict[int, Planned]:
    """The same cells, by place, once all environments are there; each is made once."""
    made: dict[tuple[Interpreter, tuple[str, ...]], CellSpec] = {}
    for each, interpreter in plan.values():
        if (interpreter, each.requirements) not in made:
            made[interpreter, each.requirements] = prepare(each, interpreter, told)
    ready = {}
    for place, (each, interpreter) in plan.items():
        twin = made[interpreter, each.requirements]
        ready[place] = replace(each, python=twin.python, packages=twin.packages), interpreter
    return ready


def measured(
    plan: Mapping[int, Planned], asked: Selection, jobs: int, told: Console
) -> Iterator[tuple[int, Cell]]:
    """Pairs of a place and its cell as they are done, ``jobs`` at a time; Ctrl-C goes through."""
    places = list(plan)
    several = len({interpreter for _, interpreter in plan.values()}) > 1
    specs = [spec for spec, _ in plan.values()]
    versions = [interpreter.version for _, interpreter in plan.values()]
    with progress(told, "cells", len(plan)) as advance:
        for index, cell in asked.measure(specs, versions, jobs, advance.within):
            spec, interpreter = plan[places[index]]
            # A process that never started did not say which Python it is.
            yield places[index], structs.replace(cell, python=cell.python or interpreter.version)
            version = f"Python {interpreter.version} " if several else ""
            advance(f"{version}{spec.label}{where(cell)}")
