"""The agent's own imports, whatever modules the workload has of the standard library's names.

A file ``enum.py`` or ``dis.py`` beside the workload must not come in the place of the module that
the agent needs. The starter of the agent loads it while ``sys.path`` has the interpreter's own
entries alone, so what is imported then is safe; what is imported later is imported inside
:func:`standard_library`.
"""

from __future__ import annotations

import contextlib
import os
import sys
from importlib.machinery import PathFinder
from types import ModuleType
from typing import Iterator

__all__ = ["standard_library"]

PATH = tuple(sys.path)
"""Where the interpreter itself looks, as the agent began: nothing of the workload's is there."""

FOLDER = os.path.dirname(os.__file__) + os.sep
"""Of the standard library."""


@contextlib.contextmanager
def standard_library() -> Iterator[None]:
    """Inside the block, an import finds the standard library's modules before the workload's.

    What the workload has imported under such a name is put aside meanwhile.
    """
    path = list(sys.path)
    hidden = {name: module for name, module in list(sys.modules.items()) if _hides(name, module)}
    for name in hidden:
        del sys.modules[name]
    sys.path[:0] = PATH
    try:
        yield
    finally:
        sys.path[:] = path
        sys.modules.update(hidden)


def _hides(name: str, module: ModuleType | None) -> bool:
    """Whether ``module`` stands in the place of one of the standard library."""
    file = getattr(module, "__file__", None)
    if type(file) is not str or file.startswith(FOLDER):
        return False
    found = PathFinder.find_spec(name.partition(".")[0], list(PATH))
    origin = None if found is None else found.origin
    return origin is not None and origin.startswith(FOLDER) and "site-packages" not in origin
