"""When a supervised command ends, or who started it, nothing of it is left."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import psutil
import pytest

from unknot.errors import UnknotError
from unknot.supervision import Supervised, run_supervised

SOON = 2.0
"""Seconds in which all has to be gone."""

ESCAPES = {
    "keeps its session": "subprocess.Popen(SLEEP)",
    "leaves its session without its environment": (
        "subprocess.Popen(SLEEP, env={}, start_new_session=True)"
    ),
    "forks twice": (
        "os.fork() or (os.setsid(), os.fork() and os._exit(0), os.execv(SLEEP[0], SLEEP))"
    ),
    "ignores signals": (
        "subprocess.Popen(SLEEP, preexec_fn=lambda: [signal.signal(n, signal.SIG_IGN)"
        " for n in (1, 2, 3, 15)])"
    ),
}


@pytest.fixture
def mark(tmp_path: Path) -> Iterator[str]:
    """A word on the command line of what a test starts; at the end nothing has it."""
    word = f"mark-{tmp_path.name}-{time.monotonic_ns()}"
    yield word
    for process in marked(word):
        process.kill()


def marked(word: str) -> list[psutil.Process]:
    found = []
    for process in psutil.process_iter(["cmdline", "status"]):
        if word in (process.info["cmdline"] or ()) and process.info["status"] != "zombie":
            found.append(process)
    return found


def wait_until_gone(word: str) -> bool:
    deadline = time.monotonic() + SOON
    while marked(word) and time.monotonic() < deadline:
        time.sleep(0.02)
    return not marked(word)


def starter(mark: str, how: str, then: str) -> list[str]:
    """A program that starts a process with ``mark`` in a way of its own, and says so."""
    sleep = [sys.executable, "-c", "import time; time.sleep(600)", mark]
    code = (
        f"import os, signal, subprocess, sys, time\nSLEEP = {sleep!r}\n{how}\n"
        f"print('started', flush=True)\n{then}\n"
    )
    return [sys.executable, "-c", code]


def wait_for_marked(word: str) -> None:
    deadline = time.monotonic() + 60
    while not marked(word):
        assert time.monotonic() < deadline
        time.sleep(0.02)


@pytest.mark.parametrize("how", list(ESCAPES))
def test_nothing_is_left_when_the_command_ends_by_itself(mark: str, how: str) -> None:
    done = run_supervised(starter(mark, ESCAPES[how], "sys.exit(5)"), env=os.environ)
    assert (done.returncode, done.stdout) == (5, b"started\n")
    assert marked(mark) == []


@pytest.mark.parametrize("how", list(ESCAPES))
def test_nothing_is_left_when_the_starter_is_killed(mark: str, how: str) -> None:
    command = starter(mark, ESCAPES[how], "time.sleep(600)")
    code = (
        "import os\nfrom unknot.supervision import run_supervised\n"
        f"run_supervised({command!r}, env=os.environ)\n"
    )
    with subprocess.Popen([sys.executable, "-c", code]) as process:
        wait_for_marked(mark)
        process.kill()
    assert wait_until_gone(mark)


def test_the_command_dies_with_a_supervisor_that_is_killed(mark: str) -> None:
    command = [sys.executable, "-c", "import time; time.sleep(600)", mark]
    with Supervised(command, env=os.environ, output=subprocess.DEVNULL) as process:
        wait_for_marked(mark)
        os.kill(process.pid, signal.SIGKILL)
        assert process.wait(SOON) == -signal.SIGKILL
        assert not process.nothing_left
    assert wait_until_gone(mark)


def test_who_forks_without_end_is_caught() -> None:
    code = "import os\nos.setsid() if os.fork() == 0 else None\nwhile not os.fork(): os.setsid()\n"
    process = Supervised([sys.executable, "-c", code], env=os.environ, output=subprocess.DEVNULL)
    with process:
        process.wait(10 * SOON)
        assert process.nothing_left


def test_a_command_alone_ends_with_its_own_status(tmp_path: Path) -> None:
    folder = tmp_path / "folder"
    folder.mkdir()
    (folder / "file").touch()
    command = [sys.executable, "-c", "import os, sys; print(os.getpid() == os.getsid(0))"]
    output = subprocess.PIPE
    with Supervised(command, env=os.environ, output=output, folder=folder) as process:
        said, _ = process.communicate(60)
        assert (process.status, said) == (0, b"True\n")
        assert process.nothing_left
        assert process.refusal is None
    assert not folder.exists()


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGKILL, signal.SIGSEGV])
def test_a_signal_that_ended_the_command_is_its_status(number: int) -> None:
    code = f"import os; os.kill(os.getpid(), {number:d})"
    assert run_supervised([sys.executable, "-c", code], env=os.environ).returncode == -number


def test_a_command_that_cannot_be_started_says_why(tmp_path: Path) -> None:
    script = tmp_path / "script"
    script.write_text(f"#!{tmp_path}/absent\n")
    with pytest.raises(UnknotError, match="cannot be started: Permission denied"):
        run_supervised([str(script)], env=os.environ)
    script.chmod(0o755)
    with pytest.raises(UnknotError, match="cannot be started: its interpreter does not exist"):
        run_supervised([str(script)], env=os.environ)
    with pytest.raises(UnknotError, match="cannot be started: No such file"):
        run_supervised([str(tmp_path / "absent")], env=os.environ)


def test_a_command_that_takes_too_long_is_ended(mark: str) -> None:
    command = starter(mark, ESCAPES["keeps its session"], "time.sleep(600)")
    with pytest.raises(subprocess.TimeoutExpired):
        run_supervised(command, env=os.environ, seconds=1.0)
    assert marked(mark) == []


def test_the_command_inherits_what_it_is_given_and_nothing_else() -> None:
    code = "import os; print(sorted(os.listdir('/proc/self/fd'), key=int))"
    ours, theirs = os.pipe()
    try:
        with Supervised(
            [sys.executable, "-c", code], env=os.environ, output=subprocess.PIPE, keep=[theirs]
        ) as process:
            said, _ = process.communicate(60)
    finally:
        os.close(ours)
        os.close(theirs)
    listing = next(number for number in range(3, 100) if number != theirs)
    assert said.decode().strip() == str([str(n) for n in sorted([0, 1, 2, theirs, listing])])
