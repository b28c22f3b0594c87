"""Functions to call from a program, a test or a notebook.

This module stays light: what measures and shows is imported when a function is called.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

if TYPE_CHECKING:
    from unknot.outcomes import Changes, Garbage, Result
    from unknot.records import GcMode
    from unknot.records import Result as Record

__all__ = ["compare", "explain", "load", "measure"]


def measure(
    operation: Callable[..., Any] | str,
    *,
    ops: int | None = None,
    rounds: int | None = None,
    warmup: int | None = None,
    gc: GcMode | Sequence[GcMode] = "off",
    in_flight: int = 1,
    backend: Literal["asyncio", "uvloop", "trio"] = "asyncio",
    time_limit: float | None = None,
) -> Result:
    """What each call of ``operation`` leaves behind, measured in a fresh process.

    ``operation`` is a function without required arguments, plain or ``async``; a generator marked
    with :func:`unknot.workload`; or a workload's name as ``unknot run`` takes it. A function of a
    module is imported in the fresh process from its file, as it is there now; a lambda, a closure
    or a notebook's function is pickled by value with what it uses. So state of this process that it
    changes is not seen, and here nothing changes.

    ``ops`` (default 1,000), ``rounds`` (4), ``warmup`` (64), ``gc``, ``in_flight``, ``backend`` and
    ``time_limit`` (120 seconds a cell) are the options of ``unknot run``. For each mode in ``gc``
    the result has a cell.

    Raises :class:`~unknot.errors.UsageError` for what cannot be measured, and
    :class:`~unknot.errors.CellFailed`, with the operation's traceback, where it raises, crashes or
    runs out of time before anything can be said.
    """
    from unknot.measuring.process import MARK

    if MARK in os.environ:
        from unknot.errors import UsageError

        raise UsageError(
            "measure() was called while a measured process imported this file; "
            "call it below if __name__ == '__main__':"
        )
    from unknot.measuring.spec import Effort
    from unknot.outcomes import measured

    given = {"ops": ops, "rounds": rounds, "warmup": warmup, "time_limit": time_limit}
    effort = Effort(**{name: value for name, value in given.items() if value is not None})  # type: ignore[arg-type]
    modes = [gc] if isinstance(gc, str) else list(gc)
    return measured(operation, effort, modes, in_flight, backend)


def explain() -> Garbage:
    """The reference cycles in this process that wait for the collector now, and how to cut them.

    Nothing is collected or changed. What ``gc.freeze`` took out of the collector's sight is not
    looked at. Unlike :func:`unknot.snapshot`, it does not fork, and looks at garbage alone. A cycle
    that a variable still holds is no garbage yet. Raises :class:`~unknot.errors.UsageError` in a
    free-threaded build.
    """
    from unknot.block import garbage_now
    from unknot.loading import load

    load("unknot.outcomes")
    from unknot.outcomes import Garbage

    return Garbage(*garbage_now())


def compare(
    before: Record | str | os.PathLike[str], after: Record | str | os.PathLike[str]
) -> Changes:
    """What changed from one result to the next; each is a result or the path of its JSON.

    Cells are paired by workload and options, or in order where no name is in both. Raises
    :class:`~unknot.errors.UsageError` where the two have no cell in common, and
    :class:`~unknot.errors.InvalidResult` for a file that is none.
    """
    from unknot.outcomes import changes

    old, new = (load(one) if isinstance(one, str | os.PathLike) else one for one in (before, after))
    return changes(old, new)


def load(path: str | os.PathLike[str]) -> Result:
    """The result in the JSON file at ``path``. Raises :class:`~unknot.errors.InvalidResult`."""
    from unknot.outcomes import Result
    from unknot.records import read_result

    return Result.of(read_result(Path(path)))
