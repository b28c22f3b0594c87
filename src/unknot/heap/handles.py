"""The references of a cycle by the piece of code that makes them: what can be cut, and by whom.

References of one owner type and one name are one piece of code, and so one handle:
``TreeNode.parent`` is the ``parent`` of every node at once.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable
from dataclasses import dataclass
from enum import IntEnum
from typing import NamedTuple

import numpy as np

from unknot.heap.folding import CONTAINERS, METHODS, Folded, title
from unknot.heap.labels import LabelledObject, Who
from unknot.heap.snapshot import IntArray

__all__ = [
    "AWAITED_BY",
    "CALLABLE",
    "IMPOSSIBLE",
    "POINTED",
    "Age",
    "Handle",
    "Handles",
    "Reading",
    "find_handles",
]

ENDED = {"finished", "done", "cancelled"}
LIVE = {"suspended", "running", "pending"}
TASKS = {"asyncio.Task", "asyncio.Future", "concurrent.futures._base.Future"}
GENERATORS = {"builtins.generator", "builtins.async_generator", "builtins.coroutine"}
FIXED_ROLES = {"hamt", "method", "partial", "closure", "args", "keywords"}
BACK_NAMES = {"back", "owner", "parent", "prev", "previous", "up"}
EXCEPTION_NAMES = {"__traceback__", "__context__", "__cause__"}
OWN = {"self", "cls"}
"""What a method calls its object: no local variable to delete."""
POINTED = "_objects"
"""What ctypes keeps for a pointer: without it, the pointer dangles."""
CALLBACKS, AWAITED_BY = "_callbacks", "_asyncio_awaited_by"
"""Of a future: both lead to the task that waits for it, and both end when it waits no longer."""
FRAME = "builtins.frame"
OWNERS = (FRAME, "builtins.function")
"""Who counts as the owner of a variable that several have: the first that can delete it."""
CALLABLE = {"builtins.function", "functools.partial", *METHODS}

CLEARABLE = {"attribute", "item", "key", "local", "cell", "callback"}
"""Kinds of reference that a statement can clear, where their owner is not C's."""

DEPTH = 4
"""How far a container is traced to the attribute that holds it."""


class Reading(NamedTuple):
    """A raw reference as its author would name it."""

    owner: str
    label: str


class Age(IntEnum):
    """Whether a reference leads to what is older than its owner, as one back to a creator does."""

    BACK = 0
    UNKNOWN = 1
    FORTH = 2


class Read(NamedTuple):
    """How a reference is read, and what it is of."""

    reading: Reading
    owner: int
    """The object that counts as its owner."""
    attribute: str | None = None
    """The owner's attribute or local variable that it is, or that holds the container it is of."""
    shown: str = ""
    """Its label, with keys that are no plain names."""


@dataclass(frozen=True, slots=True)
class Handle:
    """All references of a cycle that one piece of code makes."""

    reading: Reading
    label: str
    """As in the reading, with a key that is no plain name."""
    kind: str
    """As in a :class:`~unknot.heap.labels.Reference`; ``class`` for all that a class refers to."""
    name: str
    """The bare name in it; empty where there is none."""
    possible: bool
    """Whether a statement of Python can clear it."""
    in_use: bool
    """Whether what it leads to may still be wanted, as far as can be seen."""
    who: Who
    """Whose code stores it, where that is known of an attribute; or else whose its owner is."""
    package: str
    """Of that code."""
    where: str | None
    """The line that stores it, where that is known of an attribute; or else its owner's."""
    is_stored: bool
    """Whether that is the line that stores it."""
    owner: LabelledObject
    target: LabelledObject
    """One of those that it leads to."""
    age: Age
    hands_itself: bool
    """Whether the line that stores it is like ``child.parent = self``."""
    of_its_owner: bool
    """Whether the target is a bound method of the owner."""
    references: frozenset[int]
    """Their numbers in the sample."""

    @property
    def same_type(self) -> bool:
        """Whether owner and target are of one type."""
        return self.owner.type == self.target.type

    @property
    def is_handed_over(self) -> bool:
        """Whether a library's code stores in an object a callable that its class gave to it."""
        is_stored = self.kind == "attribute" and self.is_stored and self.target.type in CALLABLE
        return is_stored and self.owner.who < self.who

    @property
    def place(self) -> str | None:
        """The line to change: of a callable that is handed over, it is not where it is stored."""
        return self.owner.where if self.is_handed_over else self.where

    @property
    def leads_back(self) -> bool:
        """Whether its name or the code says that it goes against the structure's own direction."""
        return self.name.strip("_") in BACK_NAMES or self.hands_itself

    @property
    def is_private(self) -> bool:
        return self.name.startswith("_")

    @property
    def is_own_local(self) -> bool:
        """Whether it is a function's local variable or argument, which ``del`` ends."""
        is_variable = self.kind == "local" or (
            self.kind == "cell" and self.reading.label.startswith("local ")
        )
        return is_variable and self.owner.type == FRAME and self.name not in OWN

    @property
    def tier(self) -> int:
        """The lower, the sooner it is cut: several of a lower tier come before one of a higher."""
        # Nobody drops a whole class for what a plain reference can do.
        step = 2 if self.in_use else 1 if self._preference >= SIMPLE else 0
        return (3 * self.who + step) if self.possible else IMPOSSIBLE

    @property
    def rank(self) -> int:
        """The lower, the better a place to cut."""
        back = 0
        if self.kind == "attribute" and self.possible:
            back = 2 * self.age + (not self.is_private)
        return 1000 * self.tier + 10 * self._preference + back

    @property
    def _preference(self) -> int:
        for place, (matches, _) in enumerate(PREFERENCES):
            if matches(self):
                return place
        return len(PREFERENCES)


