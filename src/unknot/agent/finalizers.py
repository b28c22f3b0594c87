"""Calls of the async-generator finalizer hook, in every thread and loop.

An abandoned async generator costs a call of its loop's hook and a task for its ``aclose()`` even
when no object stays. Event loops install the hook with :func:`sys.set_asyncgen_hooks` each time
they run, so that function is wrapped, before any loop of the workload's exists.
"""

from __future__ import annotations

import itertools
import sys
from typing import Any, Callable

__all__ = ["FinalizerCalls"]


class CountedFinalizer:
    """A finalizer hook that adds one to a counter, then does what the loop's own hook does."""

    __slots__ = ("counter", "hook")

    def __init__(self, hook: Callable[[Any], None], counter: Any) -> None:
        self.hook = hook
        self.counter = counter

    def __call__(self, generator: Any) -> None:
        next(self.counter)  # one C call: safe in a finalizer and across threads
        self.hook(generator)


class FinalizerCalls:
    """While entered, counts the finalizer calls of all loops that start to run meanwhile."""

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
        """Calls so far."""
        # Reading an itertools.count moves it: subtract the readings.
        value = next(self._counter) - self._read
        self._read += 1
        return value

    def _set_hooks(self, *args: Any, **kwargs: Any) -> None:
        hooks = dict(zip(("firstiter", "finalizer"), args), **kwargs)
        hook = hooks.get("finalizer")
        if hook is not None and not isinstance(hook, CountedFinalizer):
            hooks["finalizer"] = CountedFinalizer(hook, self._counter)
        self._original(**hooks)
