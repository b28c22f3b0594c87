"""Every error of the runtime, under one root."""


class DispatchError(Exception):
    """Root of the errors that the runtime itself raises."""


class WrongRoutine(DispatchError, TypeError):
    """The routine is not of the expected kind."""


class WrongVariable(DispatchError, ValueError):
    """The name does not lead to a context variable that can be imported."""


class UnpicklableArguments(DispatchError):
    """The routine, or something passed to it, cannot be pickled; the message names it."""


class UnpicklableResult(DispatchError):
    """A value that a routine returned or yielded cannot be pickled or unpickled."""


class UnpicklableException(DispatchError):
    """A routine raised an exception that does not survive pickling.

    Its text is in the message, its traceback in `__cause__`.
    """


class MalformedFrame(DispatchError):
    """A frame that does not follow the protocol."""


class Rejected(DispatchError):
    """The first frame of a dispatch was invalid; `error` says why."""

    @property
    def error(self) -> BaseException | None:
        return self.__cause__


class Overloaded(DispatchError):
    """The worker was at its limit, and its back-pressure hook refused to let the caller wait."""


class WorkerNotStarted(DispatchError):
    """The worker has not been started."""


class WorkerAlreadyStarted(DispatchError):
    """The worker was started before. A worker can be started only once."""


class WorkerStopped(DispatchError):
    """The worker takes no more dispatches."""


class GraceExpired(DispatchError):
    """The worker was stopped and its grace period ran out before the dispatch had ended."""


class WorkerDied(DispatchError):
    """The worker ended unexpectedly, with dispatches in flight.

    Its process was killed or exited, or its loop ended because a task raised KeyboardInterrupt or
    SystemExit or a routine stopped the loop. How far the dispatch had got is unknown.
    """


class WorkerHung(WorkerDied):
    """The worker's loop was blocked for longer than its caller allows."""


class WorkerRefused(DispatchError):
    """The worker refused the connection; the message gives the reason."""


class FrameTooLarge(DispatchError):
    """A frame is larger than the worker accepts."""


class WorkerStuck(DispatchError):
    """The worker did not stop: a routine blocks its thread or refuses to be cancelled.

    The callers have been answered with `GraceExpired`; the thread ends when the routine does.
    """


class RemoteTraceback(Exception):
    """The worker's side of a traceback, as text: the `__cause__` of a remote exception."""

    def __str__(self) -> str:
        return f'\n"""\n{self.args[0]}"""'