IMPOSSIBLE = 3 * len(Who)
"""The tier of what no statement clears."""


PREFERENCES: tuple[tuple[Callable[[Handle], bool], str], ...] = (
    (lambda handle: handle.kind == "attribute" and handle.target.state in ENDED, "read no more"),
    (lambda handle: handle.is_own_local, "a name less"),
    (lambda handle: handle.kind == "attribute" and handle.leads_back, "leads back"),
    (lambda handle: handle.kind == "attribute" and handle.target.type in GENERATORS, "closable"),
    (
        lambda handle: handle.kind == "attribute" and handle.target.type not in CONTAINERS,
        "one object",
    ),
    (
        lambda handle: handle.kind in {"item", "key", "callback"} and not handle.target.is_fixed,
        "an entry",
    ),
    (lambda handle: handle.kind == "cell", "an argument instead"),
    (lambda handle: handle.kind == "local", "a name less, of an object or of what is not over"),
    (lambda handle: handle.kind == "attribute", "a whole collection"),
)
"""Of references that one person can clear, which first, and why. Last: part of a structure."""

SIMPLE = 2
"""So many of them, from the first, are done by a statement that breaks nothing."""


@dataclass(frozen=True, slots=True, eq=False)
class Handles:
    """The handles of one sample."""

    folded: Folded
    found: list[Handle]
    of: IntArray
    """The handle that each reference inside the component is of."""

    @property
    def names(self) -> frozenset[tuple[Reading, str]]:
        return frozenset((handle.reading, handle.kind) for handle in self.found)


def find_handles(folded: Folded) -> Handles:
    """Group the references of a sample by the piece of code that makes them."""
    reader = _Reader(folded)
    groups: defaultdict[tuple[Reading, str], list[int]] = defaultdict(list)
    for number in range(len(folded.sample.references)):
        reading = reader.read(number).reading
        groups[reading, reader.kind(number)].append(number)
    handles: list[Handle] = []
    handle_of = np.zeros(len(folded.sample.references), dtype=np.int64)
    for (reading, kind), numbers in groups.items():
        handle_of[numbers] = len(handles)
        handles.append(reader.handle(reading, kind, numbers))
    return Handles(folded, handles, handle_of)


