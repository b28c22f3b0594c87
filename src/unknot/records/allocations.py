"""Where memory is allocated, and what holds leaked objects, from separate, untimed runs."""

from __future__ import annotations

import msgspec

from unknot.records.case import Case, case_of
from unknot.records.collector import GcMode
from unknot.records.quantity import Amount, Count

__all__ = ["Allocations", "Holders", "Made", "Site"]


class Site(msgspec.Struct, frozen=True, kw_only=True):
    """A place in the code that allocates memory. Rates are per operation."""

    function: str
    file: str
    line: Count
    """0 if the memory was allocated outside any Python frame."""
    bytes_per_op: Amount
    allocations_per_op: Amount


class Made(msgspec.Struct, frozen=True, kw_only=True):
    """Where one of the objects of a finding was made, by tracemalloc."""

    type: str
    """Of that object: the first on the way round a cycle, or what leaks."""
    frames: list[str]
    """``path:line``: the application's first, of those the innermost first, then the others'."""


class Allocations(msgspec.Struct, frozen=True, kw_only=True):
    """Allocations of one variant, by memray, from the first operation after warm-up to the last.

    With ``error`` set, nothing was traced and the numbers are 0.
    """

    workload: str
    variant: str
    shape: str | None
    ending: str | None
    python: str
    gc: GcMode
    ops: Count
    """Number of operations traced."""
    high_water_bytes: Count = 0
    """The maximum allocated at one time since tracing began."""
    left_bytes: Count = 0
    """Bytes allocated and not freed once the operations had settled, before any collection."""
    left_allocations: Count = 0
    high_water: list[Site] = []
    """The sites with most of it, most first."""
    left: list[Site] = []
    made: list[Made] = []
    """One survivor of each finding, so far as the newest of its type is certain to be of it."""
    flame_graph: str | None = None
    """File name of memray's flame graph, in the folder of the result."""
    error: str | None = None
    backend: str = "asyncio"
    in_flight: int = 1
    requirements: list[str] = []

    @property
    def case(self) -> Case:
        """What the figures belong to."""
        return case_of(self, self.variant)


class Holders(msgspec.Struct, frozen=True, kw_only=True):
    """objgraph's graph of the holders of an object that operations leak, for Graphviz."""

    workload: str
    variant: str
    shape: str | None
    ending: str | None
    python: str
    type: str
    """The type whose newest object is the graph's root."""
    dot: str
