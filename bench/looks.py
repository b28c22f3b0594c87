"""The looks of ``bench.instrument``: which instrument at which heap, in which order, in processes.

A run records what it has measured so far, and what failed.
"""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

from rich.console import Console

from bench import commands
from bench.apart import reason_of, run_apart
from bench.history import Machine, machine
from bench.peers import PEERS, Peer, count
from bench.rating import Sample
from unknot.cli.progress import progress
from unknot.errors import UnknotError

__all__ = ["FAST", "FULL", "Run", "Task", "look", "measure", "measure_commands"]

SECONDS = 600.0
"""Time limit of one process."""


@dataclass(frozen=True, slots=True)
class Task:
    """One kind of work on one heap, done by every peer that can, ``rounds`` times in turn."""

    work: str
    heap: str
    size: int
    rounds: int
    times: int
    """Looks in one process. 1 for garbage, which some peers use up."""

    @property
    def title(self) -> str:
        return {
            "census": f"Type census of {self.size:,} live objects",
            "garbage": f"Garbage, components and kinds: {self.size:,} garbage objects",
            "operations": f"{self.size:,} operations that each leave one asyncio task cycle",
        }[self.work]

    @property
    def repetitions(self) -> str:
        """How often each peer does it."""
        return f"{count(self.rounds, 'process', 'es')} each, {count(self.times, 'look')} a process"


FULL = (
    Task("census", "live", 1_000_000, 7, 3),
    Task("operations", "tasks", 1_000, 9, 1),
    Task("garbage", "cycles", 10_000, 7, 1),
    Task("garbage", "cycles", 100_000, 5, 1),
    Task("garbage", "cycles", 500_000, 5, 1),
    Task("garbage", "cycles", 2_000_000, 3, 1),
)

FAST = (
    Task("census", "live", 20_000, 1, 3),
    Task("operations", "tasks", 1_000, 1, 1),
    Task("garbage", "cycles", 2_000, 1, 1),
    Task("garbage", "cycles", 10_000, 1, 1),
    Task("garbage", "cycles", 20_000, 1, 1),
)


@dataclass(slots=True)
class Run:
    """What one run has measured so far, and what failed."""

    tasks: Sequence[Task]
    rounds: int = 0
    """How often each command runs."""
    samples: list[Sample] = field(default_factory=list)
    commands: list[commands.Run] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)
    failures: list[str] = field(default_factory=list)
    """Looks that failed; the others are measured all the same."""
    started: datetime = field(default_factory=lambda: datetime.now(UTC).astimezone())
    machine: Machine = field(default_factory=machine)

    def note(self, text: str) -> None:
        if text not in self.notes:
            self.notes.append(text)

    def fail(self, text: str) -> None:
        if text not in self.failures:
            self.failures.append(text)

    def plan(self) -> Iterator[tuple[Task, int, Peer]]:
        """All looks, in the order in which they happen: peers take turns."""
        for task in self.tasks:
            peers = [peer for peer in PEERS[task.work] if self._can(peer, task)]
            for turn in range(task.rounds):
                for peer in peers if turn % 2 == 0 else reversed(peers):
                    yield task, turn, peer

    def _can(self, peer: Peer, task: Task) -> bool:
        if not peer.is_installed:
            self.note(
                f"{peer.name}: left out, as {peer.package} is not installed: "
                f"python -m pip install 'unknot[instrument]'"
            )
            return False
        if peer.limit is not None and task.size > peer.limit:
            self.note(f"{peer.name}: left out above {peer.limit:,} objects; it takes too long")
            return False
        return True


def measure(run: Run, console: Console) -> None:
    """Run every look of the plan, each in a separate process; add the results to ``run``."""
    plan = list(run.plan())
    with progress(console, "instruments", len(plan)) as advance:
        for task, turn, peer in plan:
            sample = look(run, task, turn, peer)
            if sample is not None:
                run.samples.append(sample)
            advance(f"{peer.name}, {task.heap} {task.size:,}")


def measure_commands(run: Run, console: Console) -> None:
    """Run every command, ``run.rounds`` times in turn; add the results to ``run``."""
    plan = list(commands.plan(run.rounds))
    with commands.Workplace() as place, progress(console, "commands", len(plan)) as advance:
        for command, turn in plan:
            try:
                run.commands.append(place.measure(command, turn))
            except UnknotError as error:
                run.fail(str(error))
            advance(command.name)


def look(run: Run, task: Task, turn: int, peer: Peer) -> Sample | None:
    """What one process measured; ``None`` if it failed, which is recorded in the run."""
    arguments = (task.work, peer.name, task.heap, task.size, task.times)
    command = [sys.executable, "-m", "bench.peers", *map(str, arguments)]
    try:
        done = run_apart(command, SECONDS)
        if done.returncode:
            run.fail(f"{peer.name}: failed with {task.heap} {task.size:,}: {reason_of(done)}")
            return None
        measured: dict[str, Any] = json.loads(done.stdout)
    except subprocess.TimeoutExpired:
        run.fail(f"{peer.name}: took more than {SECONDS:.0f} s with {task.heap} {task.size:,}")
        return None
    except json.JSONDecodeError as error:
        run.fail(f"{peer.name}: no result with {task.heap} {task.size:,}: {error}")
        return None
    return Sample(work=task.work, size=task.size, peer=peer.name, turn=turn, **measured)
