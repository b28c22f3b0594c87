"""Environments to measure in: the requirements and nothing else, made once and kept.

Each set of requirements and interpreter has a folder in the cache, with a lock beside it. Each
build goes into a new folder in there, and is good from the moment that its stamp is written, which
is last. So what a killed builder leaves, and what its orphans still write, is never used; and
an environment that somebody measures in stays while a newer one is made.
"""

from __future__ import annotations

import hashlib
import json
import os
import shutil
import time
import uuid
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from functools import partial
from pathlib import Path

import msgspec
from filelock import FileLock
from platformdirs import user_cache_path

from unknot.environments.as_of import end_of_day
from unknot.environments.installers import (
    choose_installer,
    end_orphans,
    installed_packages,
)
from unknot.environments.interpreters import Interpreter, resolve_interpreter
from unknot.environments.requirements import Asked, parse_requirements
from unknot.errors import UnknotError

__all__ = ["CACHE", "IsolatedEnvironment", "cache_folder", "environment"]

CACHE = "UNKNOT_CACHE"
"""An environment variable that names another folder than the user's cache."""

FORMAT = 1
"""Part of every key; raised when the way in which environments are made changes."""

STAMP = "unknot.json"

KEPT = 6 * 3600.0
"""Seconds that an environment stays after it was made, though there is a newer one."""


@dataclass(frozen=True, slots=True)
class IsolatedEnvironment:
    """A Python to measure with, and the packages that it was given, by name in normal form."""

    python: str
    packages: Mapping[str, str] = field(default_factory=dict)


class _Stamp(msgspec.Struct, frozen=True):
    built: float
    """Seconds since the epoch."""
    packages: dict[str, str]


def environment(
    requirements: Sequence[str], interpreter: Interpreter | str, as_of: str | None = None
) -> IsolatedEnvironment:
    """An environment of ``interpreter`` with the requirements; made now, unless it is there.

    ``interpreter`` may be whatever :func:`~unknot.environments.interpreters.find_interpreter`
    takes. Without requirements, it is the interpreter itself, as it is. Requirements that ``==``
    does not pin are looked up anew after a day, and a project folder each time. With the day
    ``as_of``, no release newer than that is taken, of a dependency neither. Raises
    :class:`~unknot.errors.UnknotError` where a requirement cannot be had.
    """
    asked = parse_requirements(requirements)
    if isinstance(interpreter, str):
        interpreter = resolve_interpreter(interpreter)
    if not asked:
        return IsolatedEnvironment(interpreter.path)
    name, install = choose_installer()
    until = None
    if as_of is not None:  # then an answer holds, but for a folder
        until = end_of_day(as_of)
        asked = tuple(replace(each, lifetime=None) if each.lifetime else each for each in asked)
    folder = cache_folder("environments") / _key(asked, interpreter, name, until)
    with _cache_trouble(folder):
        return _ready(folder, asked) or _make(
            folder, asked, interpreter, partial(install, until=until)
        )


def cache_folder(name: str) -> Path:
    """Where what is made once is kept: the user's cache, or the folder that :data:`CACHE` names."""
    chosen = os.environ.get(CACHE)
    cache = Path(chosen) if chosen else user_cache_path("unknot", appauthor=False)
    return cache.absolute() / name


def _key(
    asked: Sequence[Asked], interpreter: Interpreter, installer: str, until: str | None
) -> str:
    parts = [FORMAT, installer, os.path.realpath(interpreter.path), interpreter.version]
    newest = [f"until {until}"] if until is not None else []
    text = json.dumps([*parts, *newest, *(each.key for each in asked)])
    return f"{interpreter.version}-{hashlib.sha256(text.encode()).hexdigest()[:16]}"


@contextmanager
def _cache_trouble(folder: Path) -> Iterator[None]:
    try:
        yield
    except OSError as error:
        raise UnknotError(
            f"the cache folder {folder} cannot be used: {error.strerror or error}; "
            f"set {CACHE} to a folder that can be written to"
        ) from error


def _make(
    folder: Path,
    asked: Sequence[Asked],
    interpreter: Interpreter,
    install: Callable[[Interpreter, Path, Sequence[Asked]], None],
) -> IsolatedEnvironment:
    """Build under the lock, unless somebody else did while this one waited for it."""
    folder.mkdir(parents=True, exist_ok=True)
    with FileLock(folder.with_name(f"{folder.name}.lock")):
        ready = _ready(folder, asked)
        if ready is not None:
            return ready
        _sweep(folder)
        build = folder / uuid.uuid4().hex[:8]
        try:
            install(interpreter, build, asked)
            packages = installed_packages(build)
            _write(build, _Stamp(time.time(), packages))
        except BaseException:  # Ctrl-C too
            shutil.rmtree(build, ignore_errors=True)
            raise
        return IsolatedEnvironment(str(_python(build)), packages)


def _ready(folder: Path, asked: Sequence[Asked]) -> IsolatedEnvironment | None:
    """The newest environment that still holds, if there is one."""
    built = [(stamp.built, build) for build, stamp in _builds(folder) if stamp is not None]
    lifetimes = [each.lifetime for each in asked if each.lifetime is not None]
    for moment, build in sorted(built, reverse=True):
        if lifetimes and not 0 <= time.time() - moment < min(lifetimes):
            continue
        packages = _read(build)
        if packages is not None and _is_whole(build, packages):
            return IsolatedEnvironment(str(_python(build)), packages.packages)
    return None


def _is_whole(build: Path, stamp: _Stamp) -> bool:
    """Whether its interpreter is still there, and what was installed too."""
    return os.access(_python(build), os.X_OK) and installed_packages(build) == stamp.packages


def _sweep(folder: Path) -> None:
    """Remove halves, which nobody uses while the lock is ours, and what is long outdated."""
    for build, stamp in _builds(folder):
        if stamp is None:
            end_orphans(build)
        if stamp is None or time.time() - stamp.built > KEPT or not _is_whole(build, stamp):
            shutil.rmtree(build, ignore_errors=True)


def _builds(folder: Path) -> list[tuple[Path, _Stamp | None]]:
    try:
        return [(build, _read(build)) for build in folder.iterdir()]
    except FileNotFoundError:
        return []


def _read(build: Path) -> _Stamp | None:
    try:
        return msgspec.json.decode((build / STAMP).read_bytes(), type=_Stamp)
    except (FileNotFoundError, NotADirectoryError, msgspec.MsgspecError):
        return None


def _write(build: Path, stamp: _Stamp) -> None:
    """At once, not bit by bit."""
    half = build / f"{STAMP}.half"
    half.write_bytes(msgspec.json.encode(stamp))
    half.replace(build / STAMP)


def _python(build: Path) -> Path:
    return build / "bin" / "python"
