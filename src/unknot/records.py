"""Frozen records that cross layers, and their JSON.

A result is one JSON document a run (:class:`Result`). It holds names and counts, never a live
object. Reading is strict: wrong types, a missing field or another schema number raise
:class:`~unknot.errors.InvalidResult`; fields this version does not know are passed over, so a
newer writer may add some without a new schema number.

Units: counts are objects; ``*_per_op`` are objects (or blocks) per operation; ``*_s`` are seconds;
memory is bytes.
"""

from __future__ import annotations

from pathlib import Path
from typing import Literal

import msgspec

from unknot.errors import InvalidResult

__all__ = [
    "SCHEMA",
    "Cell",
    "CellError",
    "Collections",
    "CollectorPass",
    "Comparison",
    "Cut",
    "Cycle",
    "Difference",
    "Ended",
    "Environment",
    "GcMode",
    "Latency",
    "Leak",
    "Memory",
    "PerOp",
    "Process",
    "Result",
    "Series",
    "Step",
    "TypeCount",
    "Verdict",
    "Window",
    "decode_result",
    "encode_result",
    "read_result",
]

SCHEMA = 1

LARGEST = 256 * 1024 * 1024
"""Bytes of a result that are read; a real one has a few hundred thousand."""

GcMode = Literal["off", "auto", "forced"]
Ended = Literal["exited", "killed", "silent"]
"""Of its own will; by a signal, or by ``os._exit`` without a word; or it answered no more."""

Verdict = Literal["clean", "cyclic", "leaking", "cyclic+leaking", "undecided"]


class Environment(msgspec.Struct, frozen=True, kw_only=True):
    """Where a result was measured; counts compare across machines, times do not."""

    python: str
    implementation: str
    build: str
    gc_thresholds: tuple[int, ...]
    platform: str
    machine: str
    cpu_count: int
    hash_seed: str
    packages: dict[str, str]
    command: list[str]
    started: str
    """Start of the run, ISO 8601 with time zone."""
    duration_s: float
    jobs: int
    """Cells that were measured at the same time."""


class PerOp(msgspec.Struct, frozen=True, kw_only=True):
    """What one operation leaves behind, collector off; see :mod:`unknot.measure.growth`."""

    retained: float
    cyclic: float
    leaked: float
    garbage: float
    """The heart of ``cyclic``: what trial deletion found before anything was collected."""
    blocks: float
    blocks_leaked: float
    asyncgen_finalizers: float


class Window(msgspec.Struct, frozen=True, kw_only=True):
    """One round of equal length: run, settle, count, collect to a fixed point, count again."""

    ops: int
    base: int
    """Objects when the round began."""
    live: int
    """Objects when the round's operations had settled, nothing collected."""
    garbage: int
    """Of those, what no reference from outside the tracked objects reaches."""
    survived: int
    """Objects after collection to a fixed point."""
    blocks: int
    """Allocated blocks gained since the round began, nothing collected."""
    blocks_survived: int
    asyncgen_finalizers: int


class TypeCount(msgspec.Struct, frozen=True, kw_only=True):
    """Live objects of one type over the sustained stage, and its rates from the rounds."""

    before: int
    after: int
    peak: int
    retained_per_op: float
    cyclic_per_op: float
    leaked_per_op: float
    garbage_per_op: float
    cyclic_spread: float = 0.0
    """Between the least and the greatest cyclic rate of a round; 0 where all rounds agree."""
    leaked_spread: float = 0.0


class Series(msgspec.Struct, frozen=True, kw_only=True):
    """Live objects over operations in the sustained stage, sampled while it ran."""

    ops: list[int]
    total: list[int]
    types: dict[str, list[int]]


class CollectorPass(msgspec.Struct, frozen=True, kw_only=True):
    """One pass of the collector; ``ops`` is the number of operations begun before it."""

    ops: int
    generation: int
    pause_s: float
    collected: int


class Collections(msgspec.Struct, frozen=True, kw_only=True):
    """What the collector did during the sustained stage."""

    passes: int
    passes_by_generation: list[int]
    collected: int
    uncollectable: int
    pause_total_s: float
    pause_max_s: float
    duration_s: float
    """Wall time of the sustained stage's operations, counting excluded."""
    log: list[CollectorPass]


class Memory(msgspec.Struct, frozen=True, kw_only=True):
    """Resident and unique set size of the measured process in bytes; ``None`` where unknown."""

    rss_before: int
    rss_after: int
    uss_before: int | None
    uss_after: int | None


