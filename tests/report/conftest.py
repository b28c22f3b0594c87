"""A made-up result, for tests of the layout only.

Every number here is invented: nothing was measured. Never copy one into documentation, a report
or a claim.
"""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Literal

import msgspec
import pytest

from unknot.records import (
    SCHEMA,
    Cell,
    CellError,
    Collections,
    CollectorPass,
    Comparison,
    Difference,
    Environment,
    GcMode,
    Latency,
    Memory,
    PerOp,
    Result,
    Series,
    TypeCount,
    Verdict,
    Window,
)
from unknot.report.figures import write_pictures

TASK = "asyncio.Task"
CONTEXT = "contextvars.Context"
SESSION = "unknot.runtime.session.DispatchSession"
TYPES = (TASK, CONTEXT, SESSION)
VARIANTS = ("severed", "cyclic", "pinned")
MODES: tuple[GcMode, ...] = ("off", "auto", "forced")
SHAPES = ("coroutine", "stream")
ENDINGS = ("returned", "raised", "cancelled", "abandoned")
CLAIMS = {TASK: 40.0, CONTEXT: 14.0}
OPS = 1000
HOSTILE = (
    "<script>alert('x')</script>",
    "long." + "x" * 5_000,
    "\u202ertl \u05e9\u05dc\u05d5\u05dd \u0627\u0644\u0639",
    "emoji \N{PILE OF POO}\N{FAMILY}",
    "terminal\x1b[31mred\x07\r\n[bold]markup[/bold] $x^2$ {{ 7*7 }}",
)

_LEFT: dict[str, tuple[Verdict, float, float]] = {
    "severed": ("clean", 0.0, 0.0),
    "cyclic": ("cyclic", 12.0, 0.0),
    "pinned": ("leaking", 0.0, 12.0),
}
_BASE = {TASK: 4, CONTEXT: 11, SESSION: 0}
_PERIOD = {"off": OPS, "auto": 290, "forced": 100}


def environment() -> Environment:
    return Environment(
        python="3.11.7",
        implementation="CPython",
        build="main, made up",
        gc_thresholds=(700, 10, 10),
        platform="Linux made-up",
        machine="x86_64",
        cpu_count=2,
        hash_seed="0",
        packages={"cloudpickle": "3.1.1", "unknot": "0.1.0"},
        command=["python", "-m", "bench.dispatch", "--fast", "-o", "a folder"],
        started="2026-11-23T18:00:00+00:00",
        duration_s=17.25,
        jobs=2,
    )


def live(variant: str, gc: GcMode, name: str, ops: int) -> int:
    """A saw-tooth with the collector on, a ramp with it off or with a leak."""
    per_op = 0 if variant == "severed" else 1
    kept = ops if variant == "pinned" else ops % _PERIOD[gc] if gc != "off" else ops
    return _BASE[name] + per_op * kept + (2 if 0 < ops < OPS else 0)


def series(variant: str, gc: GcMode) -> Series:
    ops = list(range(0, OPS + 1, 10))
    types = {name: [live(variant, gc, name, done) for done in ops] for name in TYPES}
    total = [30_000 + 14 * (count - _BASE[TASK]) for count in types[TASK]]
    return Series(ops=ops, total=total, types=types)


def collections(variant: str, gc: GcMode) -> Collections:
    if gc == "off":
        log: list[CollectorPass] = []
    else:
        step = 29 if gc == "auto" else 100
        weight = {"severed": 1.0, "cyclic": 3.0, "pinned": 5.0}[variant]
        log = [
            CollectorPass(
                ops=ops,
                generation=2 if gc == "forced" or i % 10 == 9 else 1 if i % 5 == 4 else 0,
                pause_s=weight * (0.004 if gc == "forced" or i % 10 == 9 else 0.0003),
                collected=0 if variant != "cyclic" else 12 * step,
            )
            for i, ops in enumerate(range(step, OPS + 1, step))
        ]
    pauses = [one.pause_s for one in log]
    return Collections(
        passes=len(log),
        passes_by_generation=[sum(one.generation == g for one in log) for g in range(3)],
        collected=sum(one.collected for one in log),
        uncollectable=0,
        pause_total_s=sum(pauses),
        pause_max_s=max(pauses, default=0.0),
        duration_s=0.25,
        log=log,
    )


