"""Packets: whatever is sent arrives, in order, and what nobody sends is refused."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from unknot.runtime import FrameTooLarge, MalformedFrame
from unknot.runtime.remote import packets
from unknot.runtime.remote.packets import CHUNK, HEADER, OPEN, PING, REQUEST, Inbox, Outbox

sizes = st.sampled_from([0, 1, 10, CHUNK - 1, CHUNK, CHUNK + 1, 3 * CHUNK, 5 * CHUNK + 7])
sent = st.lists(st.tuples(st.integers(1, 4), st.sampled_from([OPEN, REQUEST]), sizes), max_size=12)


def receive(outbox: Outbox, inbox: Inbox) -> list[tuple[int, bytes, bytes]]:
    found: list[tuple[int, bytes, bytes]] = []
    while outbox:
        message = outbox.take()
        assert 0 < len(message) <= packets.MESSAGE
        found += inbox.open(message)
    return found


@given(sent)
def test_frames_arrive_whole_and_those_of_a_dispatch_in_order(
    frames: list[tuple[int, bytes, int]],
) -> None:
    outbox, inbox = Outbox(), Inbox(packets.FROM_CALLER)
    expected: dict[int, list[tuple[bytes, bytes]]] = {}
    for index, (number, kind, size) in enumerate(frames):
        frame = bytes([index]) * size
        outbox.put(number, kind, frame)
        expected.setdefault(number, []).append((kind, frame))
    found: dict[int, list[tuple[bytes, bytes]]] = {}
    for number, kind, frame in receive(outbox, inbox):
        found.setdefault(number, []).append((kind, frame))
    assert found == expected


def test_small_frames_share_a_message() -> None:
    outbox = Outbox()
    for number in range(100):
        outbox.put(number, OPEN, b"x" * 50)
    message = outbox.take()
    assert not outbox
    assert len(list(Inbox(packets.FROM_CALLER).open(message))) == 100


def test_a_large_frame_does_not_hold_a_small_one_up() -> None:
    outbox, inbox = Outbox(), Inbox(packets.FROM_CALLER)
    outbox.put(1, OPEN, b"l" * 100 * CHUNK)
    outbox.take()
    outbox.put(2, OPEN, b"small")
    assert [number for number, _, _ in inbox.open(outbox.take())] == [2]


def test_large_frames_take_turns() -> None:
    outbox, inbox = Outbox(), Inbox(packets.FROM_CALLER)
    outbox.put(1, OPEN, b"l" * 100 * CHUNK)
    outbox.put(2, OPEN, b"l" * 2 * CHUNK)
    assert [number for number, _, _ in receive(outbox, inbox)] == [2, 1]


def test_what_follows_a_large_frame_of_its_dispatch_does_not_overtake_it() -> None:
    outbox, inbox = Outbox(), Inbox(packets.FROM_CALLER)
    outbox.put(1, OPEN, b"l" * 3 * CHUNK)
    outbox.put(1, packets.CANCEL)
    assert [kind for _, kind, _ in receive(outbox, inbox)] == [OPEN, packets.CANCEL]


def test_a_frame_above_the_bound_is_not_sent() -> None:
    with pytest.raises(FrameTooLarge, match="101 bytes"):
        Outbox(largest=100).put(1, OPEN, bytes(101))


def packet(number: int, kind: bytes, body: bytes, more: bool = False) -> bytes:
    return HEADER.pack(number, kind, more, len(body)) + body


@pytest.mark.parametrize(
    ("message", "complaint"),
    [
        (b"garbage", "in the middle of a header"),
        (b"\xff" * 64, "of kind"),
        (packet(1, packets.LAST, b"from the wrong side"), "of kind"),
        (packet(1, OPEN, b"cut off")[:-1], "in the middle of a chunk"),
        (HEADER.pack(1, OPEN, False, CHUNK + 1) + bytes(CHUNK + 1), "in the middle of a chunk"),
        (packet(1, PING, b"") + b"\x00", "in the middle of a header"),
    ],
)
def test_what_is_no_message_is_malformed(message: bytes, complaint: str) -> None:
    with pytest.raises(MalformedFrame, match=complaint):
        list(Inbox(packets.FROM_CALLER).open(message))


def test_a_frame_that_grows_above_the_bound_is_malformed() -> None:
    inbox = Inbox(packets.FROM_CALLER, largest=3 * CHUNK)
    part = packet(1, OPEN, bytes(CHUNK), more=True)
    assert list(inbox.open(part * 3)) == []
    with pytest.raises(MalformedFrame, match="more than 196,608 bytes"):
        list(inbox.open(part))
