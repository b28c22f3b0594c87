"""What unknot costs compared with refcycle, objgraph, pympler, guppy3, pytest-memray and pyleak.

``python -m bench.instrument`` runs each on the same heaps, each time in a fresh process, in turns,
so that other load on the machine affects all of them equally. Then it runs whole commands in the
same way. It prints medians, with the number of repetitions, and ratios; writes every
figure to ``instrument.json``; adds a record to ``history.json``; and draws ``instrument.png`` and
``history.png``.

Reading order: :mod:`bench.heaps`, :mod:`bench.peers`, :mod:`bench.looks`,
:mod:`bench.commands`, :mod:`bench.history`, then :func:`main`.
"""

from __future__ import annotations

import json
import sys
from collections.abc import Sequence
from dataclasses import asdict
from datetime import UTC, datetime
from functools import partial
from pathlib import Path
from statistics import median
from textwrap import wrap

import click
import msgspec
from rich.console import Console

from bench import commands, history
from bench.looks import FAST, FULL, Run, measure, measure_commands
from bench.peers import PEERS, UNKNOT, count
from bench.rating import Sample, Verdict, pick, ratio, verdicts
from unknot.cli.commands import run_command
from unknot.cli.output import complain
from unknot.errors import UnknotError, UsageError
from unknot.files import ensure_writable, replace
from unknot.measuring.environment import describe_environment

ROOT = Path(__file__).parent.parent
ROUNDS = 9
"""Turns of the commands in the full run."""


def note_load(run: Run) -> None:
    """A warning if other work ran at the same time, which affects seconds more than ratios."""
    load, cores = run.machine.load, run.machine.cores
    if load is not None and load >= cores:
        run.note(
            f"busy: a load of {load:g} on {count(cores, 'core')} when it began; seconds are long"
        )


def print_tables(run: Run) -> None:
    """What each tool took, as a multiple of what, and what it found; 80 columns."""
    if not run.tasks:
        return
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


def print_commands(run: Run) -> None:
    """What whole commands cost; 80 columns."""
    if not run.rounds:
        return
    print("\n".join(commands.cost_lines(commands.summarize(run.commands))))
    runs = count(run.rounds, "run")
    print(f"\nMedians of {runs} each, in turns. ×: as a multiple of the table's first")
    print("line, the median of the turns' ratios.\n")


def _times(samples: Sequence[Sample], others: Sequence[Sample]) -> str:
    found = ratio(samples, others)
    if found is None:
        return " " * 8
    return f"{found:>7,.0f}×" if found >= 100 else f"{found:>7.{2 if found < 0.1 else 3}g}×"


def print_stages(run: Run) -> None:
    """Where unknot's time goes, at the largest heap."""
    if not run.tasks:
        return
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
    """``instrument.json``: every repetition, and the figures computed from them."""
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
        "commands": [asdict(one) for one in run.commands],
    }
    text = json.dumps(document, indent=1, ensure_ascii=False)
    replace(folder / "instrument.json", text.encode() + b"\n")


def record(run: Run, folder: Path, *, fast: bool) -> tuple[history.Record, ...]:
    """All records, including this run's. Raises UsageError if the file is not a history."""
    tasks = [(task.title, task.work, task.size) for task in run.tasks]
    rows = (
        *history.heap_rows(tasks, run.samples),
        *history.command_rows(commands.summarize(run.commands)),
    )
    written = history.Record(
        date=run.started.astimezone(UTC).isoformat(timespec="seconds"),
        commit=history.commit(ROOT),
        machine=run.machine,
        rows=rows,
        fast=fast,
    )
    return history.add(folder / "history.json", written)


def draw(run: Run, records: Sequence[history.Record], folder: Path) -> None:
    """Draw the pictures. Raises UsageError if matplotlib is missing."""
    try:
        from bench.growth import Curve, draw_growth
        from bench.trend import draw_trend
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
    pictures = {"history.png": partial(draw_trend, records)}
    if curves:
        pictures["instrument.png"] = partial(draw_growth, curves, UNKNOT, subtitle)
    for name, drawing in pictures.items():
        replace(folder / name, png(drawing))


@click.command(context_settings={"help_option_names": ["-h", "--help"]})
@click.option("--fast", is_flag=True, help="Small heaps, once: a quick check, not a measurement.")
@click.option("--only", type=click.Choice(["heaps", "commands"]), help="Run only one half.")
@click.option(
    "-o",
    "--output",
    type=click.Path(file_okay=False, path_type=Path),
    default=Path("reports/instrument"),
    show_default=True,
    help="Folder for the figures, their history and the pictures.",
)
def main(fast: bool, only: str | None, output: Path) -> None:
    """Measure the cost of unknot and other instruments on the same heaps, and that of its commands.

    The exit code is 1 if an instrument failed; the others are measured all the same.
    """
    tasks, rounds = (FAST, 1) if fast else (FULL, ROUNDS)
    run = Run(() if only == "commands" else tasks, 0 if only == "heaps" else rounds)
    try:
        for name in ("instrument.json", "history.json"):
            ensure_writable(output / name)
        history.load(output / "history.json")  # before anything is measured
        console = Console(stderr=True)
        measure(run, console)
        measure_commands(run, console)
        judged = [
            *verdicts(run.samples),
            *commands.promises(commands.summarize(run.commands)),
        ]
        note_load(run)
        print_tables(run)
        print_stages(run)
        print_commands(run)
        for line in (*run.notes, *map(str, judged)):
            print("\n".join(wrap(line, 80, subsequent_indent="  ")))
        write(run, judged, output)
        records = record(run, output, fast=fast)
        draw(run, [one for one in records if one.fast == fast], output)
        print(f"All repetitions, the history and the pictures are in {output}.")
        for failure in run.failures:
            click.echo(f"error: {failure}", err=True)
        if run.failures:
            sys.exit(1)
    except UnknotError as error:
        complain(error)
        sys.exit(error.exit_code)


if __name__ == "__main__":
    run_command(main, "python -m bench.instrument")
