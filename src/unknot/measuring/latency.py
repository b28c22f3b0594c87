"""Wall time of an operation per variant and collector mode, from pyperf.

Blocks of different variants alternate, each in a separate pyperf worker process, because times
on a shared machine are only comparable with times taken in the same minutes. No cell
is measured meanwhile.
"""

from __future__ import annotations

import json
import os
import platform
import subprocess
import sys
import tempfile
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from statistics import mean

import pyperf

from unknot.errors import CellFailed, TimeLimitExceeded
from unknot.measuring.process import clean_environment
from unknot.measuring.spec import CellSpec
from unknot.records import Latency
from unknot.significance import differ, summarize
from unknot.supervision import run_supervised

__all__ = ["TimingEffort", "dump_suite", "join_blocks", "latencies", "time_specs"]

FEWEST = 3
"""Minimum number of processes per benchmark for a statement about a difference."""


@dataclass(frozen=True, slots=True, kw_only=True)
class TimingEffort:
    """How much each benchmark is timed."""

    blocks: int = 5
    """Processes per benchmark; those of different benchmarks alternate."""
    values: int = 5
    """Values per process."""
    loops: int = 480
    """Operations per value; a multiple of those between two forced collections, so that each
    value includes its share of collections."""
    time_limit: float = 60.0
    """Time limit of one process, in seconds."""


def time_specs(specs: Sequence[CellSpec], effort: TimingEffort) -> Iterator[pyperf.Benchmark]:
    """Blocks of the specs' benchmarks in turn, each named by its spec's label.

    Raises :class:`~unknot.errors.CellFailed` if a process fails.
    """
    for _ in range(effort.blocks):
        for spec in specs:
            yield _time_block(spec, effort)


def join_blocks(blocks: Iterable[pyperf.Benchmark]) -> pyperf.BenchmarkSuite | None:
    """A pyperf suite with blocks of the same name joined; ``None`` without blocks."""
    benchmarks: dict[str, pyperf.Benchmark] = {}
    for block in blocks:
        if block.get_name() in benchmarks:
            benchmarks[block.get_name()].add_runs(block)
        else:
            benchmarks[block.get_name()] = block
    return pyperf.BenchmarkSuite(list(benchmarks.values())) if benchmarks else None


def latencies(
    suite: pyperf.BenchmarkSuite, specs: Sequence[CellSpec], reference: str
) -> list[Latency]:
    """The suite's benchmarks as records, each compared with ``reference`` in the same mode."""
    benchmarks = {benchmark.get_name(): benchmark for benchmark in suite}
    timed = [spec for spec in specs if spec.label in benchmarks]
    references = {spec.gc: benchmarks[spec.label] for spec in timed if spec.variant == reference}
    records = []
    for spec in timed:
        benchmark = benchmarks[spec.label]
        beside = references.get(spec.gc) if spec.variant != reference else None
        records.append(
            Latency(
                name=spec.label,
                variant=spec.variant,
                gc=spec.gc,
                values=benchmark.get_nvalue(),
                mean_s=benchmark.mean(),
                stdev_s=benchmark.stdev() if benchmark.get_nvalue() > 1 else 0.0,
                reference=reference if beside else None,
                ratio=benchmark.mean() / beside.mean() if beside else None,
                significant=_differ(beside, benchmark) if beside else None,
                shape=spec.shape,
                ending=spec.ending,
                workload=spec.workload,
                requirements=list(spec.requirements),
                python=platform.python_version(),  # the stopwatch runs under our own interpreter
                process_means_s=_process_means(benchmark),
                values_s=list(benchmark.get_values()),
            )
        )
    return records


def _differ(one: pyperf.Benchmark, other: pyperf.Benchmark) -> bool | None:
    """Whether the means differ: Student's two-sample t-test at 95 %.

    The samples are the means of processes. Values within one process are correlated, so taking each
    as a sample, as ``compare_to`` does, finds differences that do not exist.
    """
    means = [_process_means(benchmark) for benchmark in (one, other)]
    if min(map(len, means)) < FEWEST:
        return None
    return differ(*map(summarize, means))


def _process_means(benchmark: pyperf.Benchmark) -> list[float]:
    return [mean(run.values) for run in benchmark.get_runs()]


def dump_suite(suite: pyperf.BenchmarkSuite) -> bytes:
    """The suite as pyperf's JSON, for ``python -m pyperf stats`` and ``compare_to``."""
    with tempfile.TemporaryDirectory(prefix="unknot-") as folder:
        path = Path(folder, "suite.json")
        suite.dump(str(path))
        return path.read_bytes()


def _time_block(spec: CellSpec, effort: TimingEffort) -> pyperf.Benchmark:
    with tempfile.TemporaryDirectory(prefix="unknot-") as folder:
        output = Path(folder, "block.json")
        command = [
            *(sys.executable, "-m", "unknot.measuring.stopwatch", "--worker", "--quiet"),
            *("--loops", str(effort.loops), "--values", str(effort.values), "--warmups", "1"),
            *("--output", str(output), "--name", spec.label, "--workload", spec.workload),
            *("--parameters", json.dumps(dict(spec.parameters)), "--gc", spec.gc),
        ]
        try:
            done = run_supervised(
                command, env=clean_environment(os.environ), seconds=effort.time_limit
            )
        except subprocess.TimeoutExpired as error:
            raise TimeLimitExceeded(f"timing {spec.label}: over {effort.time_limit:g} s") from error
        if done.returncode or not output.exists():
            tail = done.stdout.decode(errors="replace")[-2000:]
            raise CellFailed(f"timing {spec.label}: exit status {done.returncode}\n{tail}")
        return pyperf.Benchmark.load(str(output))
