"""Reference cycles and leaks, by name, and what to cut."""

from __future__ import annotations

from typing import Literal

import msgspec

from unknot.records.quantity import Amount, Count

__all__ = ["Cut", "Cycle", "Growth", "GrowthKind", "Leak", "Step", "Unnamed"]

GrowthKind = Literal[
    "object",
    "c heap",
    "unique memory",
    "mappings",
    "file descriptors",
    "threads",
    "child processes",
]
"""What grows: an object in place, memory that ``malloc`` handed out, memory that is the process's
alone, regions of its address space; and what it holds of the system."""


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
    frees_per_op: Amount
    of_per_op: Amount
    """Objects that wait because of this cycle: its own, and those that hang from it."""
    sufficient: bool
    bytes_per_op: Amount = 0.0
    """What would be given back at once; 0 where unknown, or where it frees only some."""
    instruction: str
    """What to write, where and when."""
    proven: Count
    """Copies of the cycle in which it was recomputed."""


class Cycle(msgspec.Struct, frozen=True, kw_only=True):
    """Equal reference cycles that operations leave behind, as one."""

    signature: str
    """Hexadecimal; equal for equal paths, whatever the interpreter or the addresses."""
    per_op: Amount
    """Copies per operation."""
    objects_per_op: Amount
    bytes_per_op: Amount = 0.0
    """Of those objects, and of the untracked ones that only they keep; 0 where unknown."""
    component: Count
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
    package: str | None = None
    """The installed package whose code stores the reference to cut, or ``Python``; ``None`` where
    it is the application's, or not known."""
    where: str | None = None
    """File and line that stores the reference to cut, or else of what has it, where known."""
    known: str | None = None
    """The upstream issue of a cycle that is the standard library's own."""
    also: list[list[str]] = []
    """Other ways round in the same circle, through frames that a traceback keeps; as ``path``."""

    @property
    def is_of_a_class(self) -> bool:
        """Whether it is that of a class, which nothing but to make the class once prevents."""
        return not any(step.cut for step in self.steps)

    @property
    def rank(self) -> tuple[bool, bool, float]:
        """Least first: the standard library's last, what frees most before what frees less.

        Before all others stands a class that the application makes in each operation: what a
        decorator leaves of it in cycles of its own, as attrs does, goes with it.
        """
        is_cause = bool(self.steps) and self.is_of_a_class and self.package is None
        return self.origin == "library", not is_cause, -self.objects_per_op


class Unnamed(msgspec.Struct, frozen=True, kw_only=True):
    """Cycles of more kinds than are named: those with the fewest objects."""

    kinds: Count
    per_op: Amount
    """Copies per operation, of all of them."""
    objects_per_op: Amount
    bytes_per_op: Amount = 0.0


class Leak(msgspec.Struct, frozen=True, kw_only=True):
    """What stays reachable and grows, and the chain of references that holds it."""

    type: str
    """Type of what is kept, or of the container that fills with what is not tracked."""
    per_op: Amount
    bytes_per_op: Amount = 0.0
    """Bytes that would be given back; 0 where unknown."""
    objects_per_op: Amount = 0.0
    """Of all types that the same holder holds, those of ``type`` included."""
    path: list[str]
    steps: list[Step]
    note: str | None = None
    package: str | None = None
    """The installed package whose code keeps it; ``None`` where it is the application's, or not
    known. What the standard library keeps, somebody else gave it."""
    advice: str | None = None
    """What to do about it."""
    where: str | None = None
    """File and line where the container that keeps it gains entries, where that was found."""
    runs: str | None = None
    """Of a task or thread that still runs: which of both, what it runs, and where it waits."""
    runner: str = ""
    """Type of the task or thread that still runs, where one is among what is kept."""
    made: list[str] = []
    """Where one survivor was made, as :attr:`Made.frames`; of a :attr:`runner`, who started it."""


class Growth(msgspec.Struct, frozen=True, kw_only=True):
    """What a process gains with every operation outside any counted object."""

    kind: GrowthKind
    per_op: float
    """Bytes, or how many: see :attr:`is_bytes`."""
    rounds: list[float] = []
    """The same in each round; empty for an object, whose size is compared once."""
    type: str = ""
    """Of an object that grows in place."""
    path: list[str] = []
    """What holds that object, from a module on."""
    steps: list[Step] = []
    note: str | None = None
    """What it is likely to be, and what would tell more."""
    made: list[str] = []
    """Where it is gained, as :attr:`Made.frames`; empty where that was not found."""

    @property
    def is_bytes(self) -> bool:
        return self.kind in ("object", "c heap", "unique memory")
