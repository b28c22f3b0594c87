"""The interpreters of this machine that the agent has to run under."""

from __future__ import annotations

import os
import shutil
import subprocess
from collections.abc import Iterator
from functools import cache
from pathlib import Path

import pytest

VERSIONS = ("3.8", "3.9", "3.10", "3.11", "3.12", "3.13", "3.14", "3.15")


QUESTION = "import sys; print('%d.%d' % sys.version_info[:2], sys.executable)"


@cache
def find_interpreter(version: str) -> str | None:
    """An executable of that version that really starts, from PATH or from pyenv."""
    for candidate in _candidates(version):
        done = subprocess.run(
            [candidate, "-c", QUESTION], capture_output=True, text=True, check=False
        )
        found, _, path = done.stdout.strip().partition(" ")
        if done.returncode == 0 and found == version:
            return path  # what stands behind a shim, which needs a shell
    return None


def need_interpreter(version: str) -> str:
    """The executable of that version; skips the test where there is none."""
    found = find_interpreter(version)
    if found is None:
        pytest.skip(f"no Python {version} on this machine")
    return found


def _candidates(version: str) -> Iterator[str]:
    on_path = shutil.which(f"python{version}")
    if on_path:
        yield on_path
    pyenv = Path(os.environ.get("PYENV_ROOT", Path.home() / ".pyenv"))
    for folder in sorted(pyenv.glob(f"versions/{version}.*"), reverse=True):
        yield str(folder / "bin" / "python")
