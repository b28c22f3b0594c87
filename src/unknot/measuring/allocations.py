"""Where operations allocate memory, and what holds the objects they leak: by memray and objgraph.

Each runs in a separate process, apart from those that count and those that are timed, because both
make operations slower and leave objects of their own. A failure here affects nothing else: it is
the error of one record.
"""

from __future__ import annotations

import os
import subprocess
import sys
import tempfile
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

from msgspec import structs

from unknot.errors import UnknotError
from unknot.measuring.dot import without_data
from unknot.measuring.duties import Close
from unknot.measuring.places import shorten
from unknot.measuring.spec import CellSpec
from unknot.measuring.survivors import find_makers
from unknot.measuring.traced_process import is_instruments, traced_process
from unknot.measuring.tracer_duties import Draw, Trace
from unknot.records import Allocations, Cell, Holders, Site
from unknot.supervision import run_supervised

if TYPE_CHECKING:
    from memray import AllocationRecord

__all__ = ["Traced", "trace_memory", "traceable"]

MOST_OPS = 400
"""Maximum number of traced operations; bytes per operation do not depend on it."""
MOST_SITES = 20
DRAWN_OPS = 50
"""Operations to run before looking for an object that they leak."""
DEEPEST = 7
"""Maximum number of references between a drawn holder and the leaked object."""
LONGEST = 60_000
"""Maximum number of characters of one graph."""
MOST_HELD = 2
"""Maximum number of leaked types to draw per cell."""
FLAME_LIMIT = 120.0
"""Seconds that memray may take for its page."""


class Traced(NamedTuple):
    """What tracing one cell's workload found."""

    allocations: Allocations
    flame_graph: bytes | None = None
    """memray's page of the memory left."""
    holders: Sequence[Holders] = ()
    undrawn: str | None = None
    """Why ``holders`` are missing."""


def traceable(
    specs: Mapping[int, CellSpec], cells: Mapping[int, Cell]
) -> Iterator[tuple[CellSpec, Cell]]:
    """One cell and its spec per variant and interpreter, of the first spec's shape and ending.

    Both arguments are by place in the plan. Failed cells are omitted. The collector mode is
    ignored, because tracing runs with the collector off.
    """
    seen = set()
    headline = [(spec.shape, spec.ending) for spec in specs.values()][:1]
    for place, spec in specs.items():
        key = spec.variant, spec.python
        cell = cells.get(place)
        if cell is None or cell.error is not None or key in seen:
            continue
        if (spec.shape, spec.ending) in headline:
            seen.add(key)
            yield spec, cell


def trace_memory(spec: CellSpec, cell: Cell, page: str | None = None) -> Traced:
    """Where the operations of ``spec`` allocate, and what holds the leaks that ``cell`` has.

    Only in the main process. ``page`` is the name for memray's own page, if one is wanted.
    """
    traced = _trace_allocations(spec, cell.python, page)
    with suppress(UnknotError):  # what else was traced is told
        record = structs.replace(traced.allocations, made=find_makers(spec, cell))
        traced = traced._replace(allocations=record)
    try:
        holders = [_draw(spec, name) for name in _telling_types(cell)]
    except UnknotError as error:
        return traced._replace(undrawn=str(error))
    return traced._replace(holders=[one for one in holders if one is not None])


def _trace_allocations(spec: CellSpec, python: str, page: str | None) -> Traced:
    ops = min(spec.effort.ops, MOST_OPS)
    record = Allocations(
        workload=spec.workload,
        variant=spec.variant,
        shape=spec.shape,
        ending=spec.ending,
        python=python,
        gc="off",
        ops=ops,
        backend=spec.backend,
        in_flight=spec.in_flight,
        requirements=list(spec.requirements),
    )
    with tempfile.TemporaryDirectory(prefix="unknot-") as folder:
        capture = Path(folder, "capture.bin")
        try:
            with traced_process(spec, "memray") as process:
                process.ask(Trace(ops=ops, path=str(capture)))
                process.ask(Close())
            record = _read(record, capture)
        except UnknotError as error:
            return Traced(structs.replace(record, error=str(error)))
        flame_graph = _flame_graph(capture) if page is not None else None
    return Traced(structs.replace(record, flame_graph=page if flame_graph else None), flame_graph)


