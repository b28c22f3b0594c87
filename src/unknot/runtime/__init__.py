"""A dispatch runtime: run coroutines and async generators on a worker's event loop.

The way of a dispatch: `caller` makes a first frame of a routine and its arguments, and a `call` of
that (`stream` wraps one). A link carries its frames: `thread` to the loop of a `worker`'s thread.
There a `docket` makes a `session` of the first frame and starts a `driver` task for it; the replies
go back the same way, and the session's `release` policy says what becomes of the task.

The caller's half (`caller`, `call`, `stream`) and the worker's half (`docket`, `driver`, `release`,
`context`, `session`) know nothing of each other: what crosses is `frames`. `remote` carries them to
other processes, and needs grpc.
"""

from .admission import Backpressure, Pressure
from .call import Call
from .context import current_session
from .errors import (
    DispatchError,
    FrameTooLarge,
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
    WorkerHung,
    WorkerNotStarted,
    WorkerRefused,
    WorkerStopped,
    WorkerStuck,
    WrongRoutine,
    WrongVariable,
)
from .release import Release, keep, pin, pinned, sever
from .session import DispatchSession
from .stream import Stream
from .worker import Worker

__all__ = [
    "Backpressure",
    "Call",
    "DispatchError",
    "DispatchSession",
    "FrameTooLarge",
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
    "WorkerHung",
    "WorkerNotStarted",
    "WorkerRefused",
    "WorkerStopped",
    "WorkerStuck",
    "WrongRoutine",
    "WrongVariable",
    "current_session",
    "keep",
    "pin",
    "pinned",
    "sever",
]
