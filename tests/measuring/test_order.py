"""Which cycle is told first: the one whose end ends the others."""

from __future__ import annotations

from itertools import permutations
from pathlib import Path

import pytest

from unknot.measuring.cell import measure_cell
from unknot.measuring.spec import CellSpec, Effort
from unknot.measuring.tally import merge_cycles
from unknot.records import Cut, Cycle, Step

pytestmark = pytest.mark.once

EFFORT = Effort(ops=40, warmup=8, samples=1, time_limit=60)

DECORATED = """
import attrs
def make():
    @attrs.define
    class Point:
        x: int = 0
    return Point
Made = make()
"""


@pytest.mark.parametrize(("made", "is_first"), [("make()", True), ("Made", False)])
def test_a_class_made_per_operation_comes_before_what_its_decorator_leaves(
    tmp_path: Path, made: str, is_first: bool
) -> None:
    path = tmp_path / "decorated.py"
    path.write_text(f"{DECORATED}def op():\n    {made}()\n")
    cycles = measure_cell(CellSpec(workload=str(path), effort=EFFORT)).cycles
    own = [cycle.package is None and "once" in cycle.cut.instruction for cycle in cycles]
    assert own[:1] == [True] * is_first
    assert {cycle.package for cycle in cycles} == ({None, "attr"} if is_first else set())


def cycle(objects: int, *, cut: bool, package: str | None, library: bool = False) -> Cycle:
    name = f"{objects} {cut} {package} {library}"
    return Cycle(
        signature=name,
        per_op=1,
        objects_per_op=objects,
        component=1,
        path=[name],
        steps=[Step(source="It", label=".me", target="It", cut=cut)],
        cut=Cut(
            edge="It.me",
            edges=["It.me"],
            frees_per_op=objects,
            of_per_op=objects,
            sufficient=True,
            instruction="Cut it.",
            proven=1,
        ),
        origin="library" if library else "application",
        package=package,
    )


ORDER = [
    cycle(2, cut=False, package=None),
    cycle(50, cut=True, package="attr"),
    cycle(20, cut=False, package="attr"),
    cycle(10, cut=True, package=None),
    cycle(90, cut=False, package="Python", library=True),
]


def test_ones_own_class_is_first_and_the_standard_library_last() -> None:
    for cycles in permutations(ORDER):
        assert merge_cycles([cycles]) == ORDER
