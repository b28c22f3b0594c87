"""Messages arrive whole, with their attachments, or not at all."""

from __future__ import annotations

import socket
import struct
import threading
from array import array
from collections.abc import Iterator

import pytest
from hypothesis import given
from hypothesis import strategies as st

from unknot.agent.channel import Channel, ChannelClosed

json_values = st.recursive(
    st.none() | st.booleans() | st.integers(-(2**53), 2**53) | st.text(),
    lambda children: st.lists(children) | st.dictionaries(st.text(), children),
    max_leaves=10,
)


@pytest.fixture
def ends() -> Iterator[tuple[socket.socket, socket.socket]]:
    one, other = socket.socketpair()
    with one, other:
        yield one, other


@given(
    st.dictionaries(st.text().filter(lambda key: key != "attachments"), json_values),
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


@pytest.mark.parametrize(
    "noise",
    [
        b"",
        b"\x00",
        struct.pack("!I", 5) + b"[]",
        struct.pack("!I", 2) + b"[]",
        struct.pack("!I", 2) + b"{}",
        struct.pack("!I", 2) + b"\xff\xff",
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
