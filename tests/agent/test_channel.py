"""Messages arrive whole, with their attachments, or not at all."""

from __future__ import annotations

import socket
import struct
import threading
import tracemalloc
from array import array
from collections.abc import Iterator

import pytest
from hypothesis import given
from hypothesis import strategies as st

from unknot.agent.channel import BadMessage, Channel, ChannelClosed

json_values = st.recursive(
    st.none() | st.booleans() | st.integers(-(2**53), 2**53) | st.text(),
    lambda children: st.lists(children) | st.dictionaries(st.text(), children),
    max_leaves=10,
)


FIXED = ("attachments", "schema", "token")


@pytest.fixture
def ends() -> Iterator[tuple[socket.socket, socket.socket]]:
    one, other = socket.socketpair()
    with one, other:
        yield one, other


@given(
    st.dictionaries(st.text().filter(lambda key: key not in FIXED), json_values),
    st.lists(st.binary(max_size=100), max_size=4),
)
def test_what_is_sent_is_received(message: dict[str, object], attachments: list[bytes]) -> None:
    one, other = socket.socketpair()
    with one, other:
        Channel(one).send(message, attachments)
        received, arrays = Channel(other).receive()
        assert received == message
        assert list(map(bytes, arrays)) == attachments


def test_large_arrays_arrive(ends: tuple[socket.socket, socket.socket]) -> None:
    column = array("Q", range(500_000))
    sender = threading.Thread(target=Channel(ends[0]).send, args=({}, [column]))
    sender.start()
    _, (received,) = Channel(ends[1]).receive()
    sender.join()
    assert received == column.tobytes()


def framed(text: bytes) -> bytes:
    return struct.pack("!I", len(text)) + text


@pytest.mark.parametrize(
    "noise",
    [
        b"",
        b"\x00",
        struct.pack("!I", 5) + b"[]",
        framed(b"[]"),
        framed(b"{}"),
        framed(b"\xff\xff"),
        framed(b"[" * 100_000),
        framed(b'{"schema": 1, "token": "", "attachments": [-1]}'),
        framed(b'{"schema": 1, "token": "", "attachments": [1.5]}'),
        framed(b'{"schema": 1, "token": "", "attachments": [true]}'),
        framed(b'{"schema": 1, "token": "", "attachments": {"0": 1}}'),
        framed(b'{"schema": 1, "token": "", "attachments": [1000000000000000000]}'),
        framed(b'{"schema": 1, "token": 5, "attachments": []}'),
        framed(b'{"schema": 1, "attachments": []}'),
        framed(b'{"schema": 1, "token": ""}'),
        framed(b'{"schema": 1, "token": "", "n": ' + b"9" * 5000 + b', "attachments": []}'),
        struct.pack("!I", 2**31) + b"{}",
    ],
)
def test_what_is_no_message_is_an_end(
    ends: tuple[socket.socket, socket.socket], noise: bytes
) -> None:
    ends[0].sendall(noise)
    ends[0].shutdown(socket.SHUT_WR)
    with pytest.raises(ChannelClosed):
        Channel(ends[1]).receive()


HALF = framed(b'{"schema": 1, "token": "", "attachments": [4000000000]}')


@pytest.mark.parametrize(
    "half",
    [
        b"\x00",
        struct.pack("!I", 1 << 27),
        HALF,
    ],
)
def test_half_a_message_is_not_awaited_for_long(
    ends: tuple[socket.socket, socket.socket], half: bytes
) -> None:
    ends[0].sendall(half)
    with pytest.raises(BadMessage, match="half a message"):
        Channel(ends[1], stall=0.05).receive()
    assert ends[1].gettimeout() is None


def test_an_announcement_alone_takes_no_memory(ends: tuple[socket.socket, socket.socket]) -> None:
    ends[0].sendall(HALF)
    tracemalloc.start()
    try:
        with pytest.raises(BadMessage):
            Channel(ends[1], stall=0.05).receive()
        assert tracemalloc.get_traced_memory()[1] < 10_000_000
    finally:
        tracemalloc.stop()


def test_an_answer_repeats_the_token_of_the_order(
    ends: tuple[socket.socket, socket.socket],
) -> None:
    one, other = map(Channel, ends)
    for token in ("first", "second"):
        one.send({"do": "count", "token": token})
        assert other.receive() == ({"do": "count"}, [])
        other.send({"settled": True})
        assert one.receive() == ({"settled": True}, [])
        assert one.token == token


@pytest.mark.parametrize(
    ("field", "found"),
    [
        (b"", "no schema"),
        (b'"schema": 2, ', "schema 2"),
        (b'"schema": true, ', "no schema"),
        (b'"schema": "1", ', "no schema"),
    ],
)
def test_a_message_of_another_schema_is_refused(
    ends: tuple[socket.socket, socket.socket], field: bytes, found: str
) -> None:
    ends[0].sendall(framed(b"{" + field + b'"token": "", "attachments": []}'))
    with pytest.raises(BadMessage, match=f"^a message of {found}; this unknot reads schema 1$"):
        Channel(ends[1]).receive()
