"""Made-up results of a given size, for :mod:`bench.page`. Nothing in them was measured."""

from __future__ import annotations

from datetime import UTC, datetime
from itertools import product

from unknot.measuring.environment import describe_environment
from unknot.records import (
    SCHEMA,
    Cell,
    Collections,
    CollectorPass,
    Comparison,
    Cut,
    Cycle,
    Memory,
    PerOp,
    Result,
    Series,
    Step,
    TypeCount,
    Window,
)

__all__ = ["huge", "small"]

OPS = 1_000
VARIANTS = ("severed", "cyclic", "pinned", "reworked", "1.2.3")
SHAPES = ("coroutine", "stream")
ENDINGS = ("returned", "raised")


def small() -> Result:
    """One cell with one cycle, as of a first ``unknot run``."""
    return _result("One cell", [_cell("cyclic", "coroutine", "returned", _types(12), _cycles(1))])


def huge(types: int = 10_000, signatures: int = 500) -> Result:
    """20 cells; each has all of the types and all of the signatures."""
    counts, cycles = _types(types), _cycles(signatures)
    cells = [
        _cell(variant, shape, ending, counts, cycles)
        for variant, shape, ending in product(VARIANTS, SHAPES, ENDINGS)
    ]
    return _result(f"{len(cells)} cells, {types:,} types, {signatures} signatures", cells)


def _result(title: str, cells: list[Cell]) -> Result:
    began = datetime.now(UTC)
    return Result(
        schema=SCHEMA,
        unknot="0",
        title=f"{title} (made up)",
        environment=describe_environment(["python", "-m", "bench.page"], began, began, 1),
        cells=cells,
        comparisons=[
            Comparison(
                baseline=cells[1].variant,
                candidate=cells[0].variant,
                shape=cells[0].shape,
                ending=cells[0].ending,
                gc="off",
                type=name,
                measure="after",
                baseline_live=found.after,
                candidate_live=found.before,
                ratio=found.after / found.before,
            )
            for name, found in (cells[0].types.items() if len(cells) > 1 else ())
        ],
    )


def _cell(
    variant: str, shape: str, ending: str, types: dict[str, TypeCount], cycles: list[Cycle]
) -> Cell:
    left = sum(found.cyclic_per_op for found in types.values())
    ops = list(range(0, OPS + 1, 10))
    watched = list(types)[:3]
    return Cell(
        workload="made_up",
        variant=variant,
        shape=shape,
        ending=ending,
        gc="off",
        python="3.13.0",
        ops=OPS,
        rounds=4,
        verdict="cyclic",
        per_op=PerOp(
            retained=left,
            cyclic=left,
            leaked=0,
            garbage=left,
            blocks=2 * left,
            blocks_leaked=0,
            asyncgen_finalizers=0,
        ),
        windows=[
            Window(
                ops=100,
                base=0,
                live=int(100 * left),
                garbage=int(100 * left),
                survived=0,
                blocks=int(200 * left),
                blocks_survived=0,
                asyncgen_finalizers=0,
            )
        ]
        * 4,
        types=types,
        cycles=cycles,
        series=Series(
            ops=ops,
            total=[int(30_000 + left * done) for done in ops],
            types={name: [10 + done for done in ops] for name in watched},
        ),
        collections=Collections(
            passes=OPS,
            passes_by_generation=[OPS, 0, 0],
            collected=0,
            uncollectable=0,
            pause_total_s=0.1,
            pause_max_s=0.01,
            duration_s=1.0,
            log=[
                CollectorPass(ops=done, generation=0, pause_s=0.0001, collected=0)
                for done in range(OPS)
            ],
        ),
        memory=Memory(rss_before=40 << 20, rss_after=44 << 20, uss_before=None, uss_after=None),
    )


def _types(number: int) -> dict[str, TypeCount]:
    return {
        _name(i): TypeCount(
            before=10,
            after=10 + OPS,
            peak=10 + OPS,
            retained_per_op=1.0,
            cyclic_per_op=1.0,
            leaked_per_op=0.0,
            garbage_per_op=1.0,
        )
        for i in range(number)
    }


def _cycles(number: int) -> list[Cycle]:
    return [_cycle(i, length=3 + i % 10) for i in range(number)]


def _cycle(number: int, length: int) -> Cycle:
    steps = [
        Step(
            source=_name(number + i),
            label=f".attribute_{i}",
            target=_name(number + (i + 1) % length),
            cut=i == 0,
        )
        for i in range(length)
    ]
    path = [f"{step.source.split('.')[-1]}{step.label}" for step in steps]
    return Cycle(
        signature=f"{number:016x}",
        per_op=1.0,
        objects_per_op=float(length + number),
        component=length,
        path=path,
        steps=steps,
        cut=Cut(
            edge=path[0],
            edges=path[:1],
            frees_per_op=float(length + number),
            of_per_op=float(length + number),
            sufficient=True,
            instruction=f"Set `{path[0]}` to None in `Owner.close` (package/module.py:{number}).",
            proven=100,
        ),
        origin="application",
        where=f"package/module.py:{number}",
    )


def _name(number: int) -> str:
    return f"package_{number % 40}.module_{number % 200}.ClassOfWhichThereAreMany{number}"
