"""Tiny packages, made on the fly and offered to pip and uv without an index."""

from __future__ import annotations

import zipfile
from pathlib import Path

BACKEND = """
import zipfile

def build_wheel(folder, config_settings=None, metadata_directory=None):
    name = "{name}-{version}-py3-none-any.whl"
    info = "{name}-{version}.dist-info"
    with zipfile.ZipFile(folder + "/" + name, "w") as wheel:
        wheel.write("{name}.py")
        wheel.writestr(info + "/METADATA", {metadata!r})
        wheel.writestr(info + "/WHEEL", {tags!r})
        wheel.writestr(info + "/RECORD", "{name}.py,,\\n" + info + "/RECORD,,\\n")
    return name
"""

TAGS = "Wheel-Version: 1.0\nGenerator: tests\nRoot-Is-Purelib: true\nTag: py3-none-any\n"


def make_wheel(
    folder: Path, name: str, version: str, code: str = "", *, metadata: tuple[str, ...] = ()
) -> Path:
    """A wheel of one module with that code; ``metadata`` is more lines of its METADATA."""
    info = f"{name}-{version}.dist-info"
    path = folder / f"{name}-{version}-py3-none-any.whl"
    with zipfile.ZipFile(path, "w") as wheel:
        wheel.writestr(f"{name}.py", code)
        wheel.writestr(f"{info}/METADATA", _metadata(name, version, metadata))
        wheel.writestr(f"{info}/WHEEL", TAGS)
        files = (f"{name}.py", f"{info}/METADATA", f"{info}/WHEEL", f"{info}/RECORD")
        wheel.writestr(f"{info}/RECORD", "".join(f"{file},,\n" for file in files))
    return path


def make_project(folder: Path, name: str, version: str, code: str, backend: str = "") -> Path:
    """A project folder that carries the backend that builds it, so it needs no index either."""
    folder.mkdir(exist_ok=True)
    (folder / f"{name}.py").write_text(code)
    (folder / "pyproject.toml").write_text(
        '[build-system]\nrequires = []\nbuild-backend = "backend"\nbackend-path = ["."]\n'
        f'[project]\nname = "{name}"\nversion = "{version}"\n'
    )
    made = BACKEND.format(
        name=name, version=version, metadata=_metadata(name, version, ()), tags=TAGS
    )
    (folder / "backend.py").write_text(backend or made)
    return folder


def _metadata(name: str, version: str, more: tuple[str, ...]) -> str:
    return "\n".join(["Metadata-Version: 2.1", f"Name: {name}", f"Version: {version}", *more, ""])
