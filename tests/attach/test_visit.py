"""A reply of a process is read as a record; what cannot be one is refused in plain words."""

from __future__ import annotations

import json
import socket
import struct
from collections.abc import Callable
from typing import Any

import pytest

from unknot.agent.channel import SCHEMA, Channel
from unknot.attach.duties import Greet, Label, ReadTraits, TakeSurvey
from unknot.attach.landing import Landing
from unknot.attach.visit import Answered, Visit
from unknot.errors import UnknotError
from unknot.measuring.duties import Duty

GREETING = {
    "copy": 7,
    "python": "3.13.0",
    "implementation": "cpython",
    "free_threaded": False,
    "collector": "generational",
    "thresholds": [700, 10, 10],
    "passes": [3, 2, 1],
    "enabled": True,
    "frozen": 0,
}
LABEL: dict[str, Any] = {
    "id": 16,
    "type": "app.Node",
    "origin": "application",
    "package": None,
    "where": None,
    "name": None,
    "exception": False,
    "state": None,
    "freevars": [],
    "referent": None,
    "references": [{"to": 16, "kind": "attribute", "name": "me", "index": None, "key": None}],
    "fixed": False,
    "through_dict": [],
    "stores": {},
    "given": {},
}


class Copy:
    """What replies to every order with the same bytes, which may contain the order's token."""

    def __init__(self, reply: Callable[[str], bytes]) -> None:
        self._reply = reply
        self.ordered: dict[str, Any] = {}
        self._waiting = b""

    def sendall(self, data: bytes) -> None:
        self.ordered = json.loads(data[4:])
        self._waiting = self._reply(self.ordered["token"])

    def recv_into(self, buffer: memoryview) -> int:
        part, self._waiting = self._waiting[: len(buffer)], self._waiting[len(buffer) :]
        buffer[: len(part)] = part
        return len(part)


def replying(message: object) -> Copy:
    """A copy that sends this as the agent would."""
    return Copy(lambda token: framed(message, token))


def framed(message: object, token: str, schema: int = SCHEMA) -> bytes:
    if isinstance(message, dict):
        message = {"schema": schema, "token": token, **message, "attachments": []}
    text = json.dumps(message).encode()
    return struct.pack("!I", len(text)) + text


def test_an_order_and_its_reply_are_records_with_a_schema() -> None:
    copy = replying(GREETING)
    reply, arrays = Visit(copy, 0.0).ask(Greet())
    assert (reply, arrays) == (GREETING, [])
    assert (copy.ordered["do"], copy.ordered["schema"]) == ("greet", SCHEMA)


@pytest.mark.parametrize(
    ("duty", "reply", "why"),
    [
        (Greet(), {**GREETING, "passes": "3"}, r"`array`, got `str` - at `\$.passes`"),
        (Greet(), {**GREETING, "frozen": -1}, r"`int` >= 0 - at `\$.frozen`"),
        (Greet(), {"python": "3.13.0"}, "missing required field `copy`"),
        (TakeSurvey(), GREETING, "missing required field `tracked`"),
        (ReadTraits(ids=[]), {"texts": [["name", "me"]]}, r"length 5, got 2 - at `\$.texts"),
        (Label(ids=[], most=1), {"objects": [{}], "missing": []}, "missing required field `id`"),
        (
            Label(ids=[], most=1),
            {"objects": [{**LABEL, "references": [{"to": 16}]}], "missing": []},
            "missing required field `kind`",
        ),
    ],
)
def test_a_reply_of_another_form_is_refused(
    duty: Duty[object], reply: dict[str, Any], why: str
) -> None:
    with pytest.raises(UnknotError, match=f"sent a malformed reply: .*{why}") as caught:
        Visit(replying(reply), 0.0).ask(duty)
    assert len(str(caught.value).splitlines()) == 1


@pytest.mark.parametrize(
    ("reply", "why"),
    [
        (lambda _: framed(GREETING, "other"), "malformed reply: without the token of the order"),
        (lambda token: framed(GREETING, token, 9), "schema 9; this unknot reads schema 1"),
        (lambda _: framed([], ""), "malformed reply: JSON that is not an object"),
        (lambda token: framed(GREETING, token)[:40], "ended before it replied"),
        (lambda token: framed({"error": "x", "traceback": ""}, token), "copy of the .* failed: x"),
    ],
)
def test_what_is_no_reply_is_refused(reply: Callable[[str], bytes], why: str) -> None:
    with pytest.raises(UnknotError, match=why):
        Visit(Copy(reply), 0.0).ask(Greet())


def test_labels_that_are_whole_are_read() -> None:
    copy = replying({"objects": [LABEL], "missing": [32]})
    reply, _ = Visit(copy, 0.0).ask(Label(ids=[], most=1))
    assert (reply["objects"], reply["missing"]) == ([LABEL], [32])


def test_the_replies_of_a_process_looked_at_in_place_are_records_as_well() -> None:
    one, other = socket.socketpair()
    with one, other:
        Channel(other).send({**GREETING, "collector": None})
        with pytest.raises(UnknotError, match=r"the process sent a malformed reply: .*collector"):
            Answered(one, 0.0).next(Greet())


@pytest.mark.parametrize("text", ["", "paused", "paused x", "paused -1.0", "paused 1.0 2", "ready"])
def test_a_pause_that_is_none_is_refused(text: str) -> None:
    with Landing() as landing:
        assert landing.said() is None
        landing.write("said", text)
        with pytest.raises(UnknotError, match="malformed reply"):
            landing.said()
        landing.write("said", "paused 0.25")
        assert landing.said() == 0.25
