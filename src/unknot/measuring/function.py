"""How a function gets into a fresh process: by its file and name, or else by value.

A function that an import can find is imported again from its file, as the file is now, with the
globals that the import creates. Lambdas, closures, methods and functions of a notebook's cell are
pickled by value with cloudpickle, together with the globals and cells that they use.
"""

from __future__ import annotations

import base64
import sys
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, NamedTuple

from unknot.errors import UsageError

__all__ = ["Named", "findable"]

PROGRAM = """\
import base64, pickle, sys
sys.path += [folder for folder in {path!r} if folder not in sys.path]
op = pickle.loads(base64.b64decode({pickled!r}))
"""


class Named(NamedTuple):
    """``workload`` is what a fresh process can load, ``name`` its name for people."""

    workload: str
    name: str


@contextmanager
def findable(operation: Callable[..., Any] | str) -> Iterator[Named]:
    """While this is open, a fresh process finds the operation under the name that is yielded.

    A string is a workload's name as for ``unknot run``. Raises
    :class:`~unknot.errors.UsageError` if it is not a function, or cannot be pickled.
    """
    if isinstance(operation, str):
        yield Named(operation, operation)
        return
    if not callable(operation):
        raise UsageError(
            f"measure() takes a function or a workload's name, got {type(operation).__name__}; "
            "pass the function itself, without calling it"
        )
    found = _by_name(operation)
    if found is not None:
        yield Named(found, found)
        return
    with tempfile.TemporaryDirectory(prefix="unknot-") as folder:
        path = Path(folder) / "operation.py"
        path.write_text(
            PROGRAM.format(
                path=[str(Path(entry).absolute()) for entry in sys.path],
                pickled=base64.b64encode(_pickled(operation)).decode(),
            ),
            encoding="utf-8",
        )
        yield Named(f"{path}:op", _called(operation))


def _by_name(operation: Callable[..., Any]) -> str | None:
    """``path/to/file.py:name`` or ``module:name``; ``None`` if neither leads to it."""
    name = getattr(operation, "__qualname__", "")
    module = sys.modules.get(getattr(operation, "__module__", None) or "")
    if module is None or getattr(module, name, None) is not operation:
        return None
    file = getattr(module, "__file__", None)
    if file and file.endswith(".py") and Path(file).is_file():
        path = Path(file).resolve()
        here = Path.cwd()
        return f"{path.relative_to(here) if path.is_relative_to(here) else path}:{name}"
    return f"{module.__name__}:{name}" if module.__name__ != "__main__" else None


def _pickled(operation: Callable[..., Any]) -> bytes:
    from cloudpickle import dumps

    try:
        pickled: bytes = dumps(operation)
    except Exception as error:  # whatever the __reduce__ of what it holds raises
        raise UsageError(
            f"{_called(operation)} cannot be sent to a fresh process: "
            f"{type(error).__name__}: {error}; make what it uses inside of it, or write it as a "
            "function of a module"
        ) from error
    return pickled


def _called(operation: Callable[..., Any]) -> str:
    name = getattr(operation, "__qualname__", None) or type(operation).__qualname__
    return str(name).replace("<locals>.", "")
