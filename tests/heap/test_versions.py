"""One piece of code has one cycle, one signature and one cut on every release of CPython."""

from __future__ import annotations

import json
import subprocess
from pathlib import Path
from typing import Any

import pytest

import unknot
from tests.heap import remote
from tests.interpreters import need_interpreter
from unknot.heap import (
    CycleReport,
    Snapshot,
    connect,
    describe_all,
    find_garbage,
    group,
    parse_labels,
    parse_traits,
    places_to_label,
)

OPERATIONS = [
    "dispatch",
    "error_in_local",
    "closure_on_itself",
    "abandon_stored_generator",
    "Reader",
    "tree",
    "callback_over_its_object",
    "future_in_its_result",
    "class_per_call",
    "Handler",
    "Timer",
    "task_of_what_it_runs",
]


GATED = ("3.11", "3.12", "3.13", "3.14", "3.15")
"""Releases whose counts are compared."""

HERE = Path(__file__).parent


def reports_of(
    python: str, name: str, module: str = "leftovers", folder: Path = HERE
) -> list[CycleReport]:
    """What three of the operation leave under that interpreter, analysed in this one."""
    agent = Path(unknot.__file__).parent
    command = [python, str(HERE / "remote.py"), str(agent), str(folder), module, name]
    with subprocess.Popen(
        command, text=True, stdin=subprocess.PIPE, stdout=subprocess.PIPE
    ) as process:
        assert process.stdin is not None
        assert process.stdout is not None

        def ask(ids: list[Any]) -> Any:
            process.stdin.write(json.dumps(ids) + "\n")  # type: ignore[union-attr]
            process.stdin.flush()  # type: ignore[union-attr]
            return json.loads(process.stdout.readline())  # type: ignore[union-attr]

        heap = Snapshot.from_raw(*_received(json.loads(process.stdout.readline())))
        graph = connect(heap, find_garbage(heap))
        named = graph.select_named()
        traits = parse_traits(*_received(ask([named.order.hex(), named.runs])), graph)
        kinds = group(graph, traits, remote.COPIES)
        places = [place for kind in kinds for place in places_to_label(kind)]
        return describe_all(kinds, parse_labels(ask(heap.identities(places)), heap))


def _received(sent: dict[str, Any]) -> tuple[Any, list[bytes]]:
    return sent["message"], [bytes.fromhex(each) for each in sent["arrays"]]


@pytest.mark.once
@pytest.mark.parametrize("name", OPERATIONS)
def test_the_signature_is_the_same_on_every_release(name: str) -> None:
    found = {}
    for version in GATED:
        (report,) = reports_of(need_interpreter(version), name)
        assert report.copies == remote.COPIES
        assert report.cut.sufficient
        found[version] = (
            report.signature,
            [step.text for step in report.path],
            report.cut.edges,
            report.cut.instruction.partition(" (/")[0],  # where a class begins, 3.13 knows best
        )
    if name == "class_per_call":
        # A getset descriptor does not show its class to the collector there.
        signature, path, edges, instruction = found.pop("3.15")
        assert path == ["class class_per_call.<locals>.Row.__mro__", "tuple[…]"]
        assert (edges, instruction) == found["3.14"][2:]
        assert signature != found["3.14"][0]
    assert all(each == found[GATED[0]] for each in found.values())