def cell(
    variant: str,
    gc: GcMode = "off",
    shape: str | None = "coroutine",
    ending: str | None = "returned",
    sustained: bool = True,
) -> Cell:
    verdict, cyclic, leaked = _LEFT.get(variant, _LEFT["cyclic"])
    if ending == "raised":
        cyclic, leaked = cyclic * 1.75, leaked * 1.75
    per_op = PerOp(
        retained=cyclic + leaked,
        cyclic=cyclic,
        leaked=leaked,
        garbage=cyclic * 0.75,
        blocks=(cyclic + leaked) * 2.5 + (0.005 if shape == "stream" else 0),
        blocks_leaked=leaked * 2.5,
        asyncgen_finalizers=0.0,
    )
    window = Window(
        ops=100,
        base=0,
        live=1200,
        garbage=900,
        survived=0,
        blocks=3000,
        blocks_survived=0,
        asyncgen_finalizers=0,
    )
    one = 0.0 if variant == "severed" else 1.0
    types = {
        name: TypeCount(
            before=live(variant, gc, name, 0),
            after=live(variant, gc, name, OPS),
            peak=max(live(variant, gc, name, ops) for ops in range(OPS + 1)),
            retained_per_op=one,
            cyclic_per_op=one if cyclic else 0.0,
            leaked_per_op=one if leaked else 0.0,
            garbage_per_op=one if cyclic else 0.0,
        )
        for name in TYPES
    }
    return Cell(
        workload="bundled",
        variant=variant,
        shape=shape,
        ending=ending,
        gc=gc,
        python="3.11.7",
        ops=OPS,
        rounds=4,
        verdict=verdict,
        per_op=per_op,
        windows=[window] * 4,
        types=types,
        series=series(variant, gc) if sustained else None,
        collections=collections(variant, gc) if sustained else None,
        memory=Memory(rss_before=40 << 20, rss_after=44 << 20, uss_before=30 << 20, uss_after=None),
    )


def failed_cell(variant: str, gc: GcMode = "off", message: str = "it raised: 7\nand more") -> Cell:
    return Cell(
        workload="bundled",
        variant=variant,
        shape="coroutine",
        ending="returned",
        gc=gc,
        python="3.11.7",
        ops=OPS,
        rounds=4,
        error=CellError(
            kind="crashed",
            message=message,
            traceback="Traceback (most recent call last):\n  <frame>\nValueError: made up",
            output="last words of the process",
            exit_status=-11,
        ),
    )


def comparisons() -> list[Comparison]:
    found = []
    for baseline in ("cyclic", "pinned"):
        for gc in MODES:
            for name in TYPES:
                many = max(live(baseline, gc, name, ops) for ops in range(0, OPS + 1, 10))
                few = live("severed", gc, name, OPS)
                found.append(
                    Comparison(
                        baseline=baseline,
                        candidate="severed",
                        shape="coroutine",
                        ending="returned",
                        gc=gc,
                        type=name,
                        measure="after" if gc == "off" else "peak",
                        baseline_live=many,
                        candidate_live=few,
                        ratio=many / few if few else None,
                    )
                )
    return found


def times(mean: float) -> list[float]:
    """Five processes of four values, with that mean."""
    return [
        mean + 1e-6 * process + 0.5e-6 * value
        for process in range(-2, 3)
        for value in (-3, -1, 1, 3)
    ]


def latencies() -> list[Latency]:
    return [
        Latency(
            name="dispatch",
            variant=variant,
            gc=gc,
            values=20,
            mean_s=0.000112 * (1 + 0.1 * row),
            stdev_s=0.000004,
            process_means_s=[0.000112 * (1 + 0.1 * row) + 1e-6 * one for one in range(-2, 3)],
            values_s=times(0.000112 * (1 + 0.1 * row)),
            reference="severed" if row else None,
            ratio=1 + 0.1 * row if row else None,
            significant=gc != "off" if row else None,
        )
        for gc in MODES
        for row, variant in enumerate(VARIANTS)
    ]


def whole() -> Result:
    """Everything: every variant, mode, shape and ending, compared and timed."""
    cells = [cell(variant, gc) for variant in VARIANTS for gc in MODES]
    cells += [
        cell(variant, "off", shape, ending, sustained=False)
        for variant in VARIANTS
        for shape in SHAPES
        for ending in ENDINGS
        if (shape, ending) != ("coroutine", "returned")
    ]
    return Result(
        schema=SCHEMA,
        unknot="0.1.0",
        title="Sustained dispatch (made up)",
        environment=environment(),
        cells=cells,
        comparisons=comparisons(),
        latencies=latencies(),
    )


