"""The package as it is released: its metadata, and a run of it under each interpreter."""

from __future__ import annotations

import os
import subprocess
import sys
import zipfile
from email import message_from_string
from email.message import Message
from pathlib import Path

import pytest

from tests.cli.test_readme import example
from tests.interpreters import need_interpreter

pytestmark = pytest.mark.once

ROOT = Path(__file__).parents[1]
UV = [sys.executable, "-m", "uv", "--quiet"]
REPOSITORY = "https://example.org/team/unknot"


def build(folder: Path, **settings: str) -> Path:
    """The wheel, made from the source distribution."""
    command = [*UV, "build", "--out-dir", str(folder), str(ROOT)]
    environment = {k: v for k, v in os.environ.items() if not k.startswith("UNKNOT_")}
    subprocess.run(command, env=environment | settings, check=True, timeout=300)
    (wheel,) = folder.glob("*.whl")
    return wheel


def metadata(wheel: Path) -> Message:
    with zipfile.ZipFile(wheel) as archive:
        (name,) = (each for each in archive.namelist() if each.endswith(".dist-info/METADATA"))
        return message_from_string(archive.read(name).decode())


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    settings = {"UNKNOT_REPOSITORY": REPOSITORY + "/", "UNKNOT_REF": "v1"}
    return build(tmp_path_factory.mktemp("dist"), **settings)


def test_a_release_names_its_repository_and_its_readme_has_no_relative_link(wheel: Path) -> None:
    found = metadata(wheel)
    assert f"Source, {REPOSITORY}" in found.get_all("Project-URL", [])
    readme = str(found.get_payload())
    assert f"]({REPOSITORY}/blob/v1/docs/tutorial.md)" in readme
    assert f'src="{REPOSITORY}/raw/v1/docs/pictures/run-light.svg"' in readme
    assert f'srcset="{REPOSITORY}/raw/v1/docs/pictures/page-dark.png"' in readme
    for relative in ("](docs/", "](S", "](C", "](L", '="docs/'):
        assert relative not in readme


def test_a_wheel_of_no_known_repository_names_none(tmp_path: Path) -> None:
    found = metadata(build(tmp_path))
    assert found.get_all("Project-URL") is None
    assert str(found.get_payload()).strip() == (ROOT / "README.md").read_text().strip()


@pytest.mark.parametrize("version", ["3.11", "3.12", "3.13", "3.14", "3.15"])
def test_the_wheel_alone_measures_the_readme_s_example(
    wheel: Path, tmp_path: Path, version: str
) -> None:
    code, output = example()
    (tmp_path / "kept.py").write_text(code)
    python = ["--python", need_interpreter(version), "--no-config"]
    command = [*UV, "tool", "run", *python, "--from", str(wheel), "unknot", "run", "kept.py"]
    done = subprocess.run(
        command,
        cwd=tmp_path,
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        timeout=300,
        check=False,
        env={**os.environ, "PYTHONUTF8": "1"},
    )
    assert done.returncode == 1, done.stderr
    if version == "3.11":
        assert done.stdout.strip() == output
    assert "cut here: frees 3 of 3" in done.stdout
