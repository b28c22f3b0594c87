"""Interpreters are found where they are, and only when they run."""

from __future__ import annotations

import os
import platform
import subprocess
import venv
from pathlib import Path

import pytest

from tests.interpreters import VERSIONS, need_interpreter
from unknot.environments.interpreters import find_interpreter, resolve_interpreter
from unknot.errors import UsageError

pytestmark = pytest.mark.once

FULL = platform.python_version()
MINE = FULL.rpartition(".")[0]
NOBODYS = "3.99"
"""A version that the interpreter of these tests is not."""


@pytest.fixture
def empty(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder that is all of PATH, with no pyenv beside it."""
    folder = tmp_path / "bin"
    folder.mkdir()
    monkeypatch.setenv("PATH", str(folder))
    monkeypatch.setenv("PYENV_ROOT", str(tmp_path / "pyenv"))
    monkeypatch.setenv("UV_PYTHON_PREFERENCE", "only-managed")
    monkeypatch.setenv("UV_PYTHON_INSTALL_DIR", str(tmp_path / "uv"))
    return folder


def write_script(path: Path, script: str) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(f"#!/bin/sh\n{script}\n")
    path.chmod(0o755)
    return path


def pretend(
    path: Path, version: str, implementation: str = "cpython", free_threaded: bool = False
) -> Path:
    """An executable that answers as that interpreter would."""
    answers = f"'{path}' '{implementation}' '{version}' '{free_threaded}'"
    return write_script(path, f"printf '%s\\n' {answers}")


@pytest.mark.parametrize("name", [MINE, FULL, f"python{MINE}", f"cpython@{MINE}"])
def test_a_version_is_found_and_runs(name: str) -> None:
    found = find_interpreter(name)
    said = subprocess.run([found, "--version"], capture_output=True, text=True, check=True)
    assert said.stdout.startswith(f"Python {MINE}")
    assert Path(found).is_absolute()


@pytest.mark.parametrize("version", VERSIONS)
def test_each_supported_version_of_this_machine_is_found(version: str) -> None:
    need_interpreter(version)
    assert resolve_interpreter(version).version.startswith(f"{version}.")


def test_a_path_is_taken_as_it_is_and_tells_its_version(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    venv.create(tmp_path / "venv", symlinks=True)
    monkeypatch.chdir(tmp_path)
    found = resolve_interpreter("venv/bin/python")
    assert (found.path, found.version) == (str(tmp_path / "venv/bin/python"), FULL)


def test_a_shim_that_does_not_run_does_not_count(empty: Path) -> None:
    write_script(empty / "python3.12", "echo 'pyenv: python3.12: command not found' >&2; exit 127")
    real = pretend(empty.parent / "pyenv/versions/3.12.4/bin/python", "3.12.4")
    assert find_interpreter("3.12") == str(real)


def test_behind_a_broken_one_on_path_the_next_is_tried(
    empty: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    write_script(empty / "python3.12", "exit 1")
    second = pretend(tmp_path / "second/python3.12", "3.12.9")
    monkeypatch.setenv("PATH", f"{empty}{os.pathsep}{second.parent}")
    assert find_interpreter("3.12") == str(second)


def test_of_pyenvs_the_newest_patch_is_taken_unless_one_is_named(empty: Path) -> None:
    versions = empty.parent / "pyenv/versions"
    for version in ("3.12.2", "3.12.10", "3.12.9", "3.1.2"):
        pretend(versions / version / "bin/python", version)
    assert resolve_interpreter("3.12").version == "3.12.10"
    assert resolve_interpreter("3.12.9").version == "3.12.9"


def test_what_runs_as_another_version_is_not_taken(empty: Path) -> None:
    lies = pretend(empty / f"python{NOBODYS}", "3.13.0")
    with pytest.raises(UsageError, match=f"no Python {NOBODYS} .*{lies} is 3.13.0"):
        find_interpreter(NOBODYS)


def test_a_version_that_is_nowhere_tells_what_was_tried(empty: Path) -> None:
    broken = write_script(empty / f"python{NOBODYS}", "echo 'odd thing' >&2; exit 1")
    with pytest.raises(UsageError) as caught:
        find_interpreter(f"{NOBODYS}.7")
    assert f"{broken} does not run: odd thing" in str(caught.value)
    assert "--python" in str(caught.value)
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize(
    ("name", "complaint"),
    [
        ("pypy", "not CPython"),
        ("pypy3.10", "not CPython"),
        ("3.7", "too old"),
        ("2.7.18", "too old"),
        ("4.0", "there is no Python 4.0"),
        ("./absent", "there is no such interpreter"),
        ("no-such-python", "neither a path, nor a version"),
        ("", "neither a path, nor a version"),
        ("3.12; rm", "neither a path, nor a version"),
    ],
)
def test_what_cannot_be_measured_is_wrong_use(name: str, complaint: str) -> None:
    with pytest.raises(UsageError, match=complaint):
        find_interpreter(name)


@pytest.mark.parametrize(
    ("version", "implementation", "complaint"),
    [("3.10.1", "pypy", "is pypy, not CPython"), ("3.7.16", "cpython", "which is too old")],
)
def test_a_path_to_one_that_cannot_be_measured_is_wrong_use(
    tmp_path: Path, version: str, implementation: str, complaint: str
) -> None:
    path = pretend(tmp_path / "python", version, implementation)
    with pytest.raises(UsageError, match=complaint):
        find_interpreter(str(path))


def test_a_file_that_is_no_program_is_wrong_use(tmp_path: Path) -> None:
    path = tmp_path / "python"
    path.write_text("nothing")
    with pytest.raises(UsageError, match="does not run"):
        find_interpreter(str(path))


def test_a_free_threaded_build_is_refused_by_path_and_passed_over_by_version(
    empty: Path, tmp_path: Path
) -> None:
    free = pretend(tmp_path / "python3.14t", "3.14.8", free_threaded=True)
    with pytest.raises(UsageError, match="free-threaded build") as caught:
        find_interpreter(str(free))
    assert "\n" not in str(caught.value)
    first = pretend(empty / f"python{NOBODYS}", f"{NOBODYS}.1", free_threaded=True)
    real = pretend(empty.parent / f"pyenv/versions/{NOBODYS}.1/bin/python", f"{NOBODYS}.1")
    assert find_interpreter(NOBODYS) == str(real)
    real.unlink()
    with pytest.raises(UsageError, match=f"{first} is a free-threaded build"):
        find_interpreter(NOBODYS)