class CellError(msgspec.Struct, frozen=True, kw_only=True):
    """Why a cell has no measurement, and the end of what its process printed."""

    kind: Literal["raised", "crashed", "timeout", "workload", "interrupted", "environment"]
    message: str
    traceback: str | None = None
    output: str = ""
    exit_status: int | None = None


class Step(msgspec.Struct, frozen=True, kw_only=True):
    """One named reference of a cycle or of a chain of holders."""

    source: str
    """Type of the object that has it."""
    label: str
    """Its name: ``.attribute``, ``['key']``, ``[…]``, ``local name``, ``closure name``, …"""
    target: str
    """Type of the object it leads to."""
    cut: bool = False
    """Whether the proposed cut removes it."""


class Cut(msgspec.Struct, frozen=True, kw_only=True):
    """The references to remove so that reference counting frees a cycle: recomputed, no guess."""

    edge: str
    """All of them, as ``Type.name``, joined by `` and `` where one is not enough."""
    edges: list[str]
    frees_per_op: float
    of_per_op: float
    """Objects that wait because of this cycle: its own, and those that hang from it."""
    sufficient: bool
    instruction: str
    """What to write, where and when."""
    proven: int
    """Copies of the cycle in which it was recomputed."""


class Cycle(msgspec.Struct, frozen=True, kw_only=True):
    """Equal reference cycles that operations leave behind, as one."""

    signature: str
    """Hexadecimal; equal for equal paths, whatever the interpreter or the addresses."""
    per_op: float
    """Copies per operation."""
    objects_per_op: float
    component: int
    """Objects that refer to each other in a circle, in one copy."""
    path: list[str]
    """The steps as text, ``Type.name`` each, from the most telling object back to it.

    Of a very long cycle its begin and its end; between them a text such as ``… 9,984 more …``,
    and in ``steps`` a step of that label without a source. The signature is of the whole.
    """
    steps: list[Step]
    cut: Cut
    origin: Literal["application", "library"]
    """``library`` where all code on the path is the standard library's or the interpreter's own.
    An installed package counts as application: it is what its maintainer measures."""
    where: str | None = None
    """File and line of the code to cut in, where known."""
    known: str | None = None
    """The upstream issue of a cycle that is the standard library's own."""
    also: list[list[str]] = []
    """Other ways round in the same circle, through frames that a traceback keeps; as ``path``."""


class Leak(msgspec.Struct, frozen=True, kw_only=True):
    """What stays reachable and grows, and the chain of references that holds it."""

    type: str
    """Type of what is kept, or of the container that fills with what is not tracked."""
    per_op: float
    path: list[str]
    steps: list[Step]
    note: str | None = None


class Process(msgspec.Struct, frozen=True, kw_only=True):
    """What operations leave behind in one of the processes of a cell; rates are per operation.

    One that came after the first round, or left before the last, has no verdict and no rates.
    """

    number: int
    """0 for the main process, which runs the operations, then in the order they came."""
    role: Literal["main", "child"]
    command: str
    python: str
    started: Literal["agent", "spawn", "fork"]
    """How its agent got there: as the cell's own process, through the environment, or by a fork."""
    rounds: int
    """Rounds that it was there for from begin to end."""
    ended: Ended | None = None
    """How it ended, where it did so before the others."""
    verdict: Verdict | None = None
    per_op: PerOp | None = None
    types: dict[str, TypeCount] = {}
    cycles: list[Cycle] = []
    leaks: list[Leak] = []
    notes: list[str] = []


class Cell(msgspec.Struct, frozen=True, kw_only=True):
    """One measurement: workload × variant × collector mode × interpreter, in fresh processes.

    Counts and rates are sums over all Python processes that the operations run in; where there
    are several, ``processes`` tells them apart. With ``error`` set there is no measurement, and
    every field after ``rounds`` may be empty.
    """

    workload: str
    variant: str
    shape: str | None
    ending: str | None
    gc: GcMode
    python: str
    ops: int
    rounds: int
    requirements: list[str] = []
    """What was installed to measure it, as asked for with ``--with``."""
    packages: dict[str, str] = {}
    """The versions in the environment made for ``requirements``."""
    backend: str = "asyncio"
    in_flight: int = 1
    """Operations that ran at the same time."""
    build: str = ""
    """Version and build of the measured interpreter."""
    gc_thresholds: list[int] = []
    """The collector's, as the measured process started."""
    verdict: Verdict | None = None
    per_op: PerOp | None = None
    windows: list[Window] = []
    types: dict[str, TypeCount] = {}
    cycles: list[Cycle] = []
    leaks: list[Leak] = []
    series: Series | None = None
    collections: Collections | None = None
    memory: Memory | None = None
    processes: list[Process] = []
    """Empty where there was only the main process."""
    notes: list[str] = []
    """What the measurement itself found odd, for instance two views that contradict."""
    error: CellError | None = None


