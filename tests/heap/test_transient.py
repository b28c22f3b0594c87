"""What an event loop holds while it wakes the coroutine that counts is nobody's leak."""

from __future__ import annotations

import numpy as np
import pytest

from tests.heap.made import make_snapshot
from unknot.heap.transient import waking

TYPES = {
    "coroutine": "builtins.coroutine",
    "task": "asyncio.Task",
    "context": "contextvars.Context",
    "loop": "asyncio.Loop",
    "registry": "builtins.list",
    # From here on they are new.
    "handle": "asyncio.events.Handle",
    "wake up": "builtins.builtin_function_or_method",
    "arguments": "builtins.tuple",
    "future": "asyncio.Future",
    "run": "builtins.builtin_function_or_method",
    "kept": "app.Kept",
    "lost": "app.Lost",
}
NUMBERS = {name: number for number, name in enumerate(TYPES)}
REFERENCES = [
    *(("task", "coroutine"), ("task", "context"), ("task", "loop"), ("handle", "wake up")),
    *(("wake up", "task"), ("handle", "arguments"), ("arguments", "future"), ("future", "loop")),
    *(("handle", "loop"), ("run", "context"), ("registry", "kept"), ("kept", "task")),
    ("lost", "loop"),
]
HELD = {"handle", "wake up", "arguments", "future", "run"}


@pytest.mark.parametrize(
    ("more", "held"),
    [
        ([], HELD),
        ([("registry", "future")], HELD - {"future"}),
        ([("registry", "arguments")], HELD - {"arguments", "future"}),
        ([("kept", "handle")], {"run"}),
    ],
)
def test_the_loop_holds_what_nobody_refers_to_and_leads_to_the_task(
    more: list[tuple[str, str]], held: set[str]
) -> None:
    heap = make_snapshot(
        list(TYPES.values()),
        [(NUMBERS[source], NUMBERS[target]) for source, target in REFERENCES + more],
    )
    new = np.arange(len(TYPES)) >= NUMBERS["handle"]
    found = waking(heap, new, np.array([NUMBERS["coroutine"]]))
    assert {name for name, number in NUMBERS.items() if found[number]} == held


def test_without_an_event_loop_there_is_none() -> None:
    heap = make_snapshot(["builtins.tuple", "builtins.tuple"], [(0, 1)])
    assert not waking(heap, np.ones(2, dtype=bool), np.array([], dtype=np.int64)).any()
