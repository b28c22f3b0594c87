"""The worker's half by itself: frames in, frames out, no caller."""

import asyncio
from collections.abc import AsyncGenerator, Callable
from contextvars import Context
from typing import Any

import pytest

from tests.runtime import routines
from tests.runtime.running import run
from unknot.runtime import MalformedFrame, Rejected, UnpicklableException, frames, sever
from unknot.runtime.admission import Admission
from unknot.runtime.docket import Docket


class Replies:
    """What a dispatch answered; a last reply ends it."""

    def __init__(self) -> None:
        self.frames: list[bytes] = []
        self.ended = asyncio.Event()

    def __call__(self, frame: bytes, last: bool) -> None:
        assert not self.ended.is_set()
        self.frames.append(frame)
        if last:
            self.ended.set()


async def answers(*sent: bytes, then: Callable[[Docket], None] | None = None) -> list[bytes]:
    docket = Docket(asyncio.get_running_loop(), Admission(1, None), sever)
    replies = Replies()
    docket.open(7, list(sent), replies, Context())
    if then is not None:
        then(docket)
    await replies.ended.wait()
    assert len(docket) == 0
    return replies.frames


def coroutine(routine: Callable[..., object], *args: object) -> bytes:
    return frames.call(frames.COROUTINE, routine, args, {})


def test_a_first_frame_is_answered() -> None:
    assert run(answers(coroutine(routines.echo, 5))) == [frames.value(5)]


@pytest.mark.parametrize(
    ("first", "complaint"),
    [
        (b"", "does not open with"),
        (b"?", "does not open with"),
        (b"Cnonsense", "UnpicklingError"),
        (frames.COROUTINE + frames.dump(3), "TypeError"),
        (frames.call(frames.STREAM, routines.echo, (), {}), "WrongRoutine"),
        (coroutine(routines.echo, routines.Unreadable()), "cannot be read back"),
    ],
)
def test_a_first_frame_that_cannot_be_run_is_rejected(first: bytes, complaint: str) -> None:
    (reply,) = run(answers(first))
    with pytest.raises(Rejected, match=complaint) as caught:
        frames.open_reply(reply)
    assert caught.value.error is not None


def test_requests_that_come_with_the_first_frame_are_answered_in_order() -> None:
    stream = frames.call(frames.STREAM, routines.count, (), {})
    found = run(answers(stream, frames.NEXT, b"?", frames.NEXT, frames.CLOSE))
    assert frames.open_reply(found[0]) == 0
    with pytest.raises(MalformedFrame):
        frames.open_reply(found[1])
    assert found[2:] == [frames.value(1), frames.value(None)]


def test_numbers_that_nobody_has_are_ignored() -> None:
    def talk_to_nobody(docket: Docket) -> None:
        docket.request(8, frames.NEXT)
        docket.cancel(8)

    assert run(answers(coroutine(routines.echo), then=talk_to_nobody)) == [frames.value(None)]


def test_a_dispatch_that_is_cancelled_is_answered() -> None:
    assert run(answers(coroutine(routines.hang), then=lambda docket: docket.cancel(7))) == [
        frames.CANCELLED
    ]


def test_a_cancelled_dispatch_gets_the_last_reply_that_was_set() -> None:
    def condemn(docket: Docket) -> None:
        docket.set_last_reply(b"verdict")
        docket.cancel(7)

    assert run(answers(coroutine(routines.hang), then=condemn)) == [b"verdict"]


# -- exceptions that fight back ----------------------------------------------------------------


class Speechless(Exception):
    def __str__(self) -> str:
        raise KeyboardInterrupt


class Quitter(Exception):
    def __reduce__(self) -> str:
        raise SystemExit(7)


class Nameless(type):
    def __getattribute__(cls, name: str) -> Any:
        if name in {"__module__", "__name__", "__qualname__"}:
            raise RuntimeError(f"no {name}")
        return super().__getattribute__(name)


class Anonymous(Exception, metaclass=Nameless):
    pass


def chained() -> Exception:
    error = ValueError("outer")
    error.__cause__ = routines.wordless()
    return error


HOSTILE: dict[str, Callable[[], Exception]] = {
    "a line that is no text": routines.wordless,
    "such a one as the cause": chained,
    "such a one in a group": lambda: ExceptionGroup("two", [routines.wordless(), ValueError()]),
    "a text that interrupts": Speechless,
    "a pickle that exits": Quitter,
    "a class without a name": Anonymous,
}


async def raise_hostile(name: str) -> None:
    raise HOSTILE[name]()


async def yield_and_raise_hostile(name: str) -> AsyncGenerator[int, None]:
    yield 1
    raise HOSTILE[name]()


@pytest.mark.parametrize("name", HOSTILE)
def test_whatever_an_exception_does_its_dispatch_is_answered(name: str) -> None:
    for sent in (
        (coroutine(raise_hostile, name),),
        (frames.call(frames.STREAM, yield_and_raise_hostile, (name,), {}), *[frames.NEXT] * 2),
    ):
        reply = run(answers(*sent))[-1]
        with pytest.raises(Exception):  # noqa: B017, PT011 (of whatever type: it is an answer)
            frames.open_reply(reply)


def test_an_exception_that_cannot_be_formatted_keeps_its_type_and_its_place() -> None:
    (reply,) = run(answers(coroutine(raise_hostile, "a line that is no text")))
    with pytest.raises(SyntaxError) as caught:
        frames.open_reply(reply)
    assert "in raise_hostile" in str(caught.value.__cause__)


def test_an_exception_whose_pickling_exits_is_told_by_its_text() -> None:
    (reply,) = run(answers(coroutine(raise_hostile, "a pickle that exits")))
    with pytest.raises(UnpicklableException, match="Quitter"):
        frames.open_reply(reply)
