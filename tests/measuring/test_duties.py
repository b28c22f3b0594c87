"""The records of the duties are those that agents have, and a reply that is none is refused."""

from __future__ import annotations

import inspect
from collections.abc import Callable
from typing import Any

import msgspec
import pytest

from unknot.agent.channel import BadMessage
from unknot.agent.children import ChildDuties
from unknot.agent.service import AgentService
from unknot.heap.snapshot import Identity
from unknot.measuring import duties, heap_duties, tracer, tracer_duties
from unknot.pytest_plugin.instrument import Instrument

RECORDS: list[Any] = [
    record
    for record in duties.Duty.__subclasses__()
    if record.__module__.startswith("unknot.measuring.")  # those of a look are another table
]
OUTSIDE = {"greet", "open", "close"}
"""Handled before any table is looked at."""
TABLES: dict[str, dict[str, Callable[..., Any]]] = {
    "the main process": AgentService.TABLE,
    "a child": ChildDuties.TABLE,
    "the plugin": Instrument.TABLE,
    "the tracer": tracer.TABLE,
}


def name_of(record: Any) -> str:
    tag = record.__struct_config__.tag
    assert isinstance(tag, str)
    return tag


@pytest.mark.parametrize("table", TABLES.values(), ids=TABLES)
def test_every_duty_of_an_agent_has_a_record_with_its_arguments(
    table: dict[str, Callable[..., Any]],
) -> None:
    arguments = {name_of(record): list(record.__struct_fields__) for record in RECORDS}
    for name, function in table.items():
        assert list(inspect.signature(function).parameters)[1:] == arguments[name], name


def test_every_record_is_a_duty_of_some_agent() -> None:
    served = {name for table in TABLES.values() for name in table}
    assert {name_of(record) for record in RECORDS} - OUTSIDE == served


@pytest.mark.parametrize(
    ("duty", "reply"),
    [
        (duties.Settle(), {"settled": True}),
        (duties.RunOperations(ops=1), {"seconds": -1.0}),
        (duties.TakeCensus(), {"types": {"builtins.list": -1}}),
        (duties.Count(), {"types": {}, "blocks": "1", "asyncgen_finalizers": 0}),
        (heap_duties.Label(ids=[Identity(1)]), {"objects": [{"id": 1}]}),
        (
            heap_duties.FindRunning(),
            {"running": [], "registries": [], "bounded": [None], "own": []},
        ),
        (heap_duties.MeasureBounds(), {"bounds": [[1, "app.cache", 3]]}),
        (tracer_duties.FindGains(ops=1, kind="threads"), {"gains": [["many", []]]}),
    ],
)
def test_what_is_no_reply_to_a_duty_is_refused(
    duty: duties.Duty[object], reply: dict[str, Any]
) -> None:
    with pytest.raises(BadMessage, match=f"the answer to '{name_of(type(duty))}'"):
        duty.read(reply)


def test_a_reply_may_have_more_than_is_read() -> None:
    reply = {"settled": True, "passes": 3}
    assert duties.Collect().read(reply) is reply
    assert msgspec.json.encode(duties.Collect()) == b'{"do":"collect"}'
