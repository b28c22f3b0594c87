"""What a process gains outside any counted object is found, and by the object that grows."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.interpreters import need_interpreter
from unknot.measuring.cell import measure_cell
from unknot.measuring.growing import PAGES, gained, suspects
from unknot.measuring.spec import CellSpec, Effort
from unknot.records import Cell, GrowthKind

pytestmark = pytest.mark.once  # other interpreters are asked here

WORKLOADS = Path(__file__).parents[1] / "workloads" / "growing.py"
FEW = Effort(ops=160, warmup=32, samples=1, confirm_ops=160, time_limit=100)
VERSIONS = ("3.11", "3.13", "3.15")

OUTSIDE: dict[str, tuple[GrowthKind, float, float]] = {
    "lost": ("c heap", 5000, 5032),
    "descriptors": ("file descriptors", 1, 1),
    "mapped": ("unique memory", 8100, 8400),
    "zombies": ("child processes", 1, 1),
}
"""The kind, and the least and most per operation."""

OBJECTS = {
    "extended": ("builtins.bytearray", 4000, ["module growing.JOURNAL"]),
    "samples": ("array.array", 2400, ["module growing.RECORDER", "Recorder.samples"]),
    "raw": ("_io.BytesIO", 2000, ["module growing.RECORDER", "Recorder.raw"]),
    "text": ("_io.StringIO", 2000, ["module growing.RECORDER", "Recorder.text"]),
    "nothing_new": ("builtins.list", 8, ["module growing.NOTHING"]),
}
"""The type, bytes per operation, and what holds it."""

CLEAN = [
    *(f"{name}_clean" for name in (*OUTSIDE, *OBJECTS)),
    "replaced_dict",
    "filling_pool",
    "fragmented",
]


def measured(name: str, version: str) -> Cell:
    python = str(need_interpreter(version))
    cell = measure_cell(CellSpec(workload=f"{WORKLOADS}:{name}", python=python, effort=FEW))
    assert cell.error is None, cell.error
    return cell


@pytest.mark.parametrize("version", VERSIONS)
@pytest.mark.parametrize("name", OUTSIDE)
def test_growth_that_no_object_accounts_for_is_found(name: str, version: str) -> None:
    kind, least, most = OUTSIDE[name]
    cell = measured(name, version)
    assert cell.verdict == "growing"
    assert [growth.kind for growth in cell.growths] == [kind]
    (growth,) = cell.growths
    assert least <= growth.per_op <= most
    assert growth.note
    assert len(growth.rounds) >= 4
    assert all(growth.rounds)


@pytest.mark.parametrize("version", VERSIONS)
@pytest.mark.parametrize("name", OBJECTS)
def test_an_object_that_grows_in_place_is_named_with_what_holds_it(name: str, version: str) -> None:
    type_name, per_op, path = OBJECTS[name]
    cell = measured(name, version)
    assert cell.verdict == "growing"
    assert [(each.kind, each.type, each.per_op, each.path) for each in cell.growths] == [
        ("object", type_name, per_op, path)
    ]


@pytest.mark.parametrize("version", VERSIONS)
@pytest.mark.parametrize("name", CLEAN)
def test_what_is_given_back_and_what_only_looks_like_growth_is_none(
    name: str, version: str
) -> None:
    cell = measured(name, version)
    assert cell.growths == []
    assert cell.verdict in ("clean", "undecided") if name == "filling_pool" else "clean"


def test_only_what_both_readings_have_is_compared() -> None:
    assert gained({"c heap": 5, "threads": 2}, {"c heap": 9}) == {"c heap": 4}


ROUNDS = [10] * 4


def suspected(kind: GrowthKind, growths: list[int], objects_leak: bool = False) -> bool:
    return kind in suspects([{kind: each} for each in growths], ROUNDS, objects_leak)


def test_a_figure_has_to_grow_in_every_round_by_more_than_its_noise() -> None:
    assert suspected("file descriptors", [1, 1, 2, 1])
    assert not suspected("file descriptors", [3, 0, 3, 3])
    assert suspected("c heap", [10, 12, 11, 10])
    assert not suspected("c heap", [9, 12, 11, 10])
    assert suspected("unique memory", [PAGES] * 4)
    assert not suspected("unique memory", [PAGES, PAGES - 1, PAGES - 1, PAGES])


def test_unique_memory_may_be_given_back_once_and_goes_on_at_its_rate() -> None:
    rounds: list[dict[GrowthKind, int]] = [
        {"unique memory": each} for each in (-40 * PAGES, 3 * PAGES, 3 * PAGES, 3 * PAGES)
    ]
    found = suspects(rounds, ROUNDS, objects_leak=False)["unique memory"]
    assert found.rate == 3 * PAGES / 10
    assert not found.is_flat
    more = suspects([*rounds, *rounds[1:2]], [*ROUNDS, 10], objects_leak=False)["unique memory"]
    assert more.is_flat
    assert not suspects(rounds[:3], ROUNDS[:3], objects_leak=False)


def test_memory_is_left_to_objects_that_leak_and_files_are_not() -> None:
    assert not suspected("c heap", [100] * 4, objects_leak=True)
    assert suspected("file descriptors", [1] * 4, objects_leak=True)


def test_the_first_figure_of_memory_that_grows_stands_for_the_others() -> None:
    rounds = [{"c heap": 500, "unique memory": 2 * PAGES, "threads": 1} for _ in ROUNDS]
    found = suspects(rounds, ROUNDS, objects_leak=False)  # type: ignore[arg-type]
    assert list(found) == ["c heap", "threads"]


def test_a_round_without_a_figure_goes_with_the_next_that_has_it() -> None:
    rounds: list[dict[GrowthKind, int]] = [{}, {}, {"object": 60}, {"object": 22}]
    found = suspects(rounds, ROUNDS, objects_leak=False)["object"]
    assert found.rates == [2.0, 2.2]
    assert found.rate == 82 / 40
    assert found.is_flat
    assert not suspects([*rounds, {"object": 40}], [10] * 5, False)["object"].is_flat


def test_one_reading_decides_nothing() -> None:
    assert not suspects([{"object": 60}], [10], objects_leak=False)["object"].is_flat
