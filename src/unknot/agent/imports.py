"""Imports for the agent that the workload's modules cannot shadow.

A file ``enum.py`` or ``dis.py`` beside the workload must not replace the module that the agent
needs. The agent is loaded while ``sys.path`` has only the interpreter's own entries. Later imports
happen inside :func:`standard_library`.
"""

from __future__ import annotations

import contextlib
import os
import sys
from importlib import import_module
from importlib.machinery import PathFinder
from types import ModuleType
from typing import Any, Iterator

__all__ = ["load", "standard_library"]

PATH = tuple(sys.path)
"""``sys.path`` when the agent started, without entries of the workload."""

FOLDER = os.path.dirname(os.__file__) + os.sep
"""The standard library's folder."""


@contextlib.contextmanager
def standard_library() -> Iterator[None]:
    """Inside the block, imports find the standard library's modules before the workload's.

    Modules of the workload that shadow one of these are removed from ``sys.modules`` meanwhile.
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


def load(name: str) -> Any:
    """The agent's module of that name. Processes in which nothing is found never load most."""
    full = f"{__package__}.{name}"
    if full not in sys.modules:
        with standard_library():
            import_module(full)
    return sys.modules[full]


def _hides(name: str, module: ModuleType | None) -> bool:
    """Whether ``module`` shadows a module of the standard library."""
    file = getattr(module, "__file__", None)
    if type(file) is not str or file.startswith(FOLDER):
        return False
    found = PathFinder.find_spec(name.partition(".")[0], list(PATH))
    origin = None if found is None else found.origin
    return origin is not None and origin.startswith(FOLDER) and "site-packages" not in origin
