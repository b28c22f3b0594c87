"""A dispatch runtime: run coroutines and async generators on a worker thread's event loop.

The way through it: `worker` opens a `session` per dispatch (`stream` wraps one) and hands it to its
`docket`, which starts a `driver` task for it and ends it by its `release` policy. `frames` cross
between the two loops through `mailbox`es; `admission` says how many run at once.
"""

from .admission import Backpressure, Pressure
from .context import current_session
from .errors import (
    DispatchError,
    GraceExpired,
    MalformedFrame,
    Overloaded,
    Rejected,
    RemoteTraceback,
    UnpicklableArguments,
    UnpicklableException,
    UnpicklableResult,
    WorkerAlreadyStarted,
    WorkerDied,
    WorkerNotStarted,
    WorkerStopped,
    WorkerStuck,
    WrongRoutine,
)
from .release import Release, keep, pin, pinned, sever
from .session import DispatchSession
from .stream import Stream
from .worker import Worker

__all__ = [
    "Backpressure",
    "DispatchError",
    "DispatchSession",
    "GraceExpired",
    "MalformedFrame",
    "Overloaded",
    "Pressure",
    "Rejected",
    "Release",
    "RemoteTraceback",
    "Stream",
    "UnpicklableArguments",
    "UnpicklableException",
    "UnpicklableResult",
    "Worker",
    "WorkerAlreadyStarted",
    "WorkerDied",
    "WorkerNotStarted",
    "WorkerStopped",
    "WorkerStuck",
    "WrongRoutine",
    "current_session",
    "keep",
    "pin",
    "pinned",
    "sever",
]
