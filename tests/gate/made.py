"""Made-up cells and results: nothing here was measured."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from unknot.records import (
    SCHEMA,
    Cell,
    CellError,
    Cut,
    Cycle,
    Environment,
    Latency,
    PerOp,
    Result,
    Step,
    TypeCount,
    Verdict,
    Window,
)

ROUND = 250


def counts(
    cyclic: float = 0.0, leaked: float = 0.0, cyclic_spread: float = 0.0, leaked_spread: float = 0.0
) -> TypeCount:
    return TypeCount(
        before=3,
        after=3,
        peak=7,
        retained_per_op=cyclic + leaked,
        cyclic_per_op=cyclic,
        leaked_per_op=leaked,
        garbage_per_op=cyclic,
        cyclic_spread=cyclic_spread,
        leaked_spread=leaked_spread,
    )


def cycle(signature: str = "aaaaaa01", per_op: float = 1.0, objects: float = 1.0) -> Cycle:
    return Cycle(
        signature=signature,
        per_op=per_op,
        objects_per_op=objects,
        component=1,
        path=["Thing.me"],
        steps=[Step(source="w.Thing", label=".me", target="w.Thing", cut=True)],
        cut=Cut(
            edge="Thing.me",
            edges=["Thing.me"],
            frees_per_op=objects,
            of_per_op=objects,
            sufficient=True,
            instruction="Clear `Thing.me`",
            proven=1,
        ),
        origin="application",
        where="w.py:3",
    )


def cell(
    types: Mapping[str, TypeCount] | None = None,
    cycles: Sequence[Cycle] = (),
    blocks_leaked: float = 0.0,
    **fields: Any,
) -> Cell:
    """A cell whose totals are the sums of its types, in four rounds that agree."""
    of_type = dict(types or {})
    cyclic = sum(one.cyclic_per_op for one in of_type.values())
    leaked = sum(one.leaked_per_op for one in of_type.values())
    window = Window(
        ops=ROUND,
        base=1000,
        live=1000 + round(ROUND * (cyclic + leaked)),
        garbage=round(ROUND * cyclic),
        survived=1000 + round(ROUND * leaked),
        blocks=0,
        blocks_survived=round(ROUND * blocks_leaked),
        asyncgen_finalizers=0,
    )
    verdict: Verdict = "cyclic" if cyclic else "leaking" if leaked else "clean"
    given: dict[str, Any] = {
        "workload": "w.py",
        "variant": "w",
        "shape": None,
        "ending": None,
        "gc": "off",
        "python": "3.11.7",
        "ops": 4 * ROUND,
        "rounds": 4,
        "verdict": verdict,
        "per_op": PerOp(
            retained=cyclic + leaked,
            cyclic=cyclic,
            leaked=leaked,
            garbage=cyclic,
            blocks=0.0,
            blocks_leaked=blocks_leaked,
            asyncgen_finalizers=0.0,
        ),
        "windows": [window] * 4,
        "types": of_type,
        "cycles": list(cycles),
    }
    return Cell(**{**given, **fields})


def failed(**fields: Any) -> Cell:
    return Cell(
        **{
            "workload": "w.py",
            "variant": "w",
            "shape": None,
            "ending": None,
            "gc": "off",
            "python": "3.11.7",
            "ops": 1000,
            "rounds": 4,
            "error": CellError(kind="crashed", message="it died\nhorribly"),
            **fields,
        }
    )


def latency(mean_s: float, processes: Sequence[float] = (), **fields: Any) -> Latency:
    return Latency(
        **{
            "name": "w off",
            "variant": "w",
            "gc": "off",
            "values": 9,
            "mean_s": mean_s,
            "stdev_s": mean_s / 100,
            "reference": None,
            "ratio": None,
            "significant": None,
            "process_means_s": list(processes),
            **fields,
        }
    )


def result(
    *cells: Cell, latencies: Sequence[Latency] = (), cpu_count: int = 2, **fields: Any
) -> Result:
    environment = Environment(
        python="3.11.7",
        implementation="cpython",
        build="made up",
        gc_thresholds=(700, 10, 10),
        platform="made up",
        machine="x86_64",
        cpu_count=cpu_count,
        hash_seed="0",
        packages={"some": "1"},
        command=["unknot"],
        started="2026-11-23T18:00:00+00:00",
        duration_s=1.0,
        jobs=1,
    )
    return Result(
        schema=SCHEMA,
        unknot="0",
        title="made up",
        environment=environment,
        cells=list(cells),
        latencies=list(latencies),
        **fields,
    )
