"""The function-scoped fixtures of a test, set up once more beside those of its first run.

The outcome of a test is that of its first run, its teardown included, so no later run may touch
what the first one left: a fixture may look, when it is torn down, at what the test did with it.
pytest has no public way to set up a test a second time; this does what pytest-rerunfailures does,
with what ``SetupState`` and ``FixtureDef`` keep.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from types import BuiltinFunctionType, FunctionType, ModuleType
from typing import Any

import pytest

__all__ = ["Fixtures", "first_run_aside", "fixture_values", "wider_values"]

OF_CAPTURE = "_pytest.capture"
"""pytest allows one fixture that captures output at a time, so all runs share that of the first."""
CONTAINERS = (list, dict, set)
SHARED = (ModuleType, type, FunctionType, BuiltinFunctionType)
"""A fixture does not make what is of these types for its test alone."""
MISSING = object()


class Fixtures:
    """Sets up the fixtures of a test, and tears them down. Both raise what the fixtures raise."""

    def __init__(self, item: pytest.Function, first: dict[Any, Any]) -> None:
        self._item = item
        self._state: Any = item.session._setupstate
        self._definitions = _definitions(item)
        self._finalizers = [list(each._finalizers) for each in self._definitions]
        self._first = first
        self._restore_stash = _remember(item.stash._storage)
        self._is_method = item.instance is not None and (
            getattr(item.obj, "__self__", None) is item.instance
        )

    def set_up(self) -> None:
        """A new value of each fixture, and a new instance of the test's class."""
        self._forget()
        self._state.setup(self._item)

    def tear_down(self) -> None:
        try:
            if self._item in self._state.stack:
                self._state.teardown_exact(self._item.parent)
        finally:
            self._forget()
            self._restore_stash()  # the teardown of `tmp_path` takes out what it needs
            # Each value that was set up waits for the end of those it was made from.
            for each, finalizers in zip(self._definitions, self._finalizers, strict=True):
                each._finalizers[:] = finalizers

    def objects(self) -> list[Any]:
        """The values that are the fixtures' own; a module's object that one returns is not.

        A function-scoped fixture that returns the same object each time has it from elsewhere. Of
        those of wider scope there is only one value.
        """
        return [
            value
            for each, value in _values(self._definitions)
            if not isinstance(value, SHARED) and self._first.get(each, MISSING) is not value
        ]

    def _forget(self) -> None:
        self._item._initrequest()
        if self._is_method:
            for name in ("_instance", "_obj", "_testcase"):
                vars(self._item).pop(name, None)


@contextmanager
def first_run_aside(item: pytest.Function) -> Iterator[Fixtures]:
    """Inside, the test is as before it was set up; afterwards, as its first run left it."""
    state = item.session._setupstate
    definitions = [each for each in _definitions(item) if _is_renewed(each)]
    kept = [(each, each.cached_result, list(each._finalizers)) for each in definitions]
    restore = [_remember(vars(item)), _remember(item.stash._storage)]
    entry = state.stack.pop(item)
    try:
        for each in definitions:
            each.cached_result = None
            each._finalizers.clear()
        yield Fixtures(item, {each: result[0] for each, result, _ in kept if result})
    finally:
        for each, result, finalizers in kept:
            each.cached_result = result
            each._finalizers[:] = finalizers
        for call in restore:
            call()
        state.stack.pop(item, None)
        state.stack[item] = entry


def fixture_values(item: pytest.Function) -> list[Any]:
    """The values of all fixtures that a test has, of any scope."""
    return [value for _, value in _values(_definitions(item))]


def wider_values(item: pytest.Function) -> list[Any]:
    """The values of the fixtures that a test shares with others."""
    wider = (each for each in _definitions(item) if each.scope != "function")
    return [value for _, value in _values(wider)]


def _values(definitions: Iterable[Any]) -> Iterator[tuple[Any, Any]]:
    for each in definitions:
        if each.cached_result is not None:
            yield each, each.cached_result[0]


def _definitions(item: pytest.Function) -> list[Any]:
    """Each fixture of a test; also those that another overrides, or the body has asked for."""
    named = [each for several in item._fixtureinfo.name2fixturedefs.values() for each in several]
    active = item._request._fixture_defs.values()
    return list(dict.fromkeys([*named, *active]))


def _is_renewed(definition: Any) -> bool:
    of_capture: bool = getattr(definition.func, "__module__", "") == OF_CAPTURE
    return definition.scope == "function" and not of_capture


def _remember(attributes: dict[Any, Any]) -> Callable[[], None]:
    """What puts the attributes back, and what was in those that are plain containers."""
    before = dict(attributes)
    contents = [(value, value.copy()) for value in before.values() if type(value) in CONTAINERS]

    def restore() -> None:
        attributes.clear()
        attributes.update(before)
        for container, content in contents:
            container.clear()
            (container.extend if isinstance(container, list) else container.update)(content)

    return restore
