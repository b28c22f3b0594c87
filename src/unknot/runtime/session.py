"""A dispatch, seen by its worker: what was asked, and the task that does it."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import Any, TypeAlias

from . import frames
from .mailbox import Mailbox
from .variables import Luggage

# Takes a reply frame to the caller's half, and whether it is the last.
Reply: TypeAlias = Callable[[bytes, bool], None]


class DispatchSession:
    """One dispatch on the worker's loop: made of its first frame, ended by one last reply.

    It knows its caller by `reply` alone, until the last. Its one reference to what runs it is
    `worker_task`, and what becomes of that at the end is its `release` policy.
    """

    __slots__ = (
        "__weakref__",
        "_call",
        "_reply",
        "cancelled",
        "id",
        "inbox",
        "kind",
        "luggage",
        "release",
        "verdict",
        "worker_task",
    )

    def __init__(
        self,
        number: int,
        first: bytes,
        reply: Reply,
        release: Callable[[DispatchSession], None],
        loop: asyncio.AbstractEventLoop,
    ) -> None:
        """Parse and check the first frame. Raises what is wrong with it."""
        self._call: frames.Call | None = frames.open_call(first)
        self.kind = self._call[0]
        variables = self._call[4]
        self.luggage = None if variables is None else Luggage(*variables)
        self.id = number
        self.inbox = Mailbox(loop)
        self.release = release
        self.worker_task: asyncio.Task[bytes] | None = None
        self.cancelled = False
        self.verdict = frames.CANCELLED  # the last reply, should the driver be cancelled
        self._reply: Reply | None = reply

    @property
    def name(self) -> str:
        """The name of the driver task."""
        return f"dispatch:{self.id}"

    def begin(self) -> Any:
        """The routine's coroutine or generator, which alone has the arguments from now on."""
        # A routine may raise what it was passed. The driver's frames are in the traceback then,
        # and had they a name for the arguments, error -> traceback -> frame -> arguments -> error
        # would be a cycle: test_endings.py, "raised_an_argument", fails.
        call, self._call = self._call, None
        assert call is not None
        _, routine, args, kwargs, _ = call
        return routine(*args, **kwargs)

    def reply(self, frame: bytes) -> None:
        """Send a reply that is not the last."""
        if self._reply is not None:
            self._reply(self._packed(frame), False)

    def settle(self, frame: bytes) -> None:
        """Send the last reply. A second one is lost."""
        # Severs session -> reply -> link -> receiver: the caller's half is not kept with a session
        # that is: test_endings.py, "nothing_while_its_session_is_kept", counts its objects.
        reply, self._reply = self._reply, None
        if reply is not None:
            reply(self._packed(frame), True)
        self.luggage = None

    def _packed(self, frame: bytes) -> bytes:
        """With the context variables that the routine has set; this runs in its context."""
        if self.luggage is None:
            return frame
        try:
            changed = self.luggage.changed()
            return frames.with_variables(frame, changed) if changed else frame
        except Exception as error:
            return frames.raised(error)

    def cancel(self) -> None:
        """Ask the driver to end, once, if there is one."""
        if not self.cancelled:
            self.cancelled = True
            self._cancel_driver()

    def expire(self, verdict: bytes) -> None:
        """Cancel the driver on the worker's account; `verdict` is what the caller gets for it."""
        self.verdict = verdict
        self.cancelled = True
        self._cancel_driver()

    def _cancel_driver(self) -> None:
        if self.worker_task is not None:
            self.worker_task.cancel()
