"""The queue that crosses loops."""

import asyncio
import threading

from tests.runtime.running import cancelled, run
from unknot.runtime.mailbox import Mailbox


def test_frames_arrive_in_order_from_another_thread() -> None:
    async def main() -> list[bytes]:
        mailbox = Mailbox(asyncio.get_running_loop())
        thread = threading.Thread(target=post_all, args=(mailbox,))
        thread.start()
        frames = [await mailbox.get() for _ in range(100)]
        thread.join()
        return frames

    assert run(main()) == [str(number).encode() for number in range(100)]


def post_all(mailbox: Mailbox) -> None:
    for number in range(100):
        mailbox.post(str(number).encode())


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


def test_posting_to_a_closed_loop_is_no_error() -> None:
    async def main() -> Mailbox:
        return Mailbox(asyncio.get_running_loop())

    mailbox = run(main())
    mailbox.post(b"lost")
    assert len(mailbox) == 0
