"""Every error that unknot raises, under one root. Each class has the exit code it maps to.

Errors are raised at any depth and mapped to an exit code once, where a command ends. A leak is a
result, never an error.
"""

from __future__ import annotations

import errno
from collections.abc import Sequence
from typing import Literal

__all__ = [
    "SCARCE",
    "CellFailed",
    "InvalidResult",
    "InvalidWorkload",
    "TimeLimitExceeded",
    "UnknotError",
    "UsageError",
]


SCARCE = frozenset(
    {errno.EMFILE, errno.ENFILE, errno.ENOMEM, errno.EAGAIN, errno.ENOSPC, errno.EDQUOT}
)
"""``errno`` values of an exhausted resource or limit, which any operation may raise."""


class UnknotError(Exception):
    """An error that unknot cannot recover from. The message says what, where and what to do."""

    exit_code = 2

    def __init__(self, message: str, details: Sequence[str] = ()) -> None:
        super().__init__(message)
        self.details = tuple(details)  # lines of another program's output

    def __str__(self) -> str:
        return "\n".join((str(self.args[0]), *(f"  {line}" for line in self.details)))


class UsageError(UnknotError):
    """An invalid option or argument."""


class FreeThreadedBuild(UsageError):
    """An interpreter built without the GIL (PEP 703): live objects would read as garbage."""

    def __init__(self, python: str) -> None:
        super().__init__(
            f"{python} is a free-threaded build, whose deferred reference counts do not show "
            "what holds an object; use a build with the GIL"
        )


class InvalidWorkload(UnknotError):
    """The workload cannot be found or is not a workload."""


class InvalidResult(UnknotError):
    """A file that is not a result that this version can read."""


class CellFailed(UnknotError):
    """The measured process raised, crashed or hung. Other cells are still measured."""

    exit_code = 3

    def __init__(
        self,
        message: str,
        kind: Literal["raised", "crashed", "timeout", "interrupted"] = "crashed",
        *,
        traceback: str | None = None,
        exit_status: int | None = None,
        details: Sequence[str] = (),
        begun: int = 0,
    ) -> None:
        super().__init__(message, details)
        self.kind = kind
        self.traceback = traceback
        self.exit_status = exit_status
        self.begun = begun  # operations, as far as the process could tell


class ForgedAnswer(CellFailed):
    """Something else than the agent wrote to the controller: no count of that process holds."""


class TimeLimitExceeded(CellFailed):
    """The measured process did not answer within its time limit."""

    exit_code = 124

    def __init__(self, message: str) -> None:
        super().__init__(message, "timeout")
