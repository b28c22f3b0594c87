"""Reference cycles, leaks and growth, with names and advice."""

from __future__ import annotations

from typing import Literal

import msgspec

from unknot.records.quantity import Amount, Count

__all__ = ["Cut", "Cycle", "Growth", "GrowthKind", "Leak", "Step", "Unnamed"]

BLOCKS = "allocated blocks"
"""The type of a leak of memory without an object."""

GrowthKind = Literal[
    "object",
    "c heap",
    "unique memory",
    "mappings",
    "file descriptors",
    "threads",
    "child processes",
]
"""What grows: an object in place, memory allocated by ``malloc``, memory unique to the process,
regions of its address space, or its file descriptors, threads or child processes."""


class Step(msgspec.Struct, frozen=True, kw_only=True):
    """One named reference of a cycle or of a chain of holders."""

    source: str
    """Type of the referring object."""
    label: str
    """The reference's name: ``.attribute``, ``['key']``, ``[…]``, ``local name``, …"""
    target: str
    """Type of the object referred to."""
    cut: bool = False
    """Whether the proposed cut removes it."""


class Cut(msgspec.Struct, frozen=True, kw_only=True):
    """The references to remove so that reference counting frees a cycle, proven by computation."""

    edge: str
    """All references as ``Type.name``, joined by `` and ``."""
    edges: list[str]
    frees_per_op: Amount
    of_per_op: Amount
    """Objects that wait for the collector because of this cycle, including what hangs from it."""
    sufficient: bool
    bytes_per_op: Amount = 0.0
    """Bytes freed at once; 0 if unknown or if the cut is not sufficient."""
    instruction: str
    """What to write, where and when."""
    proven: Count
    """Number of copies of the cycle in which the cut was tried."""


class Cycle(msgspec.Struct, frozen=True, kw_only=True):
    """Equal reference cycles that operations leave behind."""

    signature: str
    """Hexadecimal; equal for equal paths, regardless of interpreter and addresses."""
    per_op: Amount
    """Copies per operation."""
    objects_per_op: Amount
    bytes_per_op: Amount = 0.0
    """Bytes of those objects and of untracked objects that only they hold; 0 if unknown."""
    component: Count
    """Objects in the strongly connected component of one copy."""
    path: list[str]
    """The steps as text, ``Type.name`` each, from the most specific object back to it.

    A very long cycle is shortened: its middle is replaced by a text such as ``… 9,984 more …``,
    which in ``steps`` is a step with that label and no source. The signature is of the whole path.
    """
    steps: list[Step]
    cut: Cut
    origin: Literal["application", "library"]
    """``library`` if all code on the path is the standard library's or the interpreter's. An
    installed package counts as an application, because its maintainer measures it."""
    package: str | None = None
    """The installed package whose code stores the reference to cut, or ``Python``; ``None`` if that
    is the application, or not known."""
    where: str | None = None
    """``path:line`` that stores the reference to cut, or else of its owner, if known."""
    known: str | None = None
    """Link to the upstream issue of a cycle of the standard library."""
    also: list[list[str]] = []
    """Other cycles in the same component, through frames held by a traceback, as in ``path``."""

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
    """Cycles of the kinds that are not named, which have the fewest objects."""

    kinds: Count
    per_op: Amount
    """Copies per operation, of all these kinds."""
    objects_per_op: Amount
    bytes_per_op: Amount = 0.0


class Leak(msgspec.Struct, frozen=True, kw_only=True):
    """Objects that stay reachable and grow in number, and the chain of references to them."""

    type: str
    """Type of the leaked objects, or of a container that fills with untracked objects."""
    per_op: Amount
    bytes_per_op: Amount = 0.0
    """Bytes that would be freed; 0 if unknown."""
    objects_per_op: Amount = 0.0
    """Objects of all types held by the same holder, including those of ``type``."""
    path: list[str]
    steps: list[Step]
    note: str | None = None
    package: str | None = None
    """The installed package whose code holds the objects; ``None`` if that is the application, or
    not known. For a container of the standard library, the package of the entries."""
    advice: str | None = None
    """What to do about it."""
    where: str | None = None
    """``path:line`` that adds entries to the container, if found."""
    runs: str | None = None
    """For a task or thread that still runs: which of the two, what it runs, and where it waits."""
    runner: str = ""
    """Type of the running task or thread, if there is one among the objects held."""
    made: list[str] = []
    """Where one survivor was created, as :attr:`Made.frames`; for a :attr:`runner`, by whom."""

    @property
    def is_memory(self) -> bool:
        """Whether allocated blocks leak, rather than a tracked object."""
        return self.type == BLOCKS


class Growth(msgspec.Struct, frozen=True, kw_only=True):
    """What a process gains with every operation, other than objects."""

    kind: GrowthKind
    per_op: float
    """Bytes or a number of things; see :attr:`is_bytes`."""
    rounds: list[float] = []
    """The rate in each round; empty for an object, whose size is compared once."""
    type: str = ""
    """The type of an object that grows in place."""
    path: list[str] = []
    """The chain of references from a module to that object."""
    steps: list[Step] = []
    note: str | None = None
    """The likely cause, and what would show more."""
    made: list[str] = []
    """Where the growth is allocated, as :attr:`Made.frames`; empty if not found."""

    @property
    def is_bytes(self) -> bool:
        return self.kind in ("object", "c heap", "unique memory")
