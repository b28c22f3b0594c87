"""Times come from pyperf, in blocks that alternate, and pyperf reads what is kept."""

from __future__ import annotations

import json
import platform
import subprocess
import sys
from pathlib import Path
from statistics import mean

import pyperf
import pytest

from tests.patience import until_begun
from unknot.errors import CellFailed, TimeLimitExceeded
from unknot.measuring.latency import TimingEffort, dump_suite, join_blocks, latencies, time_specs
from unknot.measuring.spec import CellSpec
from unknot.measuring.stopwatch import time_workload
from unknot.records import GcMode

EFFORT = TimingEffort(blocks=3, values=3, loops=20)


def spec(folder: Path, variant: str, body: str, mode: GcMode = "auto") -> CellSpec:
    path = folder / f"{variant}_workload.py"
    path.write_text(f"import os, time\ndef op():\n    {body}\n")
    return CellSpec(workload=str(path), variant=variant, gc=mode)


def test_blocks_alternate_and_every_benchmark_has_all_its_values(tmp_path: Path) -> None:
    specs = [spec(tmp_path, "quick", "pass"), spec(tmp_path, "slow", "time.sleep(0.001)")]
    blocks = list(time_specs(specs, EFFORT))
    assert [block.get_name() for block in blocks] == ["quick auto", "slow auto"] * 3
    suite = join_blocks(blocks)
    assert suite is not None
    quick, slow = latencies(suite, specs, "quick")
    assert (quick.values, slow.values) == (9, 9)
    assert (quick.reference, quick.ratio, quick.significant) == (None, None, None)
    assert slow.reference == "quick"
    assert slow.ratio is not None
    assert slow.ratio > 10
    assert slow.significant is True
    assert slow.mean_s >= 0.001
    for latency in (quick, slow):
        assert latency.python == platform.python_version()
        assert len(latency.values_s) == latency.values
        assert mean(latency.values_s) == pytest.approx(latency.mean_s)
        values = [latency.values_s[at : at + 3] for at in (0, 3, 6)]
        assert [mean(each) for each in values] == pytest.approx(latency.process_means_s)


@pytest.mark.parametrize("mode", ["off", "auto", "forced"])
def test_every_mode_can_be_timed(tmp_path: Path, mode: GcMode) -> None:
    block = next(time_specs([spec(tmp_path, "some", "pass", mode)], EFFORT))
    assert block.get_nvalue() == 3


def test_as_many_operations_are_timed_as_were_asked_for(tmp_path: Path) -> None:
    made = spec(tmp_path, "counted", "os.truncate(__file__ + '.count', os.path.getsize(COUNT) + 1)")
    path = Path(made.workload)
    path.write_text(f"COUNT = __file__ + '.count'\n{path.read_text()}")
    count = path.with_name(f"{path.name}.count")
    count.touch()
    assert time_workload(made.workload, {}, "forced", 250) > 0
    assert count.stat().st_size == 1 + 250  # one to see that it is an operation


def test_pyperf_reads_what_is_kept(tmp_path: Path) -> None:
    suite = join_blocks(time_specs([spec(tmp_path, "some", "pass")], EFFORT))
    assert suite is not None
    path = tmp_path / "timing.json"
    path.write_bytes(dump_suite(suite))
    assert pyperf.BenchmarkSuite.load(str(path)).get_benchmark("some auto").get_nvalue() == 9
    for command in (["stats"], ["compare_to", str(path)]):
        done = subprocess.run(
            [sys.executable, "-m", "pyperf", *command, str(path)],
            capture_output=True,
            text=True,
            check=False,
        )
        assert done.returncode == 0, done.stderr
    assert json.loads(path.read_text())["version"]


def test_a_workload_that_fails_when_timed_is_an_error_with_its_output(tmp_path: Path) -> None:
    with pytest.raises(CellFailed, match="ZeroDivisionError"):
        next(time_specs([spec(tmp_path, "raises", "1 / 0")], EFFORT))


def test_a_workload_that_hangs_when_timed_runs_into_the_limit(tmp_path: Path) -> None:
    hurried = TimingEffort(blocks=1, values=1, loops=1, time_limit=until_begun())
    with pytest.raises(TimeLimitExceeded):
        next(time_specs([spec(tmp_path, "hangs", "time.sleep(60)")], hurried))