def _draw(spec: CellSpec, name: str) -> Holders | None:
    with traced_process(spec, "objgraph") as process:
        ops = min(spec.effort.ops, DRAWN_OPS)
        dot = process.ask(Draw(ops=ops, name=name, depth=DEEPEST, longest=LONGEST))["dot"]
        process.ask(Close())
    if not dot:
        return None
    return Holders(
        workload=spec.workload,
        variant=spec.variant,
        shape=spec.shape,
        ending=spec.ending,
        python=process.python,
        type=name,
        dot=without_data(dot),
    )


def _read(record: Allocations, capture: Path) -> Allocations:
    """``record`` with the operations' allocations from memray's file."""
    try:
        from memray import FileReader
    except ModuleNotFoundError as error:
        raise UnknotError(
            "not measured: memray is not installed: python -m pip install 'unknot[allocations]'"
        ) from error
    try:
        with FileReader(capture) as reader:
            left = _by_site(reader.get_leaked_allocation_records(merge_threads=True), record.ops)
            high = _by_site(
                reader.get_high_watermark_allocation_records(merge_threads=True), record.ops
            )
    except OSError as error:  # a memray over there that is much older or newer than ours
        raise UnknotError(f"not measured: memray cannot read what it wrote: {error}") from error
    return structs.replace(
        record,
        high_water_bytes=high.octets,
        left_bytes=left.octets,
        left_allocations=left.allocations,
        high_water=high.sites,
        left=left.sites,
    )


class _Sites(NamedTuple):
    octets: int
    allocations: int
    sites: list[Site]


def _by_site(allocated: Iterable[AllocationRecord], ops: int) -> _Sites:
    """Sums over all places, and the first few places, most bytes first."""
    found: dict[tuple[str, str, int], tuple[int, int]] = {}
    for one in allocated:
        place = next(iter(one.stack_trace(max_stacks=1)), ("", "", 0))
        octets, number = found.get(place, (0, 0))
        found[place] = octets + one.size, number + one.n_allocations
    theirs = {place: sums for place, sums in found.items() if not _is_ours(place[1], sums[1], ops)}
    order = sorted(theirs, key=lambda place: (-theirs[place][0], place))
    sites = [
        Site(
            function=place[0],
            file=shorten(place[1]),
            line=place[2],
            bytes_per_op=theirs[place][0] / ops,
            allocations_per_op=theirs[place][1] / ops,
        )
        for place in order[:MOST_SITES]
    ]
    octets, number = (sum(column) for column in zip((0, 0), *theirs.values(), strict=True))
    return _Sites(octets, number, sites)


def _is_ours(file: str, allocations: int, ops: int) -> bool:
    """Whether the instrument allocated it once, not the operation each time.

    The agent calls the operation, so an operation's own coroutine counts as allocated there.
    """
    return is_instruments(file) and allocations < ops / 2


def _flame_graph(capture: Path) -> bytes | None:
    """memray's page of the memory left, which needs no network; ``None`` if memray fails."""
    page = capture.with_name("page.html")
    command = [sys.executable, "-m", "memray", "flamegraph", "--leaks", "--no-web"]
    try:
        done = run_supervised(
            [*command, "--output", str(page), str(capture)], env=os.environ, seconds=FLAME_LIMIT
        )
    except (subprocess.TimeoutExpired, UnknotError):
        return None
    return page.read_bytes() if done.returncode == 0 and page.exists() else None


def _telling_types(cell: Cell) -> list[str]:
    """The leaked types to draw: the program's own, those found to leak first; or else any one."""
    grown = sorted(cell.types, key=lambda name: -cell.types[name].leaked_per_op)
    leaked = [name for name in grown if cell.types[name].leaked_per_op > 0]
    named = [leak.type for leak in cell.leaks if leak.type in leaked]
    candidates = list(dict.fromkeys([*named, *leaked]))
    own = [name for name in candidates if name.partition(".")[0] not in sys.stdlib_module_names]
    return own[:MOST_HELD] or candidates[:1]
