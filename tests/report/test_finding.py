"""One cell as text: what an operation leaves, in words that agree with what stands below."""

from __future__ import annotations

import io

import msgspec
import pytest
from rich.console import Console

from tests.gate.made import cycle
from tests.report.conftest import cell
from unknot.records import Cell, PerOp, TypeCount
from unknot.report.terminal import cell_lines, print_cell

LEFT = TypeCount(
    before=0,
    after=1,
    peak=1,
    retained_per_op=1,
    cyclic_per_op=1,
    leaked_per_op=0,
    garbage_per_op=1,
)


def left(cyclic: float, garbage: float, blocks: float = 17, finalizers: float = 0) -> Cell:
    """A made-up cell."""
    per_op = PerOp(
        retained=cyclic,
        cyclic=cyclic,
        leaked=0,
        garbage=garbage,
        blocks=blocks,
        blocks_leaked=0,
        asyncgen_finalizers=finalizers,
    )
    return msgspec.structs.replace(cell("cyclic"), per_op=per_op)


@pytest.mark.parametrize(
    ("cyclic", "garbage", "said"),
    [
        (12, 11, "12 cyclic (11 garbage, 1 that goes with it) · 17 blocks allocated"),
        (25, 23, "25 cyclic (23 garbage, 2 that go with it) · 17 blocks allocated"),
        (3.3, 3.1, "3.3 cyclic (3.1 garbage, 0.2 that go with it) · 17 blocks allocated"),
        (3, 3, "3 cyclic · 17 blocks allocated"),
        (3, 4, "3 cyclic · 17 blocks allocated"),
        (3, 0, "3 cyclic · 17 blocks allocated"),
    ],
)
def test_what_is_cyclic_but_no_garbage_is_said_to_go_with_it(
    cyclic: float, garbage: float, said: str
) -> None:
    text = " ".join(line.strip() for line in cell_lines(left(cyclic, garbage)))
    assert f"per operation: {said} rounds of" in text


def test_one_block_and_one_call_are_singular() -> None:
    [said] = [
        line
        for line in cell_lines(left(1, 1, blocks=1, finalizers=1))
        if line.startswith("per operation:")
    ]
    assert said == (
        "per operation: 1 cyclic · 1 block allocated · 1 async-generator finalizer call"
    )


def test_the_figures_of_an_operation_stay_within_80_columns() -> None:
    lines = cell_lines(left(1012.125, 1011.125, blocks=12345.678, finalizers=22.005))
    assert max(map(len, lines)) <= 80


@pytest.mark.parametrize(("types", "said"), [(9, "… 1 more type with -v"), (10, "… 2 more types")])
def test_types_that_are_not_shown_are_counted(types: int, said: str) -> None:
    found = {f"app.Kind{number}": LEFT for number in range(types)}
    one = msgspec.structs.replace(cell("cyclic"), types=found)
    assert any(said in line for line in cell_lines(one))


def test_where_the_output_has_no_unicode_it_is_in_ascii() -> None:
    raw = io.BytesIO()
    with io.TextIOWrapper(raw, encoding="ascii") as output:
        one = msgspec.structs.replace(cell("cyclic"), cycles=[cycle()])
        print_cell(one, Console(file=output, width=80))
        output.flush()
        said = raw.getvalue().decode("ascii")
    assert "cut here" in said
    assert "->" in said
