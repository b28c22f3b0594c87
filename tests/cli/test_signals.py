"""A signal ends a command with its own exit code; nothing measured is lost, and nothing left."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import psutil
import pytest

from unknot.records import read_result

COMMAND = [sys.executable, "-c", "from unknot.cli import main; main()"]
FEW = ("-n", "80", "--rounds", "4", "--warmup", "8", "-q")
SOON = 2.0
"""Seconds in which all has to be gone."""
ENDING = [signal.SIGINT, signal.SIGTERM, signal.SIGHUP]

HANGS_THE_SECOND_TIME = """
import os, pathlib, subprocess, sys, time
again = pathlib.Path(__file__).with_name("again")
def setup():
    if not again.exists():
        return again.touch()
    sleep = [sys.executable, "-c", "import time; time.sleep(600)", str(again)]
    subprocess.Popen(sleep, env={}, start_new_session=True)
    again.write_text("hangs")
    time.sleep(600)
def op(): pass
"""

BACKEND = """
import pathlib, subprocess, sys, time
def build_wheel(*_):
    folder = pathlib.Path(__file__).parent
    sleep = [sys.executable, "-c", "import time; time.sleep(600)", str(folder)]
    subprocess.Popen(sleep, env={}, start_new_session=True)
    (folder / "again").write_text("hangs")
    time.sleep(600)
"""

PROJECT = """
[build-system]
requires = []
build-backend = "backend"
backend-path = ["."]
[project]
name = "never-built"
version = "1"
"""


@pytest.fixture
def start(tmp_path: Path) -> Iterator[Callable[..., subprocess.Popen[str]]]:
    """Starts the command in the test's folder; its processes are gone afterwards."""
    started = []

    def run(*arguments: object, **options: object) -> subprocess.Popen[str]:
        environment = {**os.environ, "UNKNOT_CACHE": str(tmp_path / "cache")}
        process: subprocess.Popen[str] = subprocess.Popen(
            [*COMMAND, *map(str, arguments)],
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
            cwd=tmp_path,
            env=environment,
            **options,  # type: ignore[call-overload]
        )
        started.append(process)
        return process

    yield run
    for process in started:
        process.kill()
        process.communicate()
    assert wait(lambda: not named(tmp_path))


def wait(reached: Callable[[], object], seconds: float = SOON) -> bool:
    deadline = time.monotonic() + seconds
    while not reached():
        if time.monotonic() > deadline:
            return False
        time.sleep(0.02)
    return True


def named(folder: Path) -> list[psutil.Process]:
    """Processes, other than this one's own, with the test's folder on their command line."""
    return [
        process
        for process in psutil.process_iter(["cmdline", "status"])
        if process.info["status"] != psutil.STATUS_ZOMBIE
        and any(str(folder) in word for word in process.info["cmdline"] or ())
        and process.pid != os.getpid()
    ]


def wait_until_it_hangs(folder: Path) -> None:
    mark = folder / "again"
    assert wait(lambda: mark.exists() and mark.read_text(), 60)


def write_project(folder: Path) -> Path:
    (folder / "backend.py").write_text(BACKEND)
    (folder / "pyproject.toml").write_text(PROJECT)
    return folder


@pytest.mark.parametrize("number", [*ENDING, signal.SIGKILL])
def test_each_cell_is_on_disk_when_it_is_done(
    tmp_path: Path, start: Callable[..., subprocess.Popen[str]], number: signal.Signals
) -> None:
    path, output = tmp_path / "w.py", tmp_path / "result.json"
    path.write_text(HANGS_THE_SECOND_TIME)
    process = start("run", path, *FEW, "--gc", "off", "--gc", "auto", "-o", output)
    wait_until_it_hangs(tmp_path)
    assert [cell.verdict for cell in read_result(output).cells] == ["clean"]
    process.send_signal(number)
    said, complaint = process.communicate(timeout=60)
    assert wait(lambda: not named(tmp_path))
    result = read_result(output)
    assert [(cell.gc, cell.verdict) for cell in result.cells] == [("off", "clean")]
    assert result.interrupted
    if number == signal.SIGKILL:
        assert process.returncode == -number
    else:
        assert process.returncode == 128 + number
        assert ": clean" in said
        assert "Traceback" not in complaint
    assert {entry.name for entry in tmp_path.iterdir()} <= {
        "w.py", "again", "result.json", "__pycache__",
    }  # fmt: skip


