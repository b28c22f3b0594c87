"""What a process gains outside any counted object fails the gate where it is new, or more."""

from __future__ import annotations

import msgspec
import pytest

from tests.gate.made import cell, result
from unknot.gate import Budgets, as_baseline, judge
from unknot.records import Cell, Growth

LOST = Growth(kind="c heap", per_op=100.0, rounds=[96.0, 104.0, 100.0])
BUFFER = Growth(kind="object", per_op=10.0, type="builtins.bytearray", path=["module app.LOG"])
FILES = Growth(kind="file descriptors", per_op=1.0, rounds=[1.0, 1.0])


def growing(*growths: Growth) -> Cell:
    return msgspec.structs.replace(
        cell({}), growths=list(growths), verdict="growing" if growths else "clean"
    )


def failures(before: Cell, after: Cell) -> list[str]:
    judgement = judge(result(after), as_baseline(result(before)), Budgets())
    return [finding.text for finding in judgement.of("failure")]


@pytest.mark.parametrize(
    ("growth", "text"),
    [
        (LOST, "c heap: 0 → 100 bytes per op"),
        (BUFFER, "builtins.bytearray module app.LOG: 0 → 10 bytes per op"),
        (FILES, "file descriptors: 0 → 1 per op"),
    ],
)
def test_what_grows_and_did_not_fails(growth: Growth, text: str) -> None:
    assert failures(growing(), growing(growth)) == [text]


@pytest.mark.parametrize("growth", [LOST, BUFFER, FILES])
def test_what_grows_as_before_or_no_longer_passes(growth: Growth) -> None:
    assert failures(growing(growth), growing(growth)) == []
    assert failures(growing(growth), growing()) == []


def test_more_fails_only_beyond_what_the_rounds_differ_by() -> None:
    def lost(per_op: float) -> Cell:
        return growing(msgspec.structs.replace(LOST, per_op=per_op))

    assert failures(lost(100), lost(116)) == []
    assert failures(lost(100), lost(117)) == ["c heap: 100 → 117 bytes per op"]
    assert failures(growing(FILES), growing(msgspec.structs.replace(FILES, per_op=2.0))) == [
        "file descriptors: 1 → 2 per op"
    ]


def test_another_object_that_grows_is_another_finding() -> None:
    other = msgspec.structs.replace(BUFFER, path=["module app.CACHE"])
    assert failures(growing(BUFFER), growing(other)) == [
        "builtins.bytearray module app.CACHE: 0 → 10 bytes per op"
    ]
