"""What the agent does on order, and what it holds meanwhile."""

from __future__ import annotations

import gc
import socket
from typing import Any, ClassVar

import pytest

from unknot.agent.channel import Channel
from unknot.agent.duties import Duties, Table
from unknot.agent.finalizers import FinalizerCalls
from unknot.agent.loopless import run_without_loop, sleep_without_loop


class Looking(Duties):
    """Looks for the order that it was given among all tracked objects."""

    async def look(self, mark: str) -> None:
        dicts = [found for found in gc.get_objects() if type(found) is dict]
        self.found = [found for found in dicts if found.get("mark") == mark]

    found: list[dict[Any, Any]]
    TABLE: ClassVar[Table] = {**Duties.TABLE, "look": look}


def test_no_message_is_in_a_snapshot() -> None:
    ours, theirs = socket.socketpair()
    with ours, theirs, FinalizerCalls() as finalizers:
        Channel(ours).send({"do": "look", "mark": "this very order"})
        duties = Looking(Channel(theirs), sleep_without_loop, finalizers, lambda: 0)
        run_without_loop(duties.handle_next())
        assert duties.found == []


def test_an_order_to_close_is_the_last_one() -> None:
    ours, theirs = socket.socketpair()
    with ours, theirs, FinalizerCalls() as finalizers:
        Channel(ours).send({"do": "close"})
        duties = Looking(Channel(theirs), sleep_without_loop, finalizers, lambda: 0)
        with pytest.raises(StopIteration) as ended:
            duties.handle_next().send(None)
        assert ended.value.value is False
