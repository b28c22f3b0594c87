"""Compares bytes per operation with tracemalloc, memray, and pympler's ``asizeof``.

``python -m bench.sizes`` runs operations that keep a known amount of memory, measures them with
each instrument in a separate process, and prints a table. The exit code is 1 if unknot differs from
tracemalloc by more than 1 %.

*Allocated* is :attr:`~unknot.records.PerOp.bytes`: what the allocator hands out for it, each block
rounded up to its size class. The other figures are requested sizes. ``asizeof`` counts everything
reachable from an object, even if others hold it too.
"""

from __future__ import annotations

import gc
import importlib.util
import json
import sys
import tempfile
import tracemalloc
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any, NamedTuple

import click

from bench.apart import reason_of, run_apart
from bench.workloads import sizes as operations
from unknot.cli.commands import run_command
from unknot.errors import UnknotError
from unknot.measuring.cell import measure_cell
from unknot.measuring.spec import CellSpec, Effort

__all__ = ["OPERATIONS", "PEERS", "Row", "measure", "table_of"]

OPERATIONS = ("buffer", "table", "numbers", "pairs")
OPS = 10
EFFORT = Effort(ops=4 * OPS, warmup=OPS, samples=1, confirm_ops=OPS, time_limit=100.0)
TOLERANCE = 0.01
SECONDS = 120.0
"""Time limit of one process."""


def _tracemalloc(operation: Callable[[], object]) -> float:
    tracemalloc.start()
    before = tracemalloc.get_traced_memory()[0]
    _repeat(operation)
    return (tracemalloc.get_traced_memory()[0] - before) / OPS


def _memray(operation: Callable[[], object]) -> float:
    import memray

    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "trace"
        with memray.Tracker(path, trace_python_allocators=True):
            _repeat(operation)
        left = memray.FileReader(path).get_leaked_allocation_records(merge_threads=True)
        return sum(record.size for record in left) / OPS


def _pympler(operation: Callable[[], object]) -> float:
    asizeof: Any = importlib.import_module("pympler.asizeof")
    before = set(map(id, gc.get_objects()))
    before.add(id(before))
    _repeat(operation)
    made = [thing for thing in gc.get_objects() if id(thing) not in before]
    return float(asizeof.asizeof(*made)) / OPS


def _repeat(operation: Callable[[], object]) -> None:
    for _ in range(OPS):
        operation()


PEERS: dict[str, Callable[[Callable[[], object]], float]] = {
    "tracemalloc": _tracemalloc,
    "memray": _memray,
    "pympler": _pympler,
}


class Row(NamedTuple):
    """Bytes per operation by instrument, for one operation; ``None`` if it is not installed."""

    says: str
    """What the operation keeps."""
    unknot: float
    """The sum over all findings."""
    allocated: float | None
    peers: dict[str, float | None]

    @property
    def apart(self) -> float:
        """The difference from tracemalloc, as a share of tracemalloc's figure."""
        truth = self.peers["tracemalloc"]
        return abs(self.unknot - truth) / truth if truth else float("inf")


def measure(name: str) -> Row:
    """Measure one operation with each instrument. Raises UnknotError if unknot cannot."""
    workload = f"{operations.__file__}:{name}"
    cell = measure_cell(CellSpec(workload=workload, python=sys.executable, effort=EFFORT))
    if cell.error is not None:
        raise UnknotError(f"{name}: {cell.error.message}")
    assert cell.per_op is not None
    return Row(
        says=(getattr(operations, name).__doc__ or name).strip(),
        unknot=sum(cycle.bytes_per_op for cycle in cell.cycles)
        + sum(leak.bytes_per_op for leak in cell.leaks),
        allocated=cell.per_op.bytes,
        peers={peer: _ask(peer, name) for peer in PEERS},
    )


def _ask(peer: str, name: str) -> float | None:
    """A peer's figure, from a separate process; ``None`` if it is not installed."""
    if importlib.util.find_spec(peer) is None:
        return None
    done = run_apart([sys.executable, "-m", "bench.sizes", "--ask", peer, name], SECONDS)
    if done.returncode:
        raise UnknotError(f"{peer}: {name}: {reason_of(done)}")
    return float(json.loads(done.stdout))


def answer(peer: str, name: str) -> float:
    """A peer's figure, measured in this process with the collector off."""
    operation = getattr(operations, name)
    gc.disable()
    operation()
    gc.collect()
    return PEERS[peer](operation)


def table_of(rows: Sequence[Row]) -> str:
    """The table in Markdown, as shown in the docs."""
    lines = [
        f"| An operation keeps | unknot | {' | '.join(PEERS)} | allocated | apart |",
        f"| --- |{' --: |' * (len(PEERS) + 3)}",
    ]
    for row in rows:
        figures = [row.unknot, *row.peers.values(), row.allocated]
        said = " | ".join("–" if each is None else f"{each:,.0f}" for each in figures)
        lines.append(f"| {row.says} | {said} | {100 * row.apart:.2f} % |")
    return "\n".join(lines)


@click.command(context_settings={"help_option_names": ["-h", "--help"]})
@click.option("--ask", type=(click.Choice(list(PEERS)), click.Choice(OPERATIONS)), hidden=True)
def main(ask: tuple[str, str] | None) -> None:
    """Compare bytes per operation, by unknot and by others, for operations of known size."""
    if ask is not None:
        click.echo(json.dumps(answer(*ask)))
        return
    rows = [measure(name) for name in OPERATIONS]
    click.echo(table_of(rows))
    furthest = max(row.apart for row in rows)
    click.echo(f"\nApart from tracemalloc: {100 * furthest:.2f} % at most")
    sys.exit(furthest > TOLERANCE)


if __name__ == "__main__":
    run_command(main, "python -m bench.sizes")