class Comparison(msgspec.Struct, frozen=True, kw_only=True):
    """Live objects of one type after the same work, baseline over candidate.

    ``*_live`` are counts at the end of the sustained stage with the collector off, and peaks
    with it on. ``ratio`` is baseline over candidate, ``None`` where the candidate has none.
    """

    baseline: str
    candidate: str
    shape: str | None
    ending: str | None
    gc: GcMode
    type: str
    workload: str = ""
    python: str = ""
    measure: Literal["after", "peak"]
    baseline_live: int
    candidate_live: int
    ratio: float | None


class Latency(msgspec.Struct, frozen=True, kw_only=True):
    """Wall time of one operation, from pyperf's values in interleaved processes.

    ``ratio`` is this mean over the reference variant's under the same collector mode;
    ``significant`` tells whether the means of the two sets of processes differ, by Student's
    two-sample t-test at 95 %; ``None`` where there are too few processes to tell.
    """

    name: str
    variant: str
    gc: GcMode
    values: int
    mean_s: float
    stdev_s: float
    reference: str | None
    ratio: float | None
    significant: bool | None
    shape: str | None = None
    ending: str | None = None
    workload: str = ""
    python: str = ""
    process_means_s: list[float] = []
    """The mean of each process; what a later result is compared with, as ``significant`` is."""


class Difference(msgspec.Struct, frozen=True, kw_only=True):
    """One figure of one cell, before and after; figures that agree have none."""

    workload: str
    shape: str | None
    ending: str | None
    gc: GcMode
    python: str
    baseline: str
    """Variant of the cell before; :attr:`candidate` that of the cell after."""
    candidate: str
    subject: Literal["total", "type", "signature"]
    name: str
    """What is counted: a type's name, a signature, or for a total its field of :class:`PerOp`."""
    measure: Literal["cyclic", "leaked", "retained", "blocks", "blocks_leaked", "copies"]
    before: float
    after: float
    change: Literal["gone", "new", "less", "more"]
    ratio: float | None
    """After over before; ``None`` where there was nothing before."""
    worse: bool


class Result(msgspec.Struct, frozen=True, kw_only=True):
    """All of one run."""

    schema: int
    unknot: str
    title: str
    environment: Environment
    cells: list[Cell]
    comparisons: list[Comparison] = []
    latencies: list[Latency] = []
    differences: list[Difference] = []
    interrupted: bool = False


class _Head(msgspec.Struct):
    """Enough of a document to know whether the rest can be read."""

    schema: int


_encoder = msgspec.json.Encoder(order=None)
_decoder = msgspec.json.Decoder(Result)
_head_decoder = msgspec.json.Decoder(_Head)


def encode_result(result: Result) -> bytes:
    """The result as indented JSON."""
    return msgspec.json.format(_encoder.encode(result), indent=1) + b"\n"


def decode_result(document: bytes, source: str = "result") -> Result:
    """The result that ``document`` holds; ``source`` names it in errors.

    Raises :class:`~unknot.errors.InvalidResult`.
    """
    try:
        head = _head_decoder.decode(document)
        if head.schema != SCHEMA:
            raise InvalidResult(
                f"{source}: schema {head.schema}, but this unknot reads schema {SCHEMA}; "
                "read it with the unknot that wrote it, or measure again"
            )
        # A number like 1e999 reads as infinite, and is then written as null, which does not fit.
        return _decoder.decode(_encoder.encode(_decoder.decode(document)))
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
        raise InvalidResult(f"{source}: not an unknot result: {error}") from error


def read_result(path: Path) -> Result:
    """The result in the file at ``path``. Raises :class:`~unknot.errors.InvalidResult`."""
    try:
        with path.open("rb") as stream:
            document = stream.read(LARGEST + 1)
    except OSError as error:
        raise InvalidResult(f"{path}: cannot be read: {error.strerror}") from error
    if len(document) > LARGEST:
        raise InvalidResult(f"{path}: more than {LARGEST >> 20} MiB, so not an unknot result")
    return decode_result(document, str(path))
