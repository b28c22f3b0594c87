"""Exceptions as bytes: type, arguments and attributes, but no traceback, cause or context.

Plain pickle leaves these out by itself. Where something has taught it to keep them, as tblib does
once Dask is imported, a caller would be given the worker's frames anew: cycles, and objects of the
worker's that nobody sent. tblib also makes exceptions without their arguments where their class
cannot be called with `args`; what a caller is given must not depend on what else is imported.
"""

from __future__ import annotations

import io
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import cloudpickle

__all__ = ["dump_error"]

PROTOCOL: int = cloudpickle.DEFAULT_PROTOCOL

# The descriptors, not the names: a class may have a `__setattr__`. The last one is set along with
# the cause, so it is restored last.
_HISTORY: tuple[Any, ...] = tuple(
    vars(BaseException)[name]
    for name in ("__traceback__", "__context__", "__cause__", "__suppress_context__")
)


def dump_error(error: object) -> bytes:
    """`error` pickled, and what exceptions it has in it likewise. Raises whatever they do."""
    file = io.BytesIO()
    _Pickler(file, PROTOCOL).dump(error)
    return file.getvalue()


class _Pickler(cloudpickle.Pickler):  # type: ignore[misc]  # cloudpickle has no types
    def reducer_override(self, obj: Any) -> Any:
        if not issubclass(type(obj), BaseException):
            return super().reducer_override(obj)
        with _without_history(obj):
            reduce = self.dispatch_table.get(type(obj))
            if reduce is None or getattr(reduce, "__module__", None) == "tblib.pickling_support":
                return obj.__reduce_ex__(PROTOCOL)
            return reduce(obj)


@contextmanager
def _without_history(error: BaseException) -> Iterator[None]:
    """Meanwhile it has none; what has the exception as well finds it unchanged afterwards."""
    kept = [attribute.__get__(error) for attribute in _HISTORY]
    for attribute in _HISTORY[:-1]:
        attribute.__set__(error, None)
    try:
        yield
    finally:
        for attribute, value in zip(_HISTORY, kept, strict=True):
            attribute.__set__(error, value)
        # `kept` has the traceback, which has this frame: without this, a cycle per failure, and
        # tests/runtime/test_frames.py fails.
        kept.clear()
