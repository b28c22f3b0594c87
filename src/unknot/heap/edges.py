"""What can be cut: the references of a cycle, grouped by the code that creates them, and ranked.

References with the same owner type and the same name come from one piece of code, so they form one
group: ``TreeNode.parent`` stands for the ``parent`` of every node.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from enum import IntEnum
from typing import NamedTuple

from unknot.heap.folding import CONTAINERS, METHODS
from unknot.heap.labels import CodeOrigin, LabelledObject

__all__ = [
    "CALLABLE",
    "ENDED",
    "FRAME",
    "GENERATORS",
    "IMPOSSIBLE",
    "TASKS",
    "Direction",
    "EdgeGroup",
    "EdgeName",
]

ENDED = {"finished", "done", "cancelled"}
TASKS = {"asyncio.Task", "asyncio.Future", "concurrent.futures._base.Future"}
GENERATORS = {"builtins.generator", "builtins.async_generator", "builtins.coroutine"}
BACK_NAMES = {"back", "owner", "parent", "prev", "previous", "up"}
FIRST_ARGUMENTS = {"self", "cls"}
"""Local variables that are not candidates for ``del``."""
FRAME = "builtins.frame"
CALLABLE = {"builtins.function", "functools.partial", *METHODS}


class EdgeName(NamedTuple):
    """A reference as the author of the code would write it."""

    owner: str
    """The title of the owner: a type name, or the kind and qualified name of code."""
    label: str


class Direction(IntEnum):
    """Whether a reference leads to an object created before its owner (``BACK``) or after it."""

    BACK = 0
    UNKNOWN = 1
    FORWARD = 2


@dataclass(frozen=True, slots=True)
class EdgeGroup:
    """The references of a cycle that one piece of code creates."""

    edge: EdgeName
    label: str
    """The label of ``edge``, with any key that is not an identifier."""
    kind: str
    """As in :class:`~unknot.heap.labels.Reference`; ``class`` for all references of a class."""
    name: str
    """The bare attribute or variable name; empty if there is none."""
    clearable: bool
    """Whether a Python statement can clear it."""
    in_use: bool
    """Whether the target may still be needed, as far as the snapshot shows."""
    origin: CodeOrigin
    """Whose code stores the attribute, if known; otherwise whose code the owner is."""
    package: str
    """The package of that code."""
    where: str | None
    """The line that stores the attribute, if known; otherwise the owner's line."""
    is_stored: bool
    """Whether ``where`` is the line that stores it."""
    owner: LabelledObject
    target: LabelledObject
    """One of the objects that the group leads to."""
    direction: Direction
    assigns_self: bool
    """Whether the storing line has the form ``child.parent = self``."""
    is_bound_to_owner: bool
    """Whether the target is a bound method of the owner."""
    references: frozenset[int]
    """Numbers of the references in the sample."""

    @property
    def same_type(self) -> bool:
        """Whether owner and target have the same type."""
        return self.owner.type == self.target.type

    @property
    def is_handed_over(self) -> bool:
        """Whether the owner's class passed a callable to a library that stores it in the owner."""
        is_stored = self.kind == "attribute" and self.is_stored and self.target.type in CALLABLE
        return is_stored and self.owner.origin < self.origin

    @property
    def place(self) -> str | None:
        """The line to change. For a callable handed to a library, that is the owner's class."""
        return self.owner.where if self.is_handed_over else self.where

    @property
    def leads_back(self) -> bool:
        """Whether its name or the storing line shows a reference from child to parent."""
        return self.name.strip("_") in BACK_NAMES or self.assigns_self

    @property
    def is_private(self) -> bool:
        return self.name.startswith("_")

    @property
    def is_own_local(self) -> bool:
        """Whether it is a local variable or argument that ``del`` can remove."""
        is_variable = self.kind == "local" or (
            self.kind == "cell" and self.edge.label.startswith("local ")
        )
        return is_variable and self.owner.type == FRAME and self.name not in FIRST_ARGUMENTS

    @property
    def tier(self) -> int:
        """Lower is better: several groups of a lower tier are preferred to one of a higher."""
        step = 2 if self.in_use else 1 if self._preference >= SIMPLE else 0
        return (3 * self.origin + step) if self.clearable else IMPOSSIBLE

    @property
    def rank(self) -> int:
        """Lower is a better place to cut."""
        back = 0
        if self.kind == "attribute" and self.clearable:
            back = 2 * self.direction + (not self.is_private)
        return 1000 * self.tier + 10 * self._preference + back

    @property
    def _preference(self) -> int:
        for place, (matches, _) in enumerate(PREFERENCES):
            if matches(self):
                return place
        return len(PREFERENCES)


IMPOSSIBLE = 3 * len(CodeOrigin)
"""The tier of references that no statement can clear."""


PREFERENCES: tuple[tuple[Callable[[EdgeGroup], bool], str], ...] = (
    (lambda group: group.kind == "attribute" and group.target.state in ENDED, "no longer read"),
    (lambda group: group.is_own_local, "one name fewer"),
    (lambda group: group.kind == "attribute" and group.leads_back, "child to parent"),
    (lambda group: group.kind == "attribute" and group.target.type in GENERATORS, "closable"),
    (
        lambda group: group.kind == "attribute" and group.target.type not in CONTAINERS,
        "one object",
    ),
    (
        lambda group: group.kind in {"item", "key", "callback"} and not group.target.is_fixed,
        "an entry",
    ),
    (lambda group: group.kind == "cell", "can be an argument instead"),
    (lambda group: group.kind == "local", "one name fewer, but in use"),
    (lambda group: group.kind == "attribute", "a whole collection"),
)
"""Which of several references with one origin to clear first, and why. An edge that matches none
is part of a structure."""

SIMPLE = 2
"""The first so many preferences need one statement that breaks nothing."""
