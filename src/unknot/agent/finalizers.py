"""Counts calls of the async generator finalizer hook, in every thread and loop.

An abandoned async generator costs a call of its loop's hook and a task for its ``aclose()`` even if
no object stays. Event loops install the hook with :func:`sys.set_asyncgen_hooks` each time they
run, so that function is wrapped before the workload creates a loop.
"""

from __future__ import annotations

import itertools
import sys
from typing import Any, Callable

__all__ = ["FinalizerCalls"]


class CountedFinalizer:
    """A finalizer hook that increments a counter, then calls the loop's own hook."""

    __slots__ = ("counter", "hook")

    def __init__(self, hook: Callable[[Any], None], counter: Any) -> None:
        self.hook = hook
        self.counter = counter

    def __call__(self, generator: Any) -> None:
        next(self.counter)  # one C call: safe in a finalizer and across threads
        self.hook(generator)


class FinalizerCalls:
    """While entered, counts the finalizer calls of all loops that start running."""

    def __init__(self) -> None:
        self._counter = itertools.count()
        self._read = 0
        self._original = sys.set_asyncgen_hooks

    def __enter__(self) -> FinalizerCalls:
        sys.set_asyncgen_hooks = self._set_hooks
        return self

    def __exit__(self, *_: object) -> None:
        sys.set_asyncgen_hooks = self._original

    @property
    def total(self) -> int:
        """Number of calls so far."""
        # Reading an itertools.count increments it, so readings are subtracted.
        value = next(self._counter) - self._read
        self._read += 1
        return value

    def _set_hooks(self, *args: Any, **kwargs: Any) -> None:
        hooks = dict(zip(("firstiter", "finalizer"), args), **kwargs)
        hook = hooks.get("finalizer")
        if hook is not None and not isinstance(hook, CountedFinalizer):
            hooks["finalizer"] = CountedFinalizer(hook, self._counter)
        self._original(**hooks)