def compared() -> Result:
    """Two releases, the later without the cycle, and what changed."""
    before = [msgspec.structs.replace(cell("cyclic", gc), variant="made==1") for gc in MODES]
    after = [msgspec.structs.replace(cell("severed", gc), variant="made==2") for gc in MODES]
    changed = [
        Difference(
            workload="bundled",
            shape="coroutine",
            ending="returned",
            gc=gc,
            python="3.11.7",
            baseline="made==1",
            candidate="made==2",
            subject=subject,
            name=name,
            measure="cyclic",
            before=objects,
            after=0.0,
            change="gone",
            ratio=0.0,
            worse=False,
        )
        for gc in MODES
        for subject, name, objects in (*ROWS, ("signature", "4f2a", 1.0))
    ]
    return msgspec.structs.replace(of_cells(*before, *after), differences=changed)


ROWS: tuple[tuple[Literal["total", "type", "signature"], str, float], ...] = (
    ("type", TASK, 1.0),
    ("type", "made." + "Long" * 40, 2.5),
    ("total", "cyclic", 12.0),
)


def ten_variants() -> Result:
    """More than a picture has room for."""
    names = [f"release-candidate-{number}" for number in range(9)]
    names.append("/folder/of/another/folder/benchmarks/workload.py:operation")
    kept = [cell(VARIANTS[i % 3], gc) for gc in MODES for i in range(10)]
    timed = [latencies()[3 * row + i % 3] for row in range(3) for i in range(10)]
    return msgspec.structs.replace(
        whole(),
        cells=[msgspec.structs.replace(c, variant=names[i % 10]) for i, c in enumerate(kept)],
        latencies=[msgspec.structs.replace(t, variant=names[i % 10]) for i, t in enumerate(timed)],
        comparisons=[],
    )


def of_cells(*cells: Cell) -> Result:
    """A result of these cells and nothing else."""
    return msgspec.structs.replace(whole(), cells=list(cells), comparisons=[], latencies=[])


def hostile() -> Result:
    """Names that attack the layout, in every place a name can be."""
    script, long, rtl, emoji, terminal = HOSTILE
    renamed = {TASK: script, CONTEXT: long, SESSION: rtl}
    cells = []
    for variant in (*HOSTILE, "severed"):
        for gc in MODES:
            kept = cell("cyclic", gc)
            assert kept.series is not None
            types = {renamed[name]: count for name, count in kept.types.items()}
            sampled = {renamed[name]: counts for name, counts in kept.series.types.items()}
            cells.append(
                msgspec.structs.replace(
                    kept,
                    variant=variant,
                    workload=long,
                    shape=terminal,
                    ending=script,
                    types={**types, emoji: types[script]},
                    series=msgspec.structs.replace(kept.series, types=sampled),
                    notes=[script, long],
                )
            )
    cells.append(failed_cell(script, message=long))
    cells.append(failed_cell(terminal, message=terminal))
    compared = [
        msgspec.structs.replace(
            one, type=renamed[one.type], baseline=long, shape=terminal, ending=script
        )
        for one in comparisons()
        if one.baseline == "cyclic"
    ]
    timed = [msgspec.structs.replace(one, name=script, variant=long) for one in latencies()]
    return msgspec.structs.replace(
        whole(), title=script, cells=cells, comparisons=compared, latencies=timed
    )


MADE_UP: dict[str, Callable[[], Result]] = {
    "whole": whole,
    "empty": of_cells,
    "only errors": lambda: of_cells(failed_cell("severed"), failed_cell("cyclic", "auto")),
    "one variant": lambda: of_cells(cell("severed", shape=None, ending=None)),
    "some errors": lambda: msgspec.structs.replace(
        whole(), cells=[*whole().cells[1:], failed_cell("severed")], interrupted=True
    ),
    "hostile": hostile,
    "compared": compared,
    "ten variants": ten_variants,
}


@pytest.fixture
def result() -> Result:
    """Everything measured, nothing failed. Made up."""
    return whole()


@pytest.fixture
def claims() -> dict[str, float]:
    return dict(CLAIMS)


@pytest.fixture(params=sorted(MADE_UP))
def any_result(request: pytest.FixtureRequest) -> Result:
    """Each kind of result a report can be asked for. Made up."""
    return MADE_UP[request.param]()


@pytest.fixture(params=sorted({*MADE_UP} - {"some errors"}))
def drawable(request: pytest.FixtureRequest) -> Result:
    """The results whose pictures differ. Made up."""
    return MADE_UP[request.param]()


@pytest.fixture(params=["whole", "compared"])
def whole_or_compared(request: pytest.FixtureRequest) -> Result:
    """Between them they have every picture. Made up."""
    return MADE_UP[request.param]()


@pytest.fixture(scope="session")
def drawn(tmp_path_factory: pytest.TempPathFactory) -> list[Path]:
    """The pictures of the whole result, drawn once."""
    return write_pictures(whole(), tmp_path_factory.mktemp("drawn"), CLAIMS)
