"""What unknot costs beside refcycle, objgraph, pympler, guppy3 and a plain ``gc.collect()``.

``python -m bench.instrument`` shows the same heaps to each, in a fresh process a time, in turns, so
that what else the machine does falls on all alike. It prints medians, with how many repetitions
they are of, and ratios, and leaves every figure in ``instrument.json`` and a picture in
``instrument.png``.

Reading order: :mod:`bench.heaps`, :mod:`bench.peers`, then :func:`main`.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Iterator, Sequence
from dataclasses import asdict, dataclass, field
from datetime import UTC, datetime
from functools import partial
from pathlib import Path
from statistics import median
from textwrap import wrap
from typing import Any

import click
import msgspec
from rich.console import Console

from bench.peers import PEERS, UNKNOT, Peer, count
from bench.rating import Sample, Verdict, pick, ratio, verdicts
from unknot.cli.commands import run_command
from unknot.cli.output import complain
from unknot.cli.progress import progress
from unknot.errors import UnknotError, UsageError
from unknot.measuring.environment import describe_environment
from unknot.measuring.process import clean_environment
from unknot.report import ensure_writable, replace

SECONDS = 600.0
"""What one process may take."""


@dataclass(frozen=True, slots=True)
class Task:
    """One kind of work on one heap; every peer that can does it, ``rounds`` times in turn."""

    work: str
    heap: str
    size: int
    rounds: int
    times: int
    """Looks in one process. Looking for garbage uses it up, for some: 1."""

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
    """What one run has measured so far, and what it could not."""

    tasks: Sequence[Task]
    samples: list[Sample] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)
    failures: list[str] = field(default_factory=list)
    """Looks that were to be and did not come to an end; the rest is measured all the same."""
    started: datetime = field(default_factory=lambda: datetime.now(UTC).astimezone())

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
    """Every look of the plan, each in a process of its own, into ``run``."""
    plan = list(run.plan())
    with progress(console, "instruments", len(plan)) as advance:
        for task, turn, peer in plan:
            sample = look(run, task, turn, peer)
            if sample is not None:
                run.samples.append(sample)
            advance(f"{peer.name}, {task.heap} {task.size:,}")


def look(run: Run, task: Task, turn: int, peer: Peer) -> Sample | None:
    """What one process measured; None where it failed, which the run then knows."""
    arguments = (task.work, peer.name, task.heap, task.size, task.times)
    command = [sys.executable, "-m", "bench.peers", *map(str, arguments)]
    try:
        done = subprocess.run(
            command,
            env=clean_environment(os.environ),
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            timeout=SECONDS,
            check=True,
        )
        measured: dict[str, Any] = json.loads(done.stdout)
    except subprocess.TimeoutExpired:
        run.fail(f"{peer.name}: took more than {SECONDS:.0f} s with {task.heap} {task.size:,}")
        return None
    except json.JSONDecodeError as error:
        run.fail(f"{peer.name}: no result with {task.heap} {task.size:,}: {error}")
        return None
    except subprocess.CalledProcessError as error:
        reason = (error.stderr.strip().splitlines() or [f"exit code {error.returncode}"])[-1]
        run.fail(f"{peer.name}: failed with {task.heap} {task.size:,}: {reason}")
        return None
    return Sample(work=task.work, size=task.size, peer=peer.name, turn=turn, **measured)


def print_tables(run: Run) -> None:
    """Who took how long, as a multiple of whom, and found what; 80 columns."""
    for task in run.tasks:
        base = PEERS[task.work][0].name
        mine = pick(run.samples, task.work, task.size, UNKNOT)
        bare = pick(run.samples, task.work, task.size, base)
        print(f"{task.title}\n  {task.repetitions}")
        print(f"  × {base}, × {UNKNOT}, MB of memory, what was found")
        for peer in PEERS[task.work]:
            samples = pick(run.samples, task.work, task.size, peer.name)
            if samples:
                print(
                    f"  {peer.name:22}{median(s.median for s in samples) * 1e3:>9,.1f} ms"
                    f"{_times(samples, bare)}{_times(samples, mine)}"
                    f"{max(0.0, median(s.added for s in samples)) / 1e6:>7,.0f} MB  "
                    f"{samples[0].found.split(', ')[-1]}"
                )
        print()
    print("Times: the median of the processes' medians. ×: as a multiple of that, the")
    print("median of the turns' ratios. MB: peak memory above that of the heap, median.\n")


def _times(samples: Sequence[Sample], others: Sequence[Sample]) -> str:
    found = ratio(samples, others)
    return " " * 8 if found is None else f"{found:>7.3g}×" if found < 100 else f"{found:>7,.0f}×"


def print_stages(run: Run) -> None:
    """Where unknot's time goes, at the largest heap."""
    task = run.tasks[-1]
    samples = pick(run.samples, task.work, task.size, UNKNOT)
    if samples:
        stages = {
            name: median(sample.stages[name] for sample in samples) for name in samples[0].stages
        }
        total = sum(stages.values())
        shares = ", ".join(f"{name} {part / total:.0%}" for name, part in stages.items())
        said = f"unknot at {task.size:,}: {shares}."
        print("\n".join(wrap(said, 80, subsequent_indent="  ")))


