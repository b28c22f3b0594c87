"""uv and pip: either makes an environment that holds the requirements and nothing else.

They keep the user's own configuration: indexes, certificates, proxies, constraints.
"""

from __future__ import annotations

import contextlib
import importlib.metadata
import json
import os
import tempfile
from collections.abc import Sequence
from pathlib import Path
from typing import Any, Protocol

import psutil
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name
from packaging.version import Version

from unknot.environments.complaints import explain
from unknot.environments.interpreters import Interpreter, uv_command
from unknot.environments.requirements import Asked
from unknot.errors import UsageError
from unknot.supervision import run_supervised

__all__ = [
    "BUILDER",
    "Installer",
    "choose_installer",
    "end_orphans",
    "installed_packages",
    "name_and_version",
]

BUILDER = "UNKNOT_BUILDER"
"""An environment variable that chooses between ``uv`` and ``pip``."""

MARK = "UNKNOT_BUILD"
"""An environment variable by which all that works on one folder is known."""

ELSEWHERE = (
    "CONDA_PREFIX",
    "PIP_PREFIX",
    "PIP_ROOT",
    "PIP_TARGET",
    "PYTHONHOME",
    "PYTHONPATH",
    "UV_BREAK_SYSTEM_PACKAGES",
    "UV_PYTHON",
    "UV_SYSTEM_PYTHON",
    "UV_VENV_SEED",
    "VIRTUAL_ENV",
)
"""Settings that would put packages somewhere else, or others beside them."""

SETTINGS = {
    "NO_COLOR": "1",
    "PIP_DISABLE_PIP_VERSION_CHECK": "1",
    "PIP_NO_INPUT": "1",
    "PIP_USER": "0",
    "UV_NO_PROGRESS": "1",
    "UV_PYTHON_DOWNLOADS": "never",
}

MODERN_PIP = Version("20.3")
"""The first that knows today's names of wheels for Linux."""

DATED_PIP = Version("26.0")
"""The first that can leave out what is newer than a date."""


class Installer(Protocol):
    """Makes an environment in a folder that is not there yet.

    Of releases, those uploaded before the moment ``until``, in RFC 3339, where it is given.
    """

    def __call__(
        self,
        interpreter: Interpreter,
        folder: Path,
        asked: Sequence[Asked],
        *,
        until: str | None,
    ) -> None: ...


def choose_installer() -> tuple[str, Installer]:
    """uv where it is there, else pip; its name and how to install with it.

    Raises :class:`~unknot.errors.UsageError` where ``UNKNOT_BUILDER`` asks for what is not there.
    """
    chosen = os.environ.get(BUILDER, "")
    if chosen not in ("", "uv", "pip"):
        raise UsageError(f"{BUILDER} is {chosen!r}, but can only be 'uv' or 'pip'")
    uv = None if chosen == "pip" else uv_command()
    if uv is not None:
        return "uv", _Uv(uv)
    if chosen == "uv":
        raise UsageError(
            f"{BUILDER} asks for uv, but there is none; install it, or unset {BUILDER}"
        )
    return "pip", _install_with_pip


def installed_packages(folder: Path) -> dict[str, str]:
    """The packages of an environment and their versions, by name in normal form."""
    versions = dict(filter(None, map(name_and_version, _distributions(folder))))
    return {canonicalize_name(name): versions[name] for name in sorted(versions)}


def name_and_version(found: importlib.metadata.Distribution) -> tuple[str, str] | None:
    """``None`` where the metadata cannot be read, as after a disk was full."""
    try:
        # By get: 3.14 warns where one of them is missing, and a later Python is to raise.
        metadata: Any = found.metadata
        names: tuple[Any, Any] = metadata.get("Name"), metadata.get("Version")
    except (OSError, ValueError, LookupError, TypeError, AttributeError):
        return None
    return names if all(isinstance(each, str) for each in names) else None


def end_orphans(folder: Path) -> None:
    """End what a killed builder has left at work on ``folder``: it holds locks of uv's."""
    for process in psutil.process_iter():
        with contextlib.suppress(psutil.Error, OSError):
            if process.environ().get(MARK) == str(folder):
                process.kill()