@pytest.mark.parametrize(
    ("number", "begun", "printed", "complaint"),
    [
        (signal.SIGINT, 60, "48 objects more were alive", "0 of 1 cell measured to the end"),
        (signal.SIGTERM, 0, "", "nothing measured"),
        (signal.SIGHUP, 0, "", "nothing measured"),
    ],
)
def test_before_the_first_round_is_over_it_is_said_what_is_known(
    tmp_path: Path,
    start: Callable[..., subprocess.Popen[str]],
    number: signal.Signals,
    begun: int,
    printed: str,
    complaint: str,
) -> None:
    (tmp_path / "w.py").write_text(
        "import itertools, pathlib, time\nnumbers, kept = itertools.count(), []\n"
        "def op():\n"
        f"    if next(numbers) == {begun}:\n"
        "        pathlib.Path('again').write_text('hangs')\n        time.sleep(600)\n"
        "    kept.append([kept])\n"
    )
    process = start("run", "w.py", *FEW, "-o", "result.json")
    wait_until_it_hangs(tmp_path)
    process.send_signal(number)
    said, complaints = process.communicate(timeout=60)
    assert process.returncode == 128 + number
    assert printed in " ".join(said.split())
    assert complaints.splitlines() == [f"unknot: interrupted, {complaint}"]
    cells = read_result(tmp_path / "result.json").cells
    assert [cell.verdict for cell in cells] == ["undecided"] * bool(printed)


@pytest.mark.parametrize("number", [*ENDING, signal.SIGKILL])
def test_the_builder_of_an_environment_ends_too(
    tmp_path: Path, start: Callable[..., subprocess.Popen[str]], number: signal.Signals
) -> None:
    project = write_project(tmp_path)
    (tmp_path / "w.py").write_text("def op(): pass\n")
    process = start("run", "w.py", *FEW, "--with", project, "-o", "result.json")
    wait_until_it_hangs(tmp_path)
    process.send_signal(number)
    _, complaint = process.communicate(timeout=60)
    assert wait(lambda: not named(tmp_path))
    assert process.returncode == (-number if number == signal.SIGKILL else 128 + number)
    assert "Traceback" not in complaint
    assert "Aborted" not in complaint


def test_a_comparison_is_stopped_with_what_it_has(
    tmp_path: Path, start: Callable[..., subprocess.Popen[str]]
) -> None:
    path, output = tmp_path / "w.py", tmp_path / "result.json"
    path.write_text(HANGS_THE_SECOND_TIME)
    for name in ("one", "other"):
        folder = tmp_path / name
        folder.mkdir()
        (folder / "pyproject.toml").write_text(
            f'[build-system]\nrequires = []\nbuild-backend = "b"\nbackend-path = ["."]\n'
            f'[project]\nname = "{name}"\nversion = "1"\n'
        )
        (folder / "b.py").write_text(
            "import zipfile\n"
            "def build_wheel(to, *_):\n"
            f"    name, info = '{name}-1-py3-none-any.whl', '{name}-1.dist-info'\n"
            "    with zipfile.ZipFile(to + '/' + name, 'w') as wheel:\n"
            f"        meta = 'Metadata-Version: 2.1\\nName: {name}\\nVersion: 1\\n'\n"
            "        wheel.writestr(info + '/METADATA', meta)\n"
            "        kind = 'Wheel-Version: 1.0\\nRoot-Is-Purelib: true\\nTag: py3-none-any\\n'\n"
            "        wheel.writestr(info + '/WHEEL', kind)\n"
            "        wheel.writestr(info + '/RECORD', '')\n"
            "    return name\n"
        )
    before, after = tmp_path / "one", tmp_path / "other"
    process = start("compare", before, after, "-w", path, *FEW, "-o", output)
    wait_until_it_hangs(tmp_path)
    assert [cell.verdict for cell in read_result(output).cells] == ["clean"]
    process.terminate()
    _, complaint = process.communicate(timeout=60)
    assert (process.returncode, "Traceback" in complaint) == (143, False), complaint
    assert json.loads(output.read_text())["interrupted"]


def test_a_hangup_that_is_ignored_stays_ignored(
    tmp_path: Path, start: Callable[..., subprocess.Popen[str]]
) -> None:
    (tmp_path / "w.py").write_text(
        "import pathlib, time\n"
        "def setup():\n"
        "    pathlib.Path(__file__).with_name('again').write_text('waits')\n"
        "    time.sleep(0.5)\n"
        "def op(): pass\n"
    )
    process = start(
        "run", "w.py", *FEW, preexec_fn=lambda: signal.signal(signal.SIGHUP, signal.SIG_IGN)
    )
    wait_until_it_hangs(tmp_path)
    process.send_signal(signal.SIGHUP)
    said, _ = process.communicate(timeout=60)
    assert (process.returncode, ": clean" in said) == (0, True)


def test_a_shield_puts_the_end_off() -> None:
    code = (
        "import os, signal\n"
        "from unknot.cli.signals import shielded, stopped_by, take_signals\n"
        "take_signals()\n"
        "try:\n"
        "    with shielded():\n"
        "        os.kill(os.getpid(), signal.SIGTERM)\n"
        "        print('whole', flush=True)\n"
        "    print('not reached')\n"
        "except KeyboardInterrupt:\n"
        "    print(stopped_by())\n"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout == "whole\n143\n"
