"""Every error of the runtime, under one root."""


class DispatchError(Exception):
    """Root of the errors that the runtime raises on its own account."""


class WrongRoutine(DispatchError, TypeError):
    """The routine is not of the kind that was asked for."""


class WrongVariable(DispatchError, ValueError):
    """What was named is no context variable that can be imported."""


class UnpicklableArguments(DispatchError):
    """The routine, or something passed to it, cannot be pickled; the message names it."""


class UnpicklableResult(DispatchError):
    """What a routine returned or yielded cannot be pickled, or not be read back."""


class UnpicklableException(DispatchError):
    """A routine raised an exception that does not survive pickling.

    Its text is in the message, its traceback in `__cause__`.
    """


class MalformedFrame(DispatchError):
    """A frame that no peer of ours writes."""


class Rejected(DispatchError):
    """The first frame of a dispatch was not fit to run; `error` is what was wrong with it."""

    @property
    def error(self) -> BaseException | None:
        return self.__cause__


class Overloaded(DispatchError):
    """The worker was at its limit, and its back-pressure hook refused to let the caller wait."""


class WorkerNotStarted(DispatchError):
    """The worker has no thread yet."""


class WorkerAlreadyStarted(DispatchError):
    """A worker starts once."""


class WorkerStopped(DispatchError):
    """The worker takes no more dispatches."""


class GraceExpired(DispatchError):
    """The worker was stopped and its grace period ran out before the dispatch had ended."""


class WorkerDied(DispatchError):
    """The worker ended without being told to, with whatever was in flight.

    Its process was killed or exited; or its loop ended: a task of its own raised KeyboardInterrupt
    or SystemExit, or a routine stopped the loop. Nobody knows how far the dispatch had come.
    """


class WorkerHung(WorkerDied):
    """The worker's loop did not turn for longer than its caller allows, and was given up."""


class WorkerRefused(DispatchError):
    """The worker did not take the connection; the message has its reason."""


class FrameTooLarge(DispatchError):
    """What was to be sent at once is larger than the worker takes."""


class WorkerStuck(DispatchError):
    """The worker did not stop: a routine blocks its thread or refuses to be cancelled.

    The callers have been answered with `GraceExpired`; the thread ends when the routine does.
    """


class RemoteTraceback(Exception):
    """The worker's side of a traceback, as text: the `__cause__` of a remote exception."""

    def __str__(self) -> str:
        return f'\n"""\n{self.args[0]}"""'