class _Uv:
    def __init__(self, command: list[str]) -> None:
        self._command = command

    def __call__(
        self,
        interpreter: Interpreter,
        folder: Path,
        asked: Sequence[Asked],
        *,
        until: str | None,
    ) -> None:
        python = folder / "bin" / "python"
        uv = self._command
        made = _run(
            folder, [*uv, "venv", "--no-project", "--python", interpreter.path, str(folder)]
        )
        if made is not None:
            raise explain(f"uv has made no environment for {interpreter.path}", made)
        # uv keeps what it built of a folder, and would not see that a source file has changed.
        refresh = ["--refresh"] if any(each.lifetime == 0 for each in asked) else []
        newest = [f"--exclude-newer={until}"] if until is not None else []
        arguments = [each.argument for each in asked]
        failed = _run(
            folder, [*uv, "pip", "install", "--python", str(python), *refresh, *newest, *arguments]
        )
        if failed is not None:
            raise explain(_refusal(asked, interpreter, until), failed)


def _install_with_pip(
    interpreter: Interpreter, folder: Path, asked: Sequence[Asked], *, until: str | None
) -> None:
    made = _run(folder, [interpreter.path, "-m", "venv", str(folder)])
    if made is not None:
        raise explain(f"{interpreter.path} has made no environment", made)
    pip = [str(folder / "bin" / "python"), "-m", "pip"]
    there = installed_packages(folder)
    if "setuptools" in there:  # venv adds it before 3.12; a package that needs it gets it anew
        _run(folder, [*pip, "uninstall", "--yes", "setuptools"])
    if Version(there["pip"]) < (MODERN_PIP if until is None else DATED_PIP):
        _run(folder, [*pip, "install", "--upgrade", "pip"])  # without it, this may still go well
    newest, report = [], folder / "pip.json"
    if until is not None:
        version = Version(installed_packages(folder)["pip"])
        if version < DATED_PIP:
            raise UsageError(
                f"--as-of needs uv, or pip {DATED_PIP} and newer, but Python "
                f"{interpreter.version} brings pip {version}: install uv, or leave --as-of out"
            )
        newest = [f"--uploaded-prior-to={until}", f"--report={report}"]
    arguments = [each.argument for each in asked]
    failed = _run(folder, [*pip, "install", "--use-pep517", *newest, *arguments])
    if failed is not None:
        raise explain(_refusal(asked, interpreter, until), failed)
    if until is not None:
        _check_dates(report)
    if not _needs_pip(folder, asked):
        _run(folder, [*pip, "uninstall", "--yes", "pip"])


def _check_dates(report: Path) -> None:
    """Raises :class:`~unknot.errors.UsageError` where pip took a release that has no date.

    It refuses indexes that tell none, and takes files of this machine whatever their age.
    """
    undated = [
        f"{one['metadata']['name']} {one['metadata']['version']}"
        for one in json.loads(report.read_bytes())["install"]
        if not one["is_direct"] and one["download_info"]["url"].startswith("file:")
    ]
    if undated:
        raise UsageError(
            f"--as-of: pip took {', '.join(undated)} from files that have no date (find-links, or "
            "an index that is a folder): install uv, or leave --as-of out"
        )


def _refusal(asked: Sequence[Asked], interpreter: Interpreter, until: str | None) -> str:
    wanted = ", ".join(each.argument for each in asked)
    limit = f" from releases before {until}" if until is not None else ""
    return f"{wanted} cannot be installed for Python {interpreter.version}{limit}"


def _needs_pip(folder: Path, asked: Sequence[Asked]) -> bool:
    needed = {
        canonicalize_name(Requirement(text).name)
        for found in _distributions(folder)
        for text in found.requires or ()
    }
    return "pip" in needed or any(each.name == "pip" for each in asked)


def _distributions(folder: Path) -> list[importlib.metadata.Distribution]:
    paths = [str(path) for path in folder.glob("lib/python*/site-packages")]
    return list(importlib.metadata.distributions(path=paths))


def _run(folder: Path, command: Sequence[str]) -> str | None:
    """What the command said if it failed; ``None`` if it did not. Its temporary files go with it,
    also when it is killed."""
    kept = {name: value for name, value in os.environ.items() if name not in ELSEWHERE}
    temporary = tempfile.mkdtemp(prefix="unknot-")
    env = {**kept, **SETTINGS, MARK: str(folder), "TMPDIR": temporary}
    done = run_supervised(command, env=env, folder=Path(temporary))
    return done.stdout.decode(errors="replace") if done.returncode else None
