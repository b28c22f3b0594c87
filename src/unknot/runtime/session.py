"""A dispatch on the worker's side: the request, and the task that runs it."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import Any, TypeAlias

from . import frames
from .mailbox import Mailbox
from .variables import CarriedVariables

# Sends a reply frame to the caller's half, with whether it is the last one.
Reply: TypeAlias = Callable[[bytes, bool], None]


class DispatchSession:
    """One dispatch on the worker's loop, created from its first frame, ended by its last reply.

    It refers to its caller only by `reply`, until the last one. Its only reference to what runs it
    is `worker_task`; the `release` policy decides what happens to that at the end.
    """

    __slots__ = (
        "__weakref__",
        "_call",
        "_reply",
        "cancelled",
        "carried",
        "id",
        "inbox",
        "kind",
        "last_reply",
        "release",
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
        """Parse and check the first frame. Raises if it is invalid."""
        self._call: frames.Call | None = frames.open_call(first)
        self.kind = self._call[0]
        variables = self._call[4]
        self.carried = None if variables is None else CarriedVariables(*variables)
        self.id = number
        self.inbox = Mailbox(loop)
        self.release = release
        self.worker_task: asyncio.Task[bytes] | None = None
        self.cancelled = False
        self.last_reply = frames.CANCELLED  # for the case that the driver is cancelled
        self._reply: Reply | None = reply

    @property
    def name(self) -> str:
        """The name of the driver task."""
        return f"dispatch:{self.id}"

    def begin(self) -> Any:
        """The routine's coroutine or generator, which is then the only holder of the arguments."""
        # A routine may raise one of its arguments. The traceback then includes the driver's frames.
        # If these had a name for the arguments, error -> traceback -> frame -> arguments -> error
        # would be a cycle: test_endings.py, "raised_an_argument", fails.
        call, self._call = self._call, None
        assert call is not None
        _, routine, args, kwargs, _ = call
        return routine(*args, **kwargs)

    def reply(self, frame: bytes) -> None:
        """Send a reply other than the last."""
        if self._reply is not None:
            self._reply(self._packed(frame), False)

    def settle(self, frame: bytes) -> None:
        """Send the last reply. A second one is dropped."""
        # Severs session -> reply -> link -> receiver, so that a kept session does not keep the
        # caller's half: test_endings.py, "nothing_while_its_session_is_kept", counts its objects.
        reply, self._reply = self._reply, None
        if reply is not None:
            reply(self._packed(frame), True)
        self.carried = None

    def _packed(self, frame: bytes) -> bytes:
        """The frame with the context variables that the routine has set. Runs in its context."""
        if self.carried is None:
            return frame
        try:
            changed = self.carried.changed()
            return frames.with_variables(frame, changed) if changed else frame
        except Exception as error:
            return frames.raised(error)

    def cancel(self) -> None:
        """Cancel the driver, once, if there is one."""
        if not self.cancelled:
            self.cancelled = True
            self._cancel_driver()

    def expire(self, last_reply: bytes) -> None:
        """Cancel the driver for the worker, with `last_reply` for the caller."""
        self.last_reply = last_reply
        self.cancelled = True
        self._cancel_driver()

    def _cancel_driver(self) -> None:
        if self.worker_task is not None:
            self.worker_task.cancel()
