"""Context variables that are sent with a dispatch and returned with its replies.

They are identified by name, `package.module:variable`, because a variable cannot be pickled. Both
sides import it.
"""

from __future__ import annotations

import importlib
from collections.abc import Iterable, Mapping
from contextvars import ContextVar
from functools import cache
from typing import Any

from .errors import WrongVariable

_UNSET = object()


@cache
def find(name: str) -> ContextVar[Any]:
    """The variable of that name. Raises `WrongVariable`."""
    module, colon, attribute = name.partition(":")
    if not (colon and attribute.isidentifier()):
        raise WrongVariable(f"expected package.module:variable, got {name!r}")
    try:
        found = getattr(importlib.import_module(module), attribute, None)
    except ImportError as error:
        raise WrongVariable(f"{name!r} cannot be imported: {error}") from error
    if not isinstance(found, ContextVar):
        raise WrongVariable(f"{name!r} is not a context variable")
    return found


def checked(names: Iterable[str]) -> tuple[str, ...]:
    """The names, all of which can be found. Raises `WrongVariable`."""
    if isinstance(names, str):
        raise WrongVariable(f"expected several names, got one: {names!r}")
    names = tuple(names)
    for name in names:
        find(name)
    return names


def read(names: Iterable[str]) -> dict[str, Any]:
    """The values of those variables that are set in this context."""
    values = {name: find(name).get(_UNSET) for name in names}
    return {name: value for name, value in values.items() if value is not _UNSET}


def write(values: Mapping[str, Any]) -> None:
    """Set the variables in this context."""
    for name, value in values.items():
        find(name).set(value)


class CarriedVariables:
    """The variables of one dispatch on its worker: those sent with it, and changes since."""

    __slots__ = ("_carried", "_names")

    def __init__(self, names: tuple[str, ...], values: dict[str, Any]) -> None:
        self._names = names
        self._carried = values

    def apply(self) -> None:
        """Set the variables in the dispatch's context."""
        write(self._carried)

    def changed(self) -> dict[str, Any]:
        """The variables set since the last call."""
        now = read(self._names)
        changed = {
            name: value
            for name, value in now.items()
            if value is not self._carried.get(name, _UNSET)
        }
        self._carried = now
        return changed
