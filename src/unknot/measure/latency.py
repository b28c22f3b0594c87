"""Wall time of an operation per variant and collector mode, from pyperf.

Blocks of different variants alternate, each in a pyperf worker process of its own, because times
on a shared machine mean something only beside times that were taken in the same minutes. No cell
is measured meanwhile.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
import tempfile
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

import pyperf

from unknot.errors import CellFailed, TimeLimitExceeded
from unknot.measure.process import clean_environment
from unknot.measure.spec import CellSpec
from unknot.records import Latency

__all__ = ["TimingEffort", "dump_suite", "latencies", "time_specs"]


@dataclass(frozen=True, slots=True, kw_only=True)
class TimingEffort:
    """How long each benchmark is timed."""

    blocks: int = 5
    """Processes per benchmark; those of different benchmarks alternate."""
    values: int = 5
    """Values per process."""
    loops: int = 400
    """Operations per value."""
    time_limit: float = 60.0
    """Seconds that one process may take."""


def time_specs(
    specs: Sequence[CellSpec], effort: TimingEffort, on_block: Callable[[str], None]
) -> pyperf.BenchmarkSuite:
    """One benchmark per spec, named by its label, as pyperf's own suite.

    ``on_block`` is called with the label after each block. Raises
    :class:`~unknot.errors.CellFailed` where a process fails.
    """
    benchmarks: dict[str, pyperf.Benchmark] = {}
    for _ in range(effort.blocks):
        for spec in specs:
            block = _time_block(spec, effort)
            if spec.label in benchmarks:
                benchmarks[spec.label].add_runs(block)
            else:
                benchmarks[spec.label] = block
            on_block(spec.label)
    return pyperf.BenchmarkSuite(list(benchmarks.values()))


def latencies(
    suite: pyperf.BenchmarkSuite, specs: Sequence[CellSpec], reference: str
) -> list[Latency]:
    """The suite's benchmarks as records, each beside variant ``reference`` in the same mode."""
    benchmarks = {benchmark.get_name(): benchmark for benchmark in suite}
    references = {spec.gc: benchmarks[spec.label] for spec in specs if spec.variant == reference}
    records = []
    for spec in specs:
        benchmark = benchmarks[spec.label]
        beside = references.get(spec.gc) if spec.variant != reference else None
        records.append(
            Latency(
                name=spec.label,
                variant=spec.variant,
                gc=spec.gc,
                values=benchmark.get_nvalue(),
                mean_s=benchmark.mean(),
                stdev_s=benchmark.stdev(),
                reference=reference if beside else None,
                ratio=benchmark.mean() / beside.mean() if beside else None,
                significant=_differ(beside, benchmark) if beside else None,
            )
        )
    return records


def _differ(one: pyperf.Benchmark, other: pyperf.Benchmark) -> bool:
    """Whether the means differ: Student's two-sample t-test at 95 %, as pyperf's ``compare_to``."""
    from scipy.stats import ttest_ind  # here, because it takes longer to import than all the rest

    return bool(ttest_ind(one.get_values(), other.get_values()).pvalue < 0.05)


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
            *(sys.executable, "-m", "unknot.measure.stopwatch", "--worker", "--quiet"),
            *("--loops", str(effort.loops), "--values", str(effort.values), "--warmups", "1"),
            *("--output", str(output), "--name", spec.label, "--workload", spec.workload),
            *("--parameters", json.dumps(dict(spec.parameters)), "--gc", spec.gc),
        ]
        try:
            done = subprocess.run(
                command,
                stdin=subprocess.DEVNULL,
                stdout=subprocess.PIPE,
                stderr=subprocess.STDOUT,
                timeout=effort.time_limit,
                env=clean_environment(os.environ),
                check=False,
            )
        except subprocess.TimeoutExpired as error:
            raise TimeLimitExceeded(f"timing {spec.label}: over {effort.time_limit:g} s") from error
        if done.returncode or not output.exists():
            tail = done.stdout.decode(errors="replace")[-2000:]
            raise CellFailed(f"timing {spec.label}: exit status {done.returncode}\n{tail}")
        return pyperf.Benchmark.load(str(output))
