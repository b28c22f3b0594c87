"""The main job, run as people run it, and what is promised of its result."""

from __future__ import annotations

import signal
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path

import pytest

from bench.dispatch import ENDINGS, SHAPES, TRANSPORTS, WATCH, shape_over
from unknot.records import Cell, Result, TypeCount, read_result

COMMAND = [sys.executable, "-m", "bench.dispatch"]
PLACES = [
    (shape_over(transport, shape), ending)
    for transport in TRANSPORTS
    for shape in SHAPES
    for ending in ENDINGS
]
TASK, CONTEXT, SESSION = WATCH


def run(*arguments: object) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [*COMMAND, *map(str, arguments)],
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        timeout=500,
        check=False,
    )


def by_place(result: Result) -> dict[tuple[str, str | None, str | None], Cell]:
    assert all(cell.error is None for cell in result.cells)
    return {(cell.variant, cell.shape, cell.ending): cell for cell in result.cells}


@pytest.fixture(scope="module")
def every_ending(tmp_path_factory: pytest.TempPathFactory) -> Result:
    """Each transport, variant, shape and ending, collector off, few operations."""
    folder = tmp_path_factory.mktemp("endings")
    transports = [word for transport in TRANSPORTS for word in ("--transport", transport)]
    done = run("--fast", "--gc", "off", "-n", 200, "--no-timing", *transports, "-o", folder)
    assert done.returncode == 0, done.stderr
    return read_result(folder / "result.json")


@pytest.fixture(scope="module")
def headline(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, str]:
    """A thousand dispatches that return, in every collector mode: the folder, and what is said."""
    folder = tmp_path_factory.mktemp("headline")
    done = run("--fast", "--shape", "coroutine", "--ending", "returned", "-o", folder)
    assert done.returncode == 0, done.stderr
    return folder, done.stdout


@pytest.mark.parametrize(("shape", "ending"), PLACES)
def test_a_severed_dispatch_leaves_nothing(every_ending: Result, shape: str, ending: str) -> None:
    cell = by_place(every_ending)["severed", shape, ending]
    assert cell.verdict == "clean"
    assert cell.per_op is not None
    assert (cell.per_op.retained, cell.per_op.cyclic, cell.per_op.leaked) == (0, 0, 0)
    assert (cell.per_op.garbage, cell.per_op.blocks_leaked) == (0, 0)
    assert cell.per_op.asyncgen_finalizers == 0
    assert cell.notes == []


@pytest.mark.parametrize(("shape", "ending"), PLACES)
def test_a_kept_dispatch_leaves_a_task_a_context_and_a_session_in_a_cycle(
    every_ending: Result, shape: str, ending: str
) -> None:
    cell = by_place(every_ending)["cyclic", shape, ending]
    assert cell.verdict == "cyclic"
    for name in WATCH:
        found = cell.types[name]
        assert (found.cyclic_per_op, found.garbage_per_op, found.leaked_per_op) == (1, 1, 0)


@pytest.mark.parametrize(("shape", "ending"), PLACES)
def test_a_pinned_dispatch_leaves_the_same_for_ever(
    every_ending: Result, shape: str, ending: str
) -> None:
    pinned = by_place(every_ending)["pinned", shape, ending]
    cyclic = by_place(every_ending)["cyclic", shape, ending]
    assert pinned.verdict == "leaking"
    assert pinned.per_op is not None
    assert cyclic.per_op is not None
    assert (pinned.per_op.cyclic, pinned.per_op.garbage) == (0, 0)
    assert pinned.per_op.leaked == cyclic.per_op.cyclic
    rates = {name: found.leaked_per_op for name, found in pinned.types.items()}
    assert {name: rate for name, rate in rates.items() if rate} == {
        name: found.cyclic_per_op for name, found in cyclic.types.items() if found.cyclic_per_op
    }


@pytest.mark.parametrize(("shape", "ending"), [place for place in PLACES if "grpc" in place[0]])
@pytest.mark.parametrize("variant", ["severed", "cyclic", "pinned"])
def test_what_a_dispatch_to_a_process_leaves_it_leaves_in_the_worker_alone(
    every_ending: Result, variant: str, shape: str, ending: str
) -> None:
    """The same types and counts as with the thread, and nothing in the caller."""
    cells = by_place(every_ending)
    grpc = cells[variant, shape, ending]
    thread = cells[variant, shape.removeprefix("grpc "), ending]
    caller, worker = grpc.processes
    assert (caller.verdict, caller.per_op and caller.per_op.retained) == ("clean", 0)
    assert worker.verdict == thread.verdict
    assert rates(worker.types) == rates(thread.types)
    assert [cycle.signature for cycle in grpc.cycles] == [
        cycle.signature for cycle in thread.cycles
    ]


def rates(types: Mapping[str, TypeCount]) -> dict[str, tuple[float, ...]]:
    found = {
        name: (one.cyclic_per_op, one.garbage_per_op, one.leaked_per_op)
        for name, one in types.items()
    }
    return {name: one for name, one in found.items() if any(one)}