class _Reader:
    """Reads raw references; remembers the containers it has traced."""

    def __init__(self, folded: Folded) -> None:
        self.folded = folded
        self.sample = folded.sample
        self.classes = [found.is_class for found in self.sample.objects]
        self.holders: dict[int, Read | None] = {}

    def kind(self, number: int) -> str:
        source, _ = self.sample.ends(number)
        reference = self.sample.references[number]
        if self.classes[source]:
            return "class"
        if self.folded.roles[source] == "dict" and reference.kind == "item":
            return "attribute"
        return reference.kind

    def read(self, number: int, depth: int = 0) -> Read:
        source, target = self.sample.ends(number)
        found, role = self.sample.objects[source], self.folded.roles[source]
        if self.classes[source]:
            return Read(Reading(self._title(source), " made anew"), source, None, " made anew")
        same = self._made_with(number)
        if same is not None:
            return self.read(same, depth)
        label, shown = self.folded.piece(number), self.folded.piece(number, keys=True)
        attribute = None
        if self.kind(number) in {"attribute", "local"}:
            attribute = self.sample.references[number].name
        if role in {"dict", "cell", "hamt"}:
            owner = self._owner(source)
            if owner is not None:
                if role == "cell":
                    label = shown = self.variable(source)
                    attribute = label.removeprefix("local ")
                return Read(Reading(self._title(owner), label), owner, attribute, shown)
        if found.type in CONTAINERS and not role and depth < DEPTH:
            holder = self._holder(source, depth)
            if holder is not None:
                (holding, held_by), owner, attribute, held = holder
                return Read(Reading(holding, held_by + label), owner, attribute, held + shown)
        if self.sample.references[number].kind == "unknown":
            label = shown = f"? → {self._title(target)}"
        reading = Reading(self._title(source), label or ".?")
        return Read(reading, source, attribute, shown or ".?")

    def _made_with(self, number: int) -> int | None:
        """The callback that C makes with the reference from a future to who awaits it."""
        if self.sample.references[number].name != AWAITED_BY:
            return None
        others = self.sample.out[self.sample.ends(number)[0]]
        return next((n for n in others if self.sample.references[n].name == CALLBACKS), None)

    def variable(self, cell: int) -> str:
        """What the variable in a cell is called."""
        closures, variables = [], []
        for number in self.sample.into[cell]:
            source, _ = self.sample.ends(number)
            reference = self.sample.references[number]
            if self.folded.roles[source] == "closure":
                closures.append(f"closure {self.folded.closure_name(source, reference)}")
            elif reference.kind == "local":
                variables.append(f"local {reference.name or '?'}")
        return min(variables or closures, default="cell")

    def _owner(self, plumbing: int) -> int | None:
        """The object that a dict, cell or tree node is a part of: the first by name."""
        owners, seen, waiting = [], {plumbing}, [plumbing]
        while waiting:
            for number in self.sample.into[waiting.pop()]:
                source, _ = self.sample.ends(number)
                role = self.folded.roles[source]
                if role in {"closure", "hamt", "dict"} and source not in seen:
                    seen.add(source)
                    waiting.append(source)
                elif not role:
                    owners.append(source)
        return min(owners, key=self._order, default=None)

    def _order(self, number: int) -> tuple[int, str, int]:
        kind = self.sample.objects[number].type
        place = OWNERS.index(kind) if kind in OWNERS else len(OWNERS)
        return place, title(self.sample.objects[number]), number

    def _holder(self, container: int, depth: int) -> Read | None:
        """How the one object that holds a container names it; nothing where several do."""
        if container not in self.holders:
            self.holders[container] = None  # should it hold itself
            reads = [self.read(number, depth + 1) for number in self.sample.into[container]]
            (read, *others) = {read.reading: read for read in reads}.values()
            if not others and self.sample.objects[read.owner].type not in CONTAINERS:
                self.holders[container] = read
        return self.holders[container]

    def _title(self, number: int) -> str:
        return title(self.sample.objects[number])

    def handle(self, reading: Reading, kind: str, numbers: list[int]) -> Handle:
        number = min(numbers, key=self._target_order)
        target = int(self.sample.targets[number])
        owner, attribute = self.read(number)[1:3]
        labels = {self.read(each).shown for each in numbers}
        found, end = self.sample.objects[owner], self.sample.objects[target]
        reference = self.sample.references[number]
        chained = reference.name in EXCEPTION_NAMES
        possible = self._is_clearable(kind, number, owner)
        given = found.given.get(attribute or "") if kind == "attribute" else None
        stored = found.stores.get(attribute or "")
        who = given.who if given is not None else found.who
        return Handle(
            reading=reading,
            label=labels.pop() if len(labels) == 1 else reading.label,
            kind=kind,
            name=reading.label.rpartition(" ")[2] if kind == "cell" else reference.name or "",
            possible=possible,
            in_use=chained or kind == "class" or (kind == "local" and found.state in LIVE),
            who=who if possible and not chained else Who.INTERPRETER,
            package=given.package if given is not None else found.package,
            where=stored or (found.where if who == found.who else None),
            is_stored=stored is not None,
            owner=found,
            target=end,
            age=self._age(numbers),
            hands_itself=given is not None and given.hands_itself,
            of_its_owner=end.type in METHODS and owner in self._bound_to(target),
            references=frozenset(numbers),
        )

    def _age(self, numbers: list[int]) -> Age:
        """Objects are numbered in the order in which they were made."""
        ways = {int(self.sample.targets[each]) < self.read(each).owner for each in numbers}
        return Age.UNKNOWN if len(ways) > 1 else Age.BACK if ways.pop() else Age.FORTH

    def _bound_to(self, method: int) -> set[int]:
        return {
            self.sample.ends(number)[1]
            for number in self.sample.out[method]
            if self.sample.references[number].name == "__self__"
        }

    def _target_order(self, number: int) -> tuple[bool, str, int]:
        """What is not over decides whether the reference is still in use."""
        found = self.sample.objects[int(self.sample.targets[number])]
        return found.state in ENDED, found.type, number

    @property
    def _points(self) -> bool:
        """Whether there is an object of ctypes that keeps what it points to."""
        return any(reference.name == POINTED for reference in self.sample.references)

    def _is_clearable(self, kind: str, number: int, owner: int) -> bool:
        """Whether a statement can clear it: what only C code can reach, nobody can."""
        source, target = self.sample.ends(number)
        found, role = self.sample.objects[source], self.folded.roles[source]
        if self.classes[source]:
            return True  # nobody has to make a class anew
        if kind not in CLEARABLE or role in FIXED_ROLES or found.is_fixed:
            return False
        read = self.read(number)
        if kind in {"attribute", "item"} and POINTED in (read.attribute, read.reading.label[1:]):
            return False
        if kind == "item" and found.type in CONTAINERS and self._points:
            return False  # in one of the dicts within `_objects`
        if kind == "local":
            return self.folded.roles[target] != "cell"  # it is the cell that can be cleared
        if kind == "attribute" and not role:
            name = self.sample.references[number].name
            by_c = found.who is Who.INTERPRETER or found.type in TASKS
            by_c = by_c or found.type.startswith("builtins.")  # whose code a frame is, is no matter
            return not by_c or name in EXCEPTION_NAMES or name in found.given
        return True
