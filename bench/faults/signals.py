"""Signals at random moments of a run, a comparison, a benchmark, or an environment's build."""

from __future__ import annotations

import contextlib
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from random import Random

from bench.faults.trial import UNKNOT, Ended, Trial
from unknot.errors import UnknotError
from unknot.records import read_result

__all__ = ["signals"]

NUMBERS = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP, signal.SIGKILL)

QUICK = ("-n", "80", "--rounds", "4", "--warmup", "8", "-q")
MODES = ("--gc", "off", "--gc", "auto", "--gc", "forced")

READY = 20.0
"""Seconds within which a command must handle signals. Until then, Python's default applies."""

WORKLOAD = """
import pathlib, subprocess
def setup():
    subprocess.Popen(["sleep", "600"], env={}, start_new_session=True)
    with pathlib.Path("setups").open("a") as log:
        log.write("x")
def op(): pass
"""

PROJECT = """
[build-system]
requires = []
build-backend = "backend"
backend-path = ["."]
[project]
name = "faulty"
version = "1"
"""

BACKEND = """
import subprocess, time, zipfile
def build_wheel(to, *_):
    subprocess.Popen(["sleep", "600"], env={}, start_new_session=True)
    time.sleep(0.3)
    with zipfile.ZipFile(to + "/faulty-1-py3-none-any.whl", "w") as wheel:
        said = "Metadata-Version: 2.1\\nName: faulty\\nVersion: 1\\n"
        wheel.writestr("faulty-1.dist-info/METADATA", said)
        said = "Wheel-Version: 1.0\\nRoot-Is-Purelib: true\\nTag: py3-none-any\\n"
        wheel.writestr("faulty-1.dist-info/WHEEL", said)
        wheel.writestr("faulty-1.dist-info/RECORD", "")
    return "faulty-1-py3-none-any.whl"
"""


@dataclass(frozen=True, slots=True)
class Scenario:
    """A command that takes a while, and the file that it writes."""

    name: str
    command: Sequence[str]
    seconds: float
    """Approximate duration, from which the moment of the signal is chosen."""
    result: str = "result.json"
    fine: int = 0


SCENARIOS = (
    Scenario("run", (*UNKNOT, "run", "w.py", *QUICK, *MODES, "-o", "result.json"), 3.0),
    Scenario(
        "compare",
        (*UNKNOT, "compare", "./one", "./other", "-w", "w.py", *QUICK, "-o", "result.json"),
        6.0,
    ),
    Scenario(
        "environment",
        (*UNKNOT, "run", "w.py", *QUICK, "--with", "./one", "-o", "result.json"),
        4.0,
    ),
    Scenario(
        "benchmark",
        (
            *(sys.executable, "-m", "bench.stdlib", "--operation", "formats.literal"),
            *("--operation", "formats.dump_json", "-n", "64", "--python", sys.executable),
            *("-o", "report"),
        ),
        4.0,
        "report/result.json",
    ),
)


def signals(folder: Path, random: Random, times: int) -> Iterator[Trial]:
    """Each signal in each scenario, ``times`` times, at a random moment."""
    for number in range(times):
        for scenario in SCENARIOS:
            for sent in NUMBERS:
                place = folder / f"{scenario.name}-{sent.name}-{number}"
                _prepare(place)
                yield Trial(
                    fault=f"{sent.name} in {scenario.name}",
                    folder=place,
                    command=scenario.command,
                    codes=_codes(sent, scenario.fine),
                    before=f"export UNKNOT_CACHE={place / 'cache'}",
                    disturb=partial(_send, sent, random.uniform(0, scenario.seconds)),
                    lost=_loss(scenario.result),
                )


def _prepare(place: Path) -> None:
    place.mkdir()
    (place / "w.py").write_text(WORKLOAD)
    for name in ("one", "other"):
        project = place / name
        project.mkdir()
        (project / "pyproject.toml").write_text(PROJECT)
        (project / "backend.py").write_text(BACKEND)


def _codes(sent: signal.Signals, fine: int) -> tuple[int, ...]:
    """It may finish before the signal arrives. Until Python handles signals, they end it."""
    return (fine, -sent) if sent == signal.SIGKILL else (fine, 128 + sent)


def _send(sent: signal.Signals, after: float, process: subprocess.Popen[bytes]) -> int | None:
    """Wait until the command handles signals, then for a random time; send the signal."""
    deadline = time.monotonic() + READY
    while process.poll() is None and not _handles_signals(process.pid):
        if time.monotonic() > deadline:
            break
        time.sleep(0.002)
    with contextlib.suppress(subprocess.TimeoutExpired):
        process.wait(after)
        return None
    process.send_signal(sent)
    return sent


def _handles_signals(pid: int) -> bool:
    with contextlib.suppress(OSError, StopIteration):
        lines = Path(f"/proc/{pid}/status").read_text().splitlines()
        caught = next(line for line in lines if line.startswith("SigCgt:"))
        return bool(int(caught.split()[1], 16) >> (signal.SIGTERM - 1) & 1)
    return False


def _loss(result: str) -> Callable[[Ended], str]:
    return partial(_lost, result)


def _lost(name: str, ended: Ended) -> str:
    """Completed cells that are not in the result.

    When a cell is set up, those before it are done. After SIGKILL the last of them may not be
    written.
    """
    log = ended.folder / "setups"
    begun = len(log.read_text()) if log.exists() else 0
    done = begun - (2 if ended.code == -signal.SIGKILL else 1)
    path = ended.folder / name
    if not path.exists():
        return f"{done} cells were done, and there is no result" if done > 0 else ""
    try:
        result = read_result(path)
    except UnknotError as error:
        return f"the result cannot be read: {error}"
    if len(result.cells) < done:
        return f"{done} cells were done, and {len(result.cells)} are in the result"
    if ended.code > 128 and result.cells and not result.interrupted and ended.signal:
        return "the result does not say that it was interrupted"
    return ""
