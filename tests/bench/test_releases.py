"""The history of a package: a real run over two tiny releases, and what can go wrong."""

from __future__ import annotations

import os
import subprocess
import sys
from importlib.util import find_spec
from pathlib import Path

import pytest

from bench.releases import NEWEST, WOOL, choose
from tests.environments.packages import make_wheel
from unknot.errors import UsageError
from unknot.records import Result, read_result

pytestmark = pytest.mark.once

ROOT = Path(__file__).parents[2]

KNOTTED = "class Knot:\n    def __init__(self):\n        self.self = self\n"
SEVERED = "class Knot:\n    pass\n"
KEPT = "kept = []\nclass Knot:\n    def __init__(self):\n        kept.append(self)\n"
RELEASES = {"1.0": KEPT, "1.1": KNOTTED, "1.2": SEVERED}
WORKLOAD = "import knotty\n\ndef op():\n    knotty.Knot()\n"


def run(folder: Path, *arguments: object) -> subprocess.CompletedProcess[str]:
    """``python -m bench.releases`` of a package that is only in ``folder``, where it runs."""
    return subprocess.run(
        [sys.executable, "-m", "bench.releases", "--package", "knotty", "-w", "work.py",
         "-n", "80", "--warmup", "16", "--watch", "knotty.Knot", *map(str, arguments)],
        stdin=subprocess.DEVNULL, capture_output=True, text=True, timeout=240, check=False,
        cwd=folder, env={**os.environ, "PYTHONPATH": str(ROOT)},
    )  # fmt: skip


@pytest.fixture
def shelf(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Three releases of a tiny package, a workload, and no index."""
    for version, code in RELEASES.items():
        make_wheel(tmp_path, "knotty", version, code)
    (tmp_path / "work.py").write_text(WORKLOAD)
    monkeypatch.setenv("PIP_NO_INDEX", "1")
    (tmp_path / "uv.toml").write_text("no-index = true\n")  # not every uv has a variable for it
    monkeypatch.setenv("UV_CONFIG_FILE", str(tmp_path / "uv.toml"))
    for name in ("PIP_FIND_LINKS", "UV_FIND_LINKS"):
        monkeypatch.setenv(name, str(tmp_path))
    monkeypatch.setenv("UNKNOT_CACHE", str(tmp_path / "cache"))
    return tmp_path


def figures(result: Result) -> dict[str, tuple[str | None, float, float]]:
    return {
        cell.variant: (cell.verdict, found.cyclic_per_op, found.leaked_per_op)
        for cell in result.cells
        for found in [cell.types["knotty.Knot"]]
    }


def test_a_leak_that_became_a_cycle_that_was_cut_is_told_release_by_release(shelf: Path) -> None:
    done = run(shelf, "--release", "1.0", "--release", "1.1", "--release", NEWEST, "-o", shelf)
    assert done.returncode == 0, done.stderr
    assert figures(read_result(shelf / "result.json")) == {
        "knotty==1.0": ("leaking", 0, 1),
        "knotty==1.1": ("cyclic", 1, 0),
        "knotty==1.2": ("clean", 0, 0),
    }
    assert (shelf / "releases.png").read_bytes().startswith(b"\x89PNG")
    assert "1.0      retained" in done.stdout
    assert max(map(len, done.stdout.splitlines()[:-1])) <= 80


@pytest.mark.skipif(find_spec("distributed") is None, reason="no Dask here")
def test_a_cluster_installs_what_it_measures(shelf: Path) -> None:
    """Here only the newest is installed, for its number."""
    asked = [argument for release in ("0.9", "1.1", NEWEST) for argument in ("--release", release)]
    done = run(shelf, *asked, "--on", "dask", "--jobs", "1", "-o", shelf)
    assert done.returncode == 3, done.stderr
    missing, *there = read_result(shelf / "result.json").cells
    assert missing.error is not None
    assert (missing.error.kind, missing.machine is not None) == ("environment", True)
    assert [(cell.variant, cell.verdict) for cell in there] == [
        ("knotty==1.1", "cyclic"),
        ("knotty==1.2", "clean"),
    ]


def test_the_newest_is_measured_once_though_it_was_named_too(shelf: Path) -> None:
    done = run(shelf, "--release", "1.2", "--release", NEWEST, "-o", shelf)
    assert done.returncode == 0, done.stderr
    assert [cell.variant for cell in read_result(shelf / "result.json").cells] == ["knotty==1.2"]


def test_a_release_that_cannot_be_had_is_a_record_and_not_the_end(shelf: Path) -> None:
    done = run(shelf, "--release", "0.9", "--release", "1.1", "-o", shelf)
    assert done.returncode == 3
    missing, there = read_result(shelf / "result.json").cells
    assert missing.error is not None
    assert (missing.variant, missing.error.kind) == ("knotty==0.9", "environment")
    assert there.verdict == "cyclic"
    assert "not measured" in done.stdout
    assert (shelf / "releases.png").exists()


def test_fast_takes_the_releases_that_tell_something_and_the_newest() -> None:
    assert choose("wool", True, ()) == ["0.10.0", "0.10.1", "0.10.2", "0.10.3", "0.10.4", NEWEST]
    assert set(WOOL.changes) <= set(WOOL.telling) <= set(choose("wool", False, ()))


def test_a_package_that_nothing_is_known_of_needs_its_releases_named() -> None:
    with pytest.raises(UsageError, match="--release"):
        choose("knotty", False, ())


@pytest.mark.parametrize(
    ("arguments", "complaint"),
    [
        (["--package", "knotty", "--release", "1.0"], "name one with -w"),
        (["-n", "2"], "ops must be at least"),
        (["-o", f"{__file__}/below"], "cannot be written"),
        (["--python", "2.7"], "too old"),
    ],
)
def test_wrong_use_is_told_in_a_line_and_is_exit_code_2(
    arguments: list[str], complaint: str
) -> None:
    done = subprocess.run(
        [sys.executable, "-m", "bench.releases", *arguments],
        capture_output=True, text=True, timeout=60, check=False,
    )  # fmt: skip
    assert done.returncode == 2, done.stderr
    assert complaint in done.stderr
    assert "Traceback" not in done.stderr