@pytest.mark.once
@pytest.mark.parametrize("transport", TRANSPORTS)
def test_what_is_in_flight_together_leaves_nothing_either(transport: str, tmp_path: Path) -> None:
    done = run("--fast", "--gc", "off", "-n", 512, "--in-flight", 64, "--no-timing",
               "--transport", transport, "--variant", "severed", "-o", tmp_path)  # fmt: skip
    assert done.returncode == 0, done.stderr
    cells = read_result(tmp_path / "result.json").cells
    assert len(cells) == len(SHAPES) * len(ENDINGS)
    for cell in cells:
        assert cell.in_flight == 64
        assert cell.per_op is not None
        assert (cell.verdict, cell.per_op.retained, cell.per_op.leaked) == ("clean", 0, 0)


def test_the_files_are_all_there(headline: tuple[Path, str]) -> None:
    folder, _ = headline
    names = {path.name for path in folder.iterdir()}
    assert {"result.json", "timing.json", "index.html", "live.png", "reduction.png"} <= names
    assert not [name for name in names if name.startswith(".")]


def test_the_reduction_is_at_least_what_was_claimed(headline: tuple[Path, str]) -> None:
    result = read_result(headline[0] / "result.json")
    ratios = {
        (found.gc, found.type): found.ratio
        for found in result.comparisons
        if found.baseline == "cyclic"
    }
    assert set(ratios) == {(mode, name) for mode in ("off", "auto", "forced") for name in WATCH}
    assert (ratios["off", TASK] or 0) >= 40
    assert (ratios["off", CONTEXT] or 0) >= 14
    assert ratios["off", SESSION] is None  # none is left: no ratio


def test_the_latencies_are_there_and_the_first_variant_is_the_reference(
    headline: tuple[Path, str],
) -> None:
    latencies = read_result(headline[0] / "result.json").latencies
    assert [found.reference for found in latencies] == [None, "severed"]
    assert all(found.mean_s > 0 for found in latencies)


def test_what_is_printed_fits_a_terminal_and_has_no_colour(headline: tuple[Path, str]) -> None:
    said = headline[1]
    assert "\x1b" not in said
    assert max(map(len, said.splitlines()[:-1])) <= 80
    assert "severed: clean" in said


@pytest.mark.parametrize(
    ("arguments", "complaint"),
    [
        (["--gc", "sometimes"], "sometimes"),
        (["-n", "2"], "ops must be at least"),
        (["--rounds", "1"], "rounds must be at least 4"),
        (["-o", f"{__file__}/below"], "cannot be written"),
        (["--jobs", "0"], "jobs"),
        (["--jobs", "99999999999"], "jobs"),
        (["--in-flight", "0"], "--in-flight must be at least 1"),
        (["--in-flight", "99999999999"], "--in-flight must be at most 100,000"),
    ],
)
def test_wrong_use_is_told_in_a_line_and_is_exit_code_2(
    arguments: list[str], complaint: str
) -> None:
    done = run(*arguments)
    assert done.returncode == 2
    assert complaint in done.stderr
    assert "Traceback" not in done.stderr


def test_cells_that_run_out_of_time_are_records_and_exit_code_124(tmp_path: Path) -> None:
    done = run("--variant", "severed", "--gc", "off", "--shape", "coroutine", "--no-timing",
               "--time-limit", 0.3, "-n", 400000, "-o", tmp_path)  # fmt: skip
    assert done.returncode == 124, done.stderr
    result = read_result(tmp_path / "result.json")
    assert [cell.error.kind for cell in result.cells if cell.error] == ["timeout"] * len(ENDINGS)
    assert (tmp_path / "index.html").exists()


def test_ctrl_c_keeps_what_is_measured(tmp_path: Path) -> None:
    arguments = ["--gc", "off", "-n", "400", "--no-timing", "--jobs", "1", "-o", str(tmp_path)]
    with subprocess.Popen(
        [*COMMAND, *arguments], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
    ) as process:
        assert process.stdout is not None
        assert process.stdout.readline().startswith("cells 1/")
        process.send_signal(signal.SIGINT)
        _, complaints = process.communicate(timeout=60)
    assert process.returncode == 130, complaints
    assert complaints.startswith("unknot: interrupted, ")
    assert "Traceback" not in complaints
    result = read_result(tmp_path / "result.json")
    assert result.interrupted
    assert 1 <= len(result.cells) < 24
    assert (tmp_path / "index.html").exists()


def test_allocations_are_traced_per_variant_and_what_is_pinned_has_a_holder(tmp_path: Path) -> None:
    done = run("--fast", "--allocations", "--no-timing", "--gc", "off", "--shape", "coroutine",
               "--ending", "returned", "-n", 200, "-o", tmp_path)  # fmt: skip
    assert done.returncode == 0, done.stderr
    result = read_result(tmp_path / "result.json")
    left = {one.variant: one.left_bytes / one.ops for one in result.allocations}
    assert list(left) == ["severed", "cyclic", "pinned"]
    assert left["severed"] < 500 < 1500 < min(left["cyclic"], left["pinned"])
    assert all((tmp_path / f"flame-{variant}.html").exists() for variant in left)
    assert {(one.variant, one.type) for one in result.holders} >= {("pinned", SESSION)}
    assert (tmp_path / "allocations.png").exists()
    assert "unknot.runtime.release" in result.holders[0].dot


def test_fast_traces_nothing_unasked(headline: tuple[Path, str]) -> None:
    assert read_result(headline[0] / "result.json").allocations == []
