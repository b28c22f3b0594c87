"""The main job: sustained dispatch, every collector mode, severed against cyclic against pinned.

``python -m bench.dispatch`` measures each variant × collector mode × shape × ending in a fresh
process, with ``--transport grpc`` also in its worker's process, times the variants in separate
processes, prints a summary table, and writes ``result.json``,
``timing.json``, PNGs and ``index.html`` to the output folder.

Reading order: :func:`main`, :func:`plan`, then :mod:`unknot.measuring.cell`.
"""

from __future__ import annotations

import os
import platform
import sys
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from itertools import product
from pathlib import Path
from typing import Any

import click
from msgspec import structs
from rich.console import Console

from bench.workloads import bundled
from unknot import files
from unknot.cli.commands import run_command
from unknot.cli.options import EFFORTS, JOBS
from unknot.cli.output import complain, say
from unknot.cli.portion import Selection, dividing
from unknot.cli.progress import progress
from unknot.cli.run_record import Run
from unknot.cli.status import FINE, INTERRUPTED
from unknot.errors import CellFailed, UnknotError
from unknot.measuring.comparison import compare_variants
from unknot.measuring.latency import (
    TimingEffort,
    dump_suite,
    join_blocks,
    latencies,
    time_specs,
)
from unknot.measuring.spec import CellSpec, Effort
from unknot.records import GcMode, Latency, Result
from unknot.report.figures import write_pictures
from unknot.report.page import write_page
from unknot.report.terminal import print_summary
from unknot.text import amount

PROGRAM = "python -m bench.dispatch"
WORKLOAD = "bench.workloads.bundled:dispatch"
POLICIES = {"severed": "sever", "cyclic": "keep", "pinned": "pin"}
MODES: tuple[GcMode, ...] = ("off", "auto", "forced")
TRANSPORTS = bundled.TRANSPORTS
SHAPES = tuple(dict.fromkeys(shape for shape, _ in bundled.OPERATIONS))
ENDINGS = tuple(dict.fromkeys(ending for _, ending in bundled.OPERATIONS))
WATCH = ("asyncio.Task", "contextvars.Context", "unknot.runtime.session.DispatchSession")
CLAIMS = {"asyncio.Task": 40.0, "contextvars.Context": 14.0}
"""The claim of wool's change: live objects of the old code over the new, sustained dispatch."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Level:
    """How much a run measures, of the headline (the first shape and ending) and elsewhere.

    Counts per operation do not depend on it.
    """

    headline: Effort
    elsewhere: Effort
    elsewhere_modes: tuple[GcMode, ...] = MODES
    timing: TimingEffort
    timing_modes: tuple[GcMode, ...]
    timing_variants: tuple[str, ...] = tuple(POLICIES)
    allocations: bool = True


@dataclass(slots=True, kw_only=True)
class DispatchRun(Run):
    """A run that also compares and times the variants."""

    level: Level
    folder: Path
    latencies: list[Latency] = field(default_factory=list)

    def result(self) -> Result:
        """With what the variants' comparison and timing say."""
        # By name: a dataclass with slots is made anew, and `super()` looks for the first.
        result = Run.result(self)
        plan = result.plan
        if plan is not None:
            plan = structs.replace(plan, candidate="severed", types=list(WATCH))
        return structs.replace(
            result,
            plan=plan,
            comparisons=compare_variants(result.cells, "severed", WATCH),
            latencies=self.latencies,
        )

    def page(self, _: int, spec: CellSpec) -> Path:
        """Where memray's page of a variant goes."""
        return self.folder / f"flame-{spec.variant}.html"


