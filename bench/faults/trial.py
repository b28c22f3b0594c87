"""One trial: a command, a fault that occurs meanwhile, and the checks afterwards."""

from __future__ import annotations

import contextlib
import ctypes
import os
import re
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Collection, Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import IO

import psutil

__all__ = ["UNKNOT", "Ended", "Outcome", "Trial", "adopt_orphans", "noise", "run_trial"]

UNKNOT = (sys.executable, "-c", "from unknot.cli import main; main()")

SOON = 2.0
"""Seconds after a command's end within which everything it started must be gone."""

LIMIT = 60.0
"""Seconds within which a command must end."""

SETTINGS = {"PYTHONDONTWRITEBYTECODE": "1", "PYTHONFAULTHANDLER": "1"}

PR_SET_CHILD_SUBREAPER = 36

TRACEBACK = re.compile(
    rb"^(Traceback \(most recent|Exception ignored|Fatal Python error|Exception in thread)",
    re.MULTILINE,
)
"""At the start of a line, because a cell's error shows output of the workload indented."""

RAW = re.compile(
    rb"[\x00-\x08\x0b-\x1a\x1c-\x1f\x7f]|\x1b[^\[]|\x1b\[[^0-9;m]|^[ \t]*::[a-z-]+[ :]",
    re.MULTILINE,
)
"""Control sequences for a terminal or a log, other than colours."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Ended:
    """How a command ended."""

    code: int
    said: bytes
    signal: int | None
    """That it was sent."""
    folder: Path


def find_nothing(_: Ended) -> str:
    """For trials that cannot lose anything."""
    return ""


def disturb_nothing(_: subprocess.Popen[bytes]) -> int | None:
    """For trials whose fault is present from the start."""
    return None


@dataclass(frozen=True, slots=True, kw_only=True)
class Trial:
    """A command in a folder, and its allowed exit codes."""

    fault: str
    folder: Path
    command: Sequence[str]
    codes: Collection[int]
    before: str = ""
    """Shell commands to run first, such as ``ulimit -n 8``."""
    to: str = ""
    """A redirection of the output."""
    disturb: Callable[[subprocess.Popen[bytes]], int | None] = disturb_nothing
    """Causes the fault while the command runs; returns the signal that it sent."""
    lost: Callable[[Ended], str] = find_nothing
    """Returns what is missing or wrong in the end."""


@dataclass(slots=True, kw_only=True)
class Outcome:
    """The outcome of a trial, by column of the table; each entry says what was seen."""

    fault: str
    faults: dict[str, str] = field(default_factory=dict)
    skipped: str = ""
    """Why it could not be run."""


def adopt_orphans() -> None:
    """Become the parent of every orphan that a trial leaves, so that none is missed."""
    if sys.platform == "linux":
        ctypes.CDLL(None).prctl(PR_SET_CHILD_SUBREAPER, ctypes.c_ulong(1), 0, 0, 0)


def run_trial(trial: Trial) -> Outcome:
    """Run the trial and all checks."""
    outcome = Outcome(fault=trial.fault)
    temporary = trial.folder / "tmp"
    temporary.mkdir()
    said = trial.folder / "said"
    with said.open("wb") as output, _running(trial, temporary, output) as process:
        sent = trial.disturb(process)
        try:
            code = process.wait(LIMIT)
        except subprocess.TimeoutExpired:
            outcome.faults["hung"] = f"no end within {LIMIT:g} s"
            code = _abort(process)
    left = _left(temporary)
    ended = Ended(code=code, said=said.read_bytes(), signal=sent, folder=trial.folder)
    found = {
        "left": left,
        "lost": "" if "hung" in outcome.faults else trial.lost(ended),
        "traceback": "" if "hung" in outcome.faults else noise(ended.said),
        "exit code": "" if code in trial.codes else f"{code}, not {sorted(trial.codes)}",
    }
    outcome.faults |= {name: text for name, text in found.items() if text}
    if outcome.faults:
        outcome.faults["said"] = ended.said[-2000:].decode(errors="backslashreplace")
    return outcome


def _abort(process: subprocess.Popen[bytes]) -> int:
    """End the command so that it prints where it hangs."""
    process.send_signal(signal.SIGABRT)
    with contextlib.suppress(subprocess.TimeoutExpired):
        return process.wait(SOON)
    return -signal.SIGKILL


def _default_signals() -> None:
    """Reset signals: a shell starts background commands with SIGINT ignored."""
    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        signal.signal(number, signal.SIG_DFL)


@contextlib.contextmanager
def _running(trial: Trial, temporary: Path, output: IO[bytes]) -> Iterator[subprocess.Popen[bytes]]:
    script = f'{trial.before}\nexec "$@" {trial.to}'
    process = subprocess.Popen(
        ["bash", "-c", script, "bash", *trial.command],
        stdin=subprocess.DEVNULL,
        stdout=output,
        stderr=subprocess.STDOUT,
        cwd=trial.folder,
        start_new_session=True,
        preexec_fn=_default_signals,
        env={**os.environ, **SETTINGS, "TMPDIR": str(temporary)},
    )
    try:
        yield process
    finally:
        process.kill()
        process.wait()


def _left(temporary: Path) -> str:
    """Processes and temporary files that still exist a while later; kills those processes."""
    deadline = time.monotonic() + SOON
    while (processes := _descendants()) and time.monotonic() < deadline:
        time.sleep(0.01)
    names = [f"process {' '.join(process.cmdline())[:200]}" for process in processes]
    for process in processes:
        with contextlib.suppress(psutil.Error):
            process.kill()
    return ", ".join([*names, *(f"{entry.name} in TMPDIR" for entry in temporary.iterdir())])


def _descendants() -> list[psutil.Process]:
    """The running descendants of this process."""
    with contextlib.suppress(ChildProcessError):
        while os.waitpid(-1, os.WNOHANG)[0]:
            pass
    found = []
    for process in psutil.Process().children(recursive=True):
        with contextlib.suppress(psutil.Error):
            if process.status() != psutil.STATUS_ZOMBIE:
                found.append(process)
    return found


def noise(said: bytes) -> str:
    """Output that no command may print."""
    for pattern in (TRACEBACK, RAW):
        seen = pattern.search(said)
        if seen is not None:
            return repr(said[seen.start() : seen.start() + 60])
    return ""
