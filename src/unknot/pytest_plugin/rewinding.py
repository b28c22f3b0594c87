"""What a body does to pytest's own fixtures, taken back, so that it can run again with them.

Logged records, captured output, recorded warnings, patches and files under ``tmp_path`` of one run
would be found by the next one, or grow with each. Fixtures of the suite's own are left alone.
"""

from __future__ import annotations

import logging
import shutil
import sys
import threading
import warnings
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager, redirect_stderr, redirect_stdout
from io import StringIO
from pathlib import Path
from typing import Any

import pytest

__all__ = ["Rewinding", "undisturbed_run"]

PATCHES = ("_setattr", "_setitem")


class Rewinding:
    """Made before the body runs for the first time; called, it takes back what came since."""

    def __init__(self, item: pytest.Function) -> None:
        self._steps: list[Callable[[], None]] = []
        for value in getattr(item, "funcargs", {}).values():
            if isinstance(value, pytest.MonkeyPatch):
                self._steps.append(Patches(value))
            elif isinstance(value, pytest.CaptureFixture):
                self._steps.append(CapturedOutput(value))
            elif isinstance(value, pytest.WarningsRecorder):
                self._steps.append(value.clear)
        folder = getattr(item, "funcargs", {}).get("tmp_path")
        if isinstance(folder, Path):
            self._steps.append(Files(folder))

    def __call__(self) -> None:
        for step in self._steps:
            step()


class Patches:
    """Undoes what a ``monkeypatch`` patched since; what fixtures patched before stays."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        self._monkeypatch = monkeypatch
        self._before = {name: list(getattr(monkeypatch, name, ())) for name in PATCHES}
        self._path = getattr(monkeypatch, "_savesyspath", None)
        self._folder = getattr(monkeypatch, "_cwd", None)

    def __call__(self) -> None:
        patch: Any = self._monkeypatch
        for name, before in self._before.items():
            entries = getattr(patch, name, [])
            entries[:] = entries[len(before) :]
        path = patch._savesyspath if self._path is None else None
        folder = patch._cwd if self._folder is None else None
        patch._savesyspath, patch._cwd = path, folder
        patch.undo()
        patch._savesyspath, patch._cwd = self._path, self._folder
        for name, before in self._before.items():
            getattr(patch, name, [])[:] = before


class CapturedOutput:
    """Throws away what ``capsys`` and its kin caught and nobody read."""

    def __init__(self, capture: pytest.CaptureFixture[Any]) -> None:
        self._capture = capture

    def __call__(self) -> None:
        self._capture.readouterr()


class Files:
    """Removes what is new in a temporary folder."""

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


class Records:
    """Has pytest's log handlers forget what a run logged; afterwards they are as they were."""

    def __init__(self) -> None:
        self._handlers: list[Any] = [
            handler
            for handler in logging.getLogger().handlers
            if type(handler).__name__ == "LogCaptureHandler"
        ]
        self._kept = [(handler.records, handler.stream) for handler in self._handlers]

    def __call__(self) -> None:
        for handler, kept in zip(self._handlers, self._kept, strict=True):
            if handler.records is kept[0]:
                handler.records = []
                handler.setStream(StringIO())
            handler.records.clear()
            handler.stream.seek(0)
            handler.stream.truncate()

    def restore(self) -> None:
        for handler, (records, stream) in zip(self._handlers, self._kept, strict=True):
            handler.records = records
            handler.setStream(stream)


@contextmanager
def undisturbed_run(item: pytest.Function, rewinding: Rewinding) -> Iterator[Callable[[], None]]:
    """Nothing that happens inside reaches pytest: no output, record, warning, lost exception.

    Yields what to call between two runs. What a fixture of the test's own catches, it catches.
    """
    records = Records()
    caught: list[warnings.WarningMessage] = []
    silent: list[Any] = []

    def rewind() -> None:
        rewinding()
        records()
        caught.clear()
        with warnings.catch_warnings():  # entered, it forgets which warnings were shown before
            pass
        for stream in silent:
            stream.seek(0)
            stream.truncate()

    hooks = sys.unraisablehook, threading.excepthook
    with ExitStack() as stack:
        stack.callback(records.restore)
        if not _has(item, pytest.WarningsRecorder):
            caught = stack.enter_context(warnings.catch_warnings(record=True))
        if not _has(item, pytest.CaptureFixture):
            silent = [StringIO(), StringIO()]
            stack.enter_context(redirect_stdout(silent[0]))
            stack.enter_context(redirect_stderr(silent[1]))
        sys.unraisablehook = threading.excepthook = _drop
        try:
            yield rewind
        finally:
            sys.unraisablehook, threading.excepthook = hooks


def _has(item: pytest.Function, kind: type[Any]) -> bool:
    return any(isinstance(value, kind) for value in item.funcargs.values())


def _drop(lost: object) -> None:
    """Forget it."""