LEVELS = {
    "fast": Level(
        headline=Effort(samples=10, confirm_ops=1000),
        elsewhere=Effort(ops=200, samples=2, confirm_ops=400),
        elsewhere_modes=("off",),
        timing=TimingEffort(blocks=3, values=3, loops=240),
        timing_modes=("auto",),
        timing_variants=("severed", "cyclic"),
        allocations=False,
    ),
    "default": Level(
        headline=Effort(samples=25),
        elsewhere=Effort(ops=400, samples=10, confirm_ops=1000),
        timing=TimingEffort(blocks=5, values=4, loops=240),
        timing_modes=MODES,
    ),
    "rigorous": Level(
        headline=EFFORTS["rigorous"],
        elsewhere=EFFORTS["rigorous"],
        timing=TimingEffort(blocks=20, values=10, loops=480),
        timing_modes=MODES,
    ),
}


def plan(
    level: Level,
    variants: Sequence[str],
    modes: Sequence[GcMode],
    shapes: Sequence[str],
    endings: Sequence[str],
    transports: Sequence[str] = TRANSPORTS[:1],
    in_flight: int = 1,
) -> list[CellSpec]:
    """The cells of a run, the headline's first, so that an early Ctrl-C has something to show."""
    headline = shapes[0], endings[0]
    return [
        CellSpec(
            workload=WORKLOAD,
            parameters={
                "policy": POLICIES[variant],
                "shape": shape,
                "ending": ending,
                "transport": transport,
            },
            variant=variant,
            shape=shape_over(transport, shape),
            ending=ending,
            gc=mode,
            effort=level.headline if (shape, ending) == headline else level.elsewhere,
            watch=WATCH,
            in_flight=in_flight,
        )
        for transport, shape, ending, mode, variant in product(
            transports, shapes, endings, modes, variants
        )
        if mode in level.elsewhere_modes or (shape, ending) == headline
    ]


def shape_over(transport: str, shape: str) -> str:
    """The shape as recorded in cells: a dispatch to another process is a case of its own."""
    return shape if transport == "thread" else f"{transport} {shape}"


def time_variants(run: DispatchRun, specs: Sequence[CellSpec], console: Console) -> None:
    """Time the headline's dispatch per variant and mode into ``run`` and ``timing.json``.

    Of each transport; one beside the other is what :mod:`bench.floor` measures.
    """
    headline = [
        spec
        for spec in specs
        if _routine(spec) == _routine(specs[0])
        and spec.gc in run.level.timing_modes
        and spec.variant in run.level.timing_variants
    ]
    if not headline:
        return
    effort = run.level.timing
    blocks = []
    try:
        with progress(console, "timing", len(headline) * effort.blocks) as advance:
            for block in time_specs(headline, effort):
                blocks.append(block)
                advance(block.get_name())
    finally:
        suite = join_blocks(blocks)
        if suite is not None:
            files.replace(run.folder / "timing.json", dump_suite(suite))
            shapes = dict.fromkeys(spec.shape for spec in headline)
            run.latencies = [
                latency
                for shape in shapes
                for latency in latencies(
                    suite,
                    [spec for spec in headline if spec.shape == shape],
                    headline[0].variant,
                )
            ]
            run.save()


def _routine(spec: CellSpec) -> tuple[str, str]:
    return spec.parameters["shape"], spec.parameters["ending"]


def run_all(run: DispatchRun, specs: Sequence[CellSpec], timing: bool, console: Console) -> int:
    """Measure, time, report; return the exit code. Shows what was measured even after Ctrl-C."""
    status = FINE
    with run.stoppable():
        try:
            run.measure(run.choose(specs, [platform.python_version()] * len(specs)), console)
            if run.level.allocations:
                run.trace(dict(enumerate(specs)), run.page, console)
            if timing:
                time_variants(run, specs, console)
        except CellFailed as error:
            complain(error)
            status = error.exit_code
    run.finish()
    result = run.result()
    try:
        print_summary(result, console, CLAIMS)
        pictures = write_pictures(result, run.folder, CLAIMS)
        page = write_page(result, run.folder, pictures, CLAIMS)
    except KeyboardInterrupt:
        say(f"unknot: interrupted, what was measured is in {run.folder}", err=True)
        return INTERRUPTED
    say(f"{len(run.cells)} of {amount(len(specs), 'cell')}, report in {page}")
    return status or run.status()


