"""Undoes what a body did to pytest's own fixtures, so that it can run again with them.

Recorded warnings, patches and files under ``tmp_path`` of one run would be found by the next one,
or grow with each. Fixtures of the suite's own are left alone.
"""

from __future__ import annotations

import os
import shutil
import sys
from collections.abc import Callable, Iterable, Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import Any

import pytest

from unknot.pytest_plugin.fixtures import fixture_values

__all__ = ["FirstPatches", "Rewinding"]

ENTRIES = ("_setattr", "_setitem")
MISSING = object()


class Rewinding:
    """Created before a body runs; calling it undoes later changes."""

    def __init__(self, item: pytest.Function) -> None:
        self._steps: list[Callable[[], None]] = []
        for value in fixture_values(item):
            if isinstance(value, pytest.MonkeyPatch):
                self._steps.append(Patches(value).undo)
            elif isinstance(value, pytest.WarningsRecorder):
                self._steps.append(value.clear)
        folder = item.funcargs.get("tmp_path")
        if isinstance(folder, Path):
            self._steps.append(Files(folder))

    def __call__(self) -> None:
        for step in self._steps:
            step()


class FirstPatches:
    """Patches of the first run of a body. Created before it."""

    def __init__(self, item: pytest.Function) -> None:
        self._patches = [Patches(value) for value in _monkeypatches(item)]

    @contextmanager
    def undone(self, item: pytest.Function) -> Iterator[None]:
        """Undo the patches inside the block; redo them afterwards for the fixtures' teardown."""
        known = {patches.monkeypatch for patches in self._patches}
        # A fixture that only the body has asked for had no patches before.
        more = [Patches(one, fresh=True) for one in _monkeypatches(item) if one not in known]
        with ExitStack() as stack:
            for patches in (*more, *self._patches):
                stack.enter_context(patches.undone())
            yield


def _monkeypatches(item: pytest.Function) -> Iterable[pytest.MonkeyPatch]:
    return (value for value in fixture_values(item) if isinstance(value, pytest.MonkeyPatch))


class Patches:
    """Patches of a ``monkeypatch`` from now on; earlier ones of fixtures stay."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch, fresh: bool = False) -> None:
        self.monkeypatch: Any = monkeypatch
        self._before = self._state()
        if fresh:
            self._before = {name: [] for name in ENTRIES}, None, None

    def _state(self) -> tuple[dict[str, list[Any]], Any, Any]:
        patch = self.monkeypatch
        entries = {name: list(getattr(patch, name)) for name in ENTRIES}
        return entries, patch._savesyspath, patch._cwd

    def _restore(self, state: tuple[dict[str, list[Any]], Any, Any]) -> None:
        patch = self.monkeypatch
        for name, entries in state[0].items():
            getattr(patch, name)[:] = entries
        patch._savesyspath, patch._cwd = state[1:]

    def undo(self) -> None:
        patch, (before, path, folder) = self.monkeypatch, self._before
        for name, entries in before.items():
            del getattr(patch, name)[: len(entries)]
        if path is not None:
            patch._savesyspath = None
        if folder is not None:
            patch._cwd = None
        patch.undo()
        self._restore(self._before)

    @contextmanager
    def undone(self) -> Iterator[None]:
        state = self._state()
        (before, path, folder), patch = self._before, self.monkeypatch
        attributes = [
            (target, name, _attribute(target, name))
            for target, name, _ in patch._setattr[len(before["_setattr"]) :]
        ]
        entries = [
            (mapping, key, mapping.get(key, MISSING))
            for mapping, key, _ in patch._setitem[len(before["_setitem"]) :]
        ]
        places = sys.path.copy() if path is not patch._savesyspath else None
        here = Path.cwd() if folder is not patch._cwd else None
        self.undo()
        try:
            yield
        finally:
            for target, name, value in attributes:
                _set_attribute(target, name, value)
            for mapping, key, value in entries:
                _set_entry(mapping, key, value)
            if places is not None:
                sys.path[:] = places
            if here is not None:
                os.chdir(here)
            self._restore(state)


def _attribute(target: Any, name: str) -> Any:
    """The attribute as ``monkeypatch`` reads it: unbound if from a class."""
    if isinstance(target, type):
        return vars(target).get(name, MISSING)
    return getattr(target, name, MISSING)


def _set_attribute(target: Any, name: str, value: Any) -> None:
    if value is not MISSING:
        setattr(target, name, value)
    elif hasattr(target, name):
        delattr(target, name)


def _set_entry(mapping: Any, key: Any, value: Any) -> None:
    if value is not MISSING:
        mapping[key] = value
    else:
        mapping.pop(key, None)


class Files:
    """Removes new files from a temporary folder."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._before = frozenset(folder.iterdir())

    def __call__(self) -> None:
        for path in self._folder.iterdir():
            if path not in self._before:
                if path.is_dir() and not path.is_symlink():
                    shutil.rmtree(path, ignore_errors=True)
                else:
                    path.unlink(missing_ok=True)
