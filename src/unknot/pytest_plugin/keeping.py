"""Plain data that outlives a test, put back after it ran again.

A later test finds what the first run left, and not what all the others left as well: in variables
of its module, its class and conftest.py, in fixtures of wider scope, in ``os.environ``, in the
state of :mod:`random`, and as the current folder. Other objects are left alone: what they stand
for, as a connection, cannot be put back.
"""

from __future__ import annotations

import os
import sys
from collections import Counter, OrderedDict, defaultdict, deque
from collections.abc import Iterator, MutableMapping
from contextlib import ExitStack, contextmanager, suppress
from types import ModuleType
from typing import Any

import pytest

from unknot.pytest_plugin.fixtures import wider_values

__all__ = ["kept"]

ATOMS = set(map(id, (type(None), bool, int, float, complex, str, bytes)))
MAPPINGS = set(map(id, (dict, Counter, OrderedDict, defaultdict)))
FIXED = set(map(id, (tuple, frozenset)))
OTHERS = {*FIXED, *map(id, (list, set, deque))}
"""Types by identity: a metaclass may override equality."""
MOST = 10_000
"""Maximum number of entries of a value; larger ones are left alone."""
CONFTEST = f"{os.sep}conftest.py"
MISSING = object()


@contextmanager
def kept(item: pytest.Function) -> Iterator[None]:
    """On exit, restore all plain data that the test can reach."""
    modules = [item.module, *_conftests(item.config)]
    names = {module.__name__ for module in modules}
    classes = [one for one in getattr(item.cls, "__mro__", ()) if one.__module__ in names]
    with ExitStack() as stack:
        for owner in (*modules, *classes):
            stack.callback(_Variables(owner).restore)
        for value in wider_values(item):
            if (contents := _contents(value)) is not None:
                stack.callback(_refill, value, contents)
            elif type(value).__module__ in names:
                stack.callback(_Variables(value).restore)
        stack.callback(_restore_environment, dict(os.environ))
        if (random := sys.modules.get("random")) is not None:
            stack.callback(random.setstate, random.getstate())
        stack.enter_context(_current_folder())
        yield


def _conftests(config: pytest.Config) -> Iterator[ModuleType]:
    for plugin in config.pluginmanager.get_plugins():
        file = getattr(plugin, "__file__", None)
        if isinstance(plugin, ModuleType) and file and file.endswith(CONFTEST):
            yield plugin


class _Variables:
    """The plain data in the attributes of a module, a class or an object."""

    def __init__(self, owner: Any) -> None:
        self._owner = owner
        self._before = {
            name: (value, contents)
            for name, value in _attributes(owner).items()
            if not name.startswith("__") and (contents := _contents(value)) is not None
        }

    def restore(self) -> None:
        """Put back plain data that was replaced or removed."""
        now = _attributes(self._owner)
        for name, (value, contents) in self._before.items():
            current = now.get(name, MISSING)
            if current is not MISSING and _contents(current) is None:
                continue
            _refill(value, contents)
            if current is not value:
                with suppress(AttributeError, TypeError):  # a class may refuse
                    setattr(self._owner, name, value)


def _attributes(owner: Any) -> dict[str, Any]:
    return dict(getattr(owner, "__dict__", {}))


Contents = tuple[tuple[Any, Any], ...]
"""Each container in a value, and a copy of it."""


def _contents(value: Any) -> Contents | None:
    """A copy of the containers in ``value``; ``None`` if it is not plain data, or too large."""
    found: dict[int, tuple[Any, Any]] = {}
    queue, entries = [value], 0
    for one in queue:
        kind = id(type(one))
        if kind in ATOMS or id(one) in found:
            continue
        if kind in MAPPINGS:
            queue += one.keys()
            queue += one.values()
        elif kind in OTHERS:
            queue += one
        else:
            return None
        entries += len(one)
        if entries > MOST:
            return None
        found[id(one)] = one, one if kind in FIXED else one.copy()
    return tuple(found.values())


def _refill(value: Any, contents: Contents) -> None:
    """Put ``contents`` back, unless other things than plain data came in."""
    if _contents(value) is None:
        return
    for container, copy in contents:
        if container is copy or container == copy:
            continue
        container.clear()
        (container.extend if isinstance(container, (list, deque)) else container.update)(copy)


def _restore_environment(before: dict[str, str]) -> None:
    environment: MutableMapping[str, str] = os.environ
    for name in environment.keys() - before.keys():
        del environment[name]
    for name, value in before.items():
        if environment.get(name) != value:
            environment[name] = value


@contextmanager
def _current_folder() -> Iterator[None]:
    """Restore the current folder by its descriptor, as its name may be gone."""
    try:
        here = os.open(".", os.O_RDONLY)
    except OSError:
        yield
        return
    try:
        yield
    finally:
        with suppress(OSError):
            os.fchdir(here)
        os.close(here)