def write(run: Run, judged: Sequence[Verdict], folder: Path) -> None:
    """``instrument.json``: every repetition, and what was made of them."""
    environment = describe_environment(
        ["python", "-m", "bench.instrument", *sys.argv[1:]],
        run.started,
        datetime.now(UTC).astimezone(),
        1,
    )
    document = {
        "environment": msgspec.to_builtins(environment),
        "notes": run.notes,
        "failures": run.failures,
        "verdicts": [asdict(verdict) for verdict in judged],
        "samples": [asdict(sample) for sample in run.samples],
    }
    text = json.dumps(document, indent=1, ensure_ascii=False)
    replace(folder / "instrument.json", text.encode() + b"\n")


def draw(run: Run, folder: Path) -> None:
    """``instrument.png``. Raises UsageError where matplotlib is missing."""
    try:
        from bench.growth import Curve, draw_growth
        from unknot.report.figures.canvas import png
    except ModuleNotFoundError as error:
        raise UsageError(
            f"the picture needs {error.name}: python -m pip install 'unknot[instrument]'"
        ) from error
    sizes = [task.size for task in run.tasks if task.work == "garbage"]
    curves = {}
    for peer in PEERS["garbage"]:
        found = {size: pick(run.samples, "garbage", size, peer.name) for size in sizes}
        measured = {size: samples for size, samples in found.items() if samples}
        if measured:
            curves[peer.name] = Curve(
                seconds=[(n, median(s.median for s in some)) for n, some in measured.items()],
                added=[(n, median(s.added for s in some)) for n, some in measured.items()],
            )
    subtitle = "Garbage, strongly connected components and kinds of cycle; fresh processes in turns"
    replace(folder / "instrument.png", png(partial(draw_growth, curves, UNKNOT, subtitle)))


@click.command(context_settings={"help_option_names": ["-h", "--help"]})
@click.option("--fast", is_flag=True, help="Small heaps, once: shows that it works, proves little.")
@click.option(
    "-o",
    "--output",
    type=click.Path(file_okay=False, path_type=Path),
    default=Path("reports/instrument"),
    show_default=True,
    help="Folder for instrument.json and instrument.png.",
)
def main(fast: bool, output: Path) -> None:
    """What unknot costs beside other instruments, on the same heaps, in one run.

    Exit code 1 where an instrument failed, once the others are measured.
    """
    run = Run(FAST if fast else FULL)
    try:
        ensure_writable(output / "instrument.json")
        measure(run, Console(stderr=True))
        judged = verdicts(run.samples)
        print_tables(run)
        print_stages(run)
        for line in (*run.notes, *map(str, judged)):
            print("\n".join(wrap(line, 80, subsequent_indent="  ")))
        write(run, judged, output)
        draw(run, output)
        print(f"All repetitions and the picture are in {output}.")
        for failure in run.failures:
            click.echo(f"error: {failure}", err=True)
        if run.failures:
            sys.exit(1)
    except UnknotError as error:
        complain(error)
        sys.exit(error.exit_code)


if __name__ == "__main__":
    run_command(main, "python -m bench.instrument")
