"""A cycle as text: the steps one below the other, the cut underlined, no name that breaks it."""

from __future__ import annotations

from typing import Any

import msgspec
import pytest

from unknot.records import Cut, Cycle, Growth, Leak, Step
from unknot.report.wording import cycle_trace, growth_trace, leak_trace, type_label


def make_cycle(name: str = "app.Session", instruction: str = "Set it to None.") -> Cycle:
    steps = [
        Step(source=name, label=".task", target="asyncio.Task", cut=True),
        Step(source="asyncio.Task", label="._context", target="contextvars.Context"),
        Step(source="contextvars.Context", label="[current]", target=name),
    ]
    return Cycle(
        signature="3f9a1c0123456789",
        per_op=1,
        objects_per_op=14,
        component=5,
        path=[f"{step.source}{step.label}" for step in steps],
        steps=steps,
        cut=Cut(
            edge="Session.task",
            edges=["Session.task"],
            frees_per_op=14,
            of_per_op=14,
            sufficient=True,
            instruction=instruction,
            proven=20,
        ),
        origin="application",
    )


def test_a_cycle_reads_from_the_most_telling_object_back_to_it() -> None:
    assert cycle_trace(make_cycle())[:7] == [
        "1 cycle per op · 14 objects per op wait for the collector · signature 3f9a1c",
        "  app.Session",
        "  ├─ .task     → asyncio.Task",
        "  │  ~~~~~ cut here: frees 14 of 14",
        "  ├─ ._context → contextvars.Context",
        "  ╰─ [current] → app.Session",
        "  5 objects hang together in this circle",
    ]


def test_other_ways_round_follow_the_first_and_break_between_steps() -> None:
    ways = [["Session.task", "Task._exception", "Refused.__traceback__", "traceback.tb_frame"]]
    ways += [[*ways[0], "frame refuse local session"]]
    lines = cycle_trace(msgspec.structs.replace(make_cycle(), also=ways))
    assert lines[6:9] == [
        "  also Session.task → Task._exception → Refused.__traceback__ →",
        "    traceback.tb_frame",
        "  also Session.task → Task._exception → Refused.__traceback__ →",
    ]
    assert lines[9] == "    traceback.tb_frame → frame refuse local session"


def test_another_way_with_hostile_names_stays_within_the_line() -> None:
    names = ["\x1b[31m\n", "x" * 5000, *["frame refuse local session"] * 9]
    lines = cycle_trace(msgspec.structs.replace(make_cycle(), also=[names]))
    assert all(line.isprintable() for line in lines)
    assert max(map(len, lines)) <= 80


@pytest.mark.parametrize(
    "name", ["x" * 5000, "\x1b[31m\n\r", "\u202eevil", "<script>", "a" + "." * 3000]
)
def test_no_name_breaks_a_line_or_the_terminal(name: str) -> None:
    lines = cycle_trace(make_cycle(name, f"Set `{name}.task` to None."))
    assert all(line.isprintable() for line in lines)
    assert max(map(len, lines)) <= 260
    assert lines[2].endswith("→ asyncio.Task")


def test_a_path_in_an_instruction_is_not_broken_at_its_hyphens() -> None:
    path = "/tmp/" + "some-folder-" * 8 + "w.py:7"
    lines = cycle_trace(make_cycle(instruction=f"Set `Session.task` to None ({path})."))
    assert any(path in line for line in lines)
    leak = Leak(type="a.B", per_op=1, path=[], steps=[], advice=f"Remove it where {path} adds it.")
    assert any(path in line for line in leak_trace(leak))


@pytest.mark.parametrize(
    ("objects", "line"),
    [
        (1, None),
        (2, "  1 object of another type per op is leaked beside it"),
        (12, "  11 objects of other types per op are leaked beside it"),
    ],
)
def test_what_the_holder_of_a_leak_holds_beside_it_is_counted(
    objects: float, line: str | None
) -> None:
    lines = leak_trace(Leak(type="a.B", per_op=1, objects_per_op=objects, path=[], steps=[]))
    assert lines[1:] == ([line] if line else [])


def test_what_nothing_visible_holds_is_told_by_its_note_alone() -> None:
    lines = leak_trace(Leak(type="app.Entry", per_op=1, path=[], steps=[], note="held from C"))
    assert lines == ["1 object per op leaked · app.Entry stays reachable", "  held from C"]


@pytest.mark.parametrize(
    ("name", "label"),
    [("builtins.list", "list"), ("asyncio.Task", "asyncio.Task"), ("a.b.c.Deep", "Deep")],
)
def test_a_type_has_its_module_where_that_is_short(name: str, label: str) -> None:
    assert type_label(name) == label


def test_bytes_stand_beside_the_objects_where_they_are_known() -> None:
    weighed = msgspec.structs.replace(make_cycle(), bytes_per_op=86_117.0)
    assert cycle_trace(weighed)[0].startswith("1 cycle per op · 14 objects, 86.1 KB wait for")
    held = Leak(type="app.Entry", per_op=1, objects_per_op=1, bytes_per_op=340.8, path=[], steps=[])
    assert leak_trace(held)[0] == "1 object per op leaked · 341 bytes · app.Entry stays reachable"


@pytest.mark.parametrize(
    ("more", "said"),
    [
        ({"per_op": 1}, "made at app.py:4, called from app.py:6, lib.py:2"),
        ({"per_op": 0}, "what stays was made at app.py:4, called from app.py:6, lib.py:2"),
        (
            {"per_op": 1, "runner": "asyncio.Task"},
            "started at app.py:4, called from app.py:6, lib.py:2",
        ),
    ],
)
def test_a_leak_says_where_a_survivor_was_made(more: dict[str, Any], said: str) -> None:
    made = ["app.py:4", "app.py:6", "lib.py:2"]
    assert leak_trace(Leak(type="a.B", path=[], steps=[], made=made, **more))[1:] == [f"  {said}"]


def test_a_growth_says_by_which_line_the_process_grows() -> None:
    growth = Growth(kind="file descriptors", per_op=1, made=["app.py:4"])
    assert growth_trace(growth)[1:] == ["  opened at app.py:4"]
