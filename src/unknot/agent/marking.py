"""The decorator that marks a workload, the only part of the agent that ``import unknot`` loads."""

from __future__ import annotations

from typing import Any, Callable

__all__ = ["MARK", "workload"]

MARK = "__unknot_workload__"


def workload(function: Callable[..., Any]) -> Callable[..., Any]:
    """Mark a generator or async generator function that yields the operation to measure.

    Its keyword arguments are the workload's parameters. Raises :class:`TypeError` for any other
    kind of function.
    """
    import inspect  # here, because it takes longer than all the rest of ``import unknot``

    if not (inspect.isgeneratorfunction(function) or inspect.isasyncgenfunction(function)):
        raise TypeError(
            f"@workload is for a generator or async generator that yields the operation, "
            f"not for {function!r}"
        )
    setattr(function, MARK, True)
    return function