@click.command(context_settings={"help_option_names": ["-h", "--help"]})
@click.option("--fast", "level", flag_value="fast", help="Under 20 s: gc on for one ending only.")
@click.option("--rigorous", "level", flag_value="rigorous", help="Minutes: more of everything.")
@click.option(
    "--transport",
    "transports",
    multiple=True,
    type=click.Choice(TRANSPORTS),
    help="What carries a dispatch to its worker: thread (the default), or grpc to another process.",
)
@click.option(
    "--in-flight", type=int, default=1, show_default=True, help="Dispatches at the same time."
)
@click.option("--variant", "variants", multiple=True, type=click.Choice(list(POLICIES)))
@click.option("--gc", "modes", multiple=True, type=click.Choice(MODES), help="Collector mode.")
@click.option("--shape", "shapes", multiple=True, type=click.Choice(SHAPES))
@click.option("--ending", "endings", multiple=True, type=click.Choice(ENDINGS))
@click.option("-n", "--ops", type=int, help="Dispatches in a cell's sustained stage.")
@click.option("--rounds", type=int, help="Rounds that the per-op counts come from, 4 or more.")
@click.option("--warmup", type=int, help="Dispatches before counting starts.")
@click.option("--time-limit", type=float, help="Seconds for one cell.")
@click.option(
    "--jobs",
    type=JOBS,
    default=(os.cpu_count() or 1) + 2,  # a cell waits for two fifths of its time
    show_default=True,
    help="Cells at a time.",
)
@dividing
@click.option("--timing/--no-timing", default=True, help="Time dispatches with pyperf.")
@click.option(
    "--allocations/--no-allocations",
    default=None,
    help="Trace where dispatches allocate, with memray; off by default with --fast.",
)
@click.option(
    "-o",
    "--output",
    type=click.Path(file_okay=False, path_type=Path),
    default=Path("reports/dispatch"),
    show_default=True,
    help="Folder for result.json, timing.json, index.html and PNGs.",
)
def main(
    level: str | None,
    transports: tuple[str, ...],
    in_flight: int,
    variants: tuple[str, ...],
    modes: tuple[GcMode, ...],
    shapes: tuple[str, ...],
    endings: tuple[str, ...],
    jobs: int,
    timing: bool,
    allocations: bool | None,
    output: Path,
    asked: Selection,
    **numbers: Any,
) -> None:
    """Sustained dispatch, measured: what each dispatch leaves behind, and what frees it.

    An option that selects cells can be given several times; without it, all of them are measured,
    but only the thread transport. Of several shards, the first also measures times.
    """
    chosen = LEVELS[level or "default"]
    try:
        given = {name: value for name, value in numbers.items() if value is not None}
        chosen = replace(
            chosen,
            headline=replace(chosen.headline, **given),
            elsewhere=replace(chosen.elsewhere, **given),
            allocations=chosen.allocations if allocations is None else allocations,
        )
        specs = plan(
            chosen,
            variants or tuple(POLICIES),
            modes or MODES,
            shapes or SHAPES,
            endings or ENDINGS,
            transports or TRANSPORTS[:1],
            in_flight,
        )
        run = DispatchRun(
            program=PROGRAM,
            title="Sustained dispatch",
            folder=output,
            output=output / "result.json",
            jobs=jobs,
            level=chosen,
            asked=asked,
        )
        timing = timing and (asked.share is None or asked.share.number == 1)
        files.ensure_writable(output / "result.json")
        status = run_all(run, specs, timing, Console())
    except UnknotError as error:
        complain(error)
        status = error.exit_code
    sys.exit(status)


if __name__ == "__main__":
    run_command(main, PROGRAM)
