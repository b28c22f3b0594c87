"""What is to be installed, checked and in normal form before an installer sees it."""

from __future__ import annotations

import os
import re
import tomllib
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

from packaging.requirements import InvalidRequirement, Requirement
from packaging.utils import InvalidName, canonicalize_name

from unknot.errors import UsageError

__all__ = ["Asked", "parse_requirements", "project_names"]

DAY = 24 * 3600.0

_URL = re.compile(r"[a-z][a-z0-9+.-]*://", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Asked:
    """One requirement: what an installer is given, and what its environment is filed under."""

    argument: str
    key: str
    lifetime: float | None
    """Seconds for which an answer to it holds; ``None`` for ever."""
    name: str | None = None


def parse_requirements(texts: Iterable[str]) -> tuple[Asked, ...]:
    """The requirements in normal form, sorted, each once.

    A requirement is what pip takes: a name with versions, extras and a marker, or a URL; also the
    path of a wheel, or of a folder with a ``pyproject.toml``. Raises
    :class:`~unknot.errors.UsageError` for anything else.
    """
    asked = {found.key: found for found in map(_parse, texts)}
    return tuple(asked[key] for key in sorted(asked))


def project_names(texts: Iterable[str]) -> dict[str, str]:
    """For each requirement that is a project folder the name in its ``pyproject.toml``.

    Without those whose name is not there, as it is where the file cannot be read.
    """
    folders = (text for text in texts if _is_folder(text.strip()))
    return {text: name for text in folders if (name := _project_name(Path(text.strip())))}


def _project_name(folder: Path) -> str | None:
    try:
        name = tomllib.loads((folder / "pyproject.toml").read_text("utf-8"))["project"]["name"]
        canonicalize_name(name, validate=True)
    except (OSError, ValueError, KeyError, TypeError, InvalidName):
        return None
    return str(name)


def _is_folder(text: str) -> bool:
    if text.endswith(".whl") and "@" not in text:
        return False
    return os.sep in text.split("@")[0].split(";")[0] or text in (".", "..")


def _parse(text: str) -> Asked:
    text = text.strip()
    if _URL.match(text):
        raise UsageError(f"{text!r} is a URL without the name of its package: write 'name @ URL'")
    if text.endswith(".whl") and "@" not in text:
        return _wheel(Path(text))
    if _is_folder(text):
        return _folder(Path(text))
    try:
        requirement = Requirement(text)
    except InvalidRequirement as error:
        why = str(error).splitlines()[0]
        raise UsageError(
            f"{text!r} is not a requirement: {why}; write it as 'name' or 'name==1.2', "
            "or give the path of a wheel or project folder"
        ) from None
    requirement.name = canonicalize_name(requirement.name)
    normal = str(requirement)
    return Asked(normal, normal, None if _is_pinned(requirement) else DAY, requirement.name)


def _is_pinned(requirement: Requirement) -> bool:
    return any(
        specifier.operator in ("==", "===") and not specifier.version.endswith(".*")
        for specifier in requirement.specifier
    )


def _wheel(path: Path) -> Asked:
    """A wheel holds as long as the file is the same one."""
    try:
        status = path.stat()
    except OSError as error:
        raise UsageError(f"the wheel {path} cannot be read: {error.strerror}") from error
    absolute = str(path.absolute())
    return Asked(absolute, f"{absolute} {status.st_mtime_ns} {status.st_size}", None)


def _has_project_file(folder: Path) -> bool:
    try:
        return (folder / "pyproject.toml").is_file()
    except OSError:  # a name that no folder can have
        return False


def _folder(path: Path) -> Asked:
    """A folder is built each time: what its build depends on is not ours to know."""
    if not _has_project_file(path):
        raise UsageError(f"{path} is no project folder: there is no {path / 'pyproject.toml'}")
    absolute = str(path.absolute())
    return Asked(absolute, absolute, 0.0)
