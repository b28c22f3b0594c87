"""Releases up to a day: by the real uv and pip, from an index that says when each was uploaded."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import threading
from collections.abc import Iterator
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest

from tests.environments.packages import make_wheel
from unknot.environments.as_of import end_of_day
from unknot.environments.cache import environment
from unknot.environments.interpreters import uv_command
from unknot.errors import UnknotError, UsageError
from unknot.measuring.spec import CellSpec

pytestmark = pytest.mark.once

RELEASES = {"1.0": "2024-05-01T10:00:00Z", "1.1": "2024-06-01T10:00:00Z"}


class Simple(SimpleHTTPRequestHandler):
    """A folder as an index: a page of files as JSON, and the files."""

    extensions_map = {  # noqa: RUF012 - as the class that it extends has it
        **SimpleHTTPRequestHandler.extensions_map,
        "": "application/vnd.pypi.simple.v1+json",
    }

    def do_GET(self) -> None:
        self.path = self.path.rstrip("/")
        super().do_GET()

    def log_message(self, *_: object) -> None:
        pass


def download_pip(folder: Path) -> Iterator[Path]:
    """The newest pip, which many an interpreter does not bring; nothing where there is no index."""
    asked = ["download", "--quiet", "--no-deps", "--dest", str(folder), "pip"]
    subprocess.run([sys.executable, "-m", "pip", *asked], check=False, timeout=120)
    return folder.glob("pip-*.whl")


@pytest.fixture
def index(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """``app 1.0``, which needs any ``thing``, of which there are two releases."""
    folder = tmp_path / "index"
    files = folder / "files"
    files.mkdir(parents=True)
    wheels = [(make_wheel(files, "thing", version), when) for version, when in RELEASES.items()]
    needs = make_wheel(files, "app", "1.0", metadata=("Requires-Dist: thing",))
    wheels.append((needs, RELEASES["1.0"]))
    wheels += [(path, RELEASES["1.0"]) for path in download_pip(files)]
    for name in ("app", "thing", "pip"):
        page = {
            "meta": {"api-version": "1.1"},
            "name": name,
            "files": [
                {
                    "filename": path.name,
                    "url": f"/files/{path.name}",
                    "hashes": {},
                    "size": path.stat().st_size,
                    "upload-time": when,
                }
                for path, when in wheels
                if path.name.startswith(f"{name}-")
            ],
        }
        (folder / "simple").mkdir(exist_ok=True)
        (folder / "simple" / name).write_text(json.dumps(page))
    server = ThreadingHTTPServer(("127.0.0.1", 0), partial(Simple, directory=str(folder)))
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    for variable in ("UV_INDEX", "UV_FIND_LINKS", "UV_NO_INDEX", "UV_EXCLUDE_NEWER"):
        monkeypatch.delenv(variable, raising=False)
    (tmp_path / "uv.toml").write_text("")
    monkeypatch.setenv("UV_CONFIG_FILE", str(tmp_path / "uv.toml"))
    monkeypatch.setenv("UV_DEFAULT_INDEX", f"http://127.0.0.1:{server.server_port}/simple")
    monkeypatch.setenv("UV_CACHE_DIR", str(tmp_path / "uv"))
    for variable in ("PIP_FIND_LINKS", "PIP_EXTRA_INDEX_URL", "PIP_NO_INDEX", "PIP_CONSTRAINT"):
        monkeypatch.delenv(variable, raising=False)
    monkeypatch.setenv("PIP_CONFIG_FILE", os.devnull)
    monkeypatch.setenv("PIP_INDEX_URL", f"http://127.0.0.1:{server.server_port}/simple")
    monkeypatch.setenv("UNKNOT_CACHE", str(tmp_path / "cache"))
    yield
    server.shutdown()
    thread.join()
    server.server_close()


@pytest.mark.skipif(uv_command() is None, reason="no uv on this machine")
@pytest.mark.usefixtures("index")
def test_dependencies_are_of_the_day_too(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("UNKNOT_BUILDER", "uv")
    asked = ["app==1.0"]
    assert environment(asked, sys.executable).packages == {"app": "1.0", "thing": "1.1"}
    for day, thing in (("2024-05-01", "1.0"), ("2024-05-31", "1.0"), ("2024-06-01", "1.1")):
        packages = environment(asked, sys.executable, day).packages
        assert packages == {"app": "1.0", "thing": thing}
    with pytest.raises(UnknotError, match="from releases before 2024-05-01T00:00:00Z"):
        environment(asked, sys.executable, "2024-04-30")


@pytest.mark.usefixtures("index")
def test_pip_is_given_the_day_too(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    if not list((tmp_path / "index" / "files").glob("pip-*.whl")):
        pytest.skip("no pip can be had")
    monkeypatch.setenv("UNKNOT_BUILDER", "pip")
    packages = environment(["app==1.0"], sys.executable, "2024-05-31").packages
    assert packages == {"app": "1.0", "thing": "1.0"}
    with pytest.raises(UnknotError, match="from releases before 2024-05-01T00:00:00Z"):
        environment(["app==1.0"], sys.executable, "2024-04-30")
    monkeypatch.setenv("PIP_FIND_LINKS", str(tmp_path / "index" / "files"))
    with pytest.raises(UsageError, match=r"pip took thing 1\.1 from files that have no date"):
        environment(["app"], sys.executable, "2024-05-31")


def test_a_pip_that_knows_no_dates_is_refused(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    wheel = make_wheel(tmp_path, "thing", "1.0")
    monkeypatch.setenv("UNKNOT_BUILDER", "pip")
    monkeypatch.setenv("UNKNOT_CACHE", str(tmp_path / "cache"))
    monkeypatch.setenv("PIP_CONFIG_FILE", os.devnull)
    monkeypatch.setenv("PIP_NO_INDEX", "1")
    import ensurepip

    if int(ensurepip.version().partition(".")[0]) >= 26:
        pytest.skip("this Python brings a pip that knows dates")
    with pytest.raises(UsageError, match=r"--as-of needs uv, or pip 26\.0 and newer, but Python"):
        environment([str(wheel)], sys.executable, "2024-05-31")


@pytest.mark.parametrize(
    "day", ["2024-13-01", "yesterday", "", "2024-05-31T00:00:00", "9999-12-31"]
)
def test_what_is_no_day_is_refused(day: str) -> None:
    with pytest.raises(UsageError, match="--as-of must be a day such as 2024-05-31, got"):
        end_of_day(day)


def test_a_day_without_anything_to_install_is_refused() -> None:
    with pytest.raises(UsageError, match="--as-of is about what --with installs"):
        CellSpec(workload="w.py", as_of="2024-05-31")
