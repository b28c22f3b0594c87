"""The queue that a reader waits for."""

import asyncio

from tests.runtime.running import cancelled, run
from unknot.runtime.mailbox import Mailbox


def test_frames_are_read_in_the_order_in_which_they_came() -> None:
    async def main() -> list[bytes]:
        mailbox = Mailbox(asyncio.get_running_loop())
        reader = asyncio.ensure_future(read(mailbox, 100))
        for number in range(100):
            mailbox.deliver(str(number).encode())
            if number % 7 == 0:
                await asyncio.sleep(0)
        return await reader

    assert run(main()) == [str(number).encode() for number in range(100)]


async def read(mailbox: Mailbox, count: int) -> list[bytes]:
    return [await mailbox.get() for _ in range(count)]


def test_a_frame_that_is_there_takes_no_turn_of_the_loop() -> None:
    async def main() -> bytes:
        mailbox = Mailbox(asyncio.get_running_loop())
        mailbox.deliver(b"here")
        try:
            mailbox.get().send(None)
        except StopIteration as result:
            return bytes(result.value)
        raise AssertionError

    assert run(main()) == b"here"


def test_a_cancelled_reader_loses_no_frame() -> None:
    async def main() -> bytes:
        mailbox = Mailbox(asyncio.get_running_loop())
        reader = asyncio.ensure_future(mailbox.get())
        await asyncio.sleep(0)
        mailbox.deliver(b"kept")
        await cancelled(reader)
        assert len(mailbox) == 1
        return await mailbox.get()

    assert run(main()) == b"kept"
