"""The interpreter's plumbing folded into the references it implements.

An attribute may be kept in a dict of its own or inline, a closure variable in a tuple of cells, a
context variable in a tree of nodes: that differs between releases, and nobody wrote it. Folded, one
cycle reads the same on all of them.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from unknot.heap.labels import LabelledObject, Reference
from unknot.heap.sample import Sample

__all__ = ["CODE", "CONTAINERS", "Folded", "Step", "fold", "title"]

METHODS = {
    "builtins.method",
    "builtins.builtin_function_or_method",
    "builtins.method-wrapper",
}
CODE = {
    "builtins.function": "function",
    "builtins.frame": "frame",
    "builtins.coroutine": "coroutine",
    "builtins.generator": "generator",
    "builtins.async_generator": "async generator",
}
NAMED = {**CODE, "builtins.method": "method", "builtins.module": "module"}
"""What is shown by its kind and its own name, beside classes."""
CONTAINERS = {
    "builtins.list",
    "builtins.dict",
    "builtins.tuple",
    "builtins.set",
    "builtins.frozenset",
    "collections.deque",
    "collections.OrderedDict",
    "collections.defaultdict",
}
LONGEST_KEY = 40
"""Characters of a key that is shown."""
PARTIAL_PARTS = {"args", "keywords"}
THREAD_LOCAL = "_thread._local"
"""It keeps a dict of its attributes for every thread, in a dict of those."""


@dataclass(frozen=True, slots=True)
class Step:
    """From one object to another, through plumbing or straight."""

    label: str
    target: int
    references: tuple[int, ...]
    """The raw references it consists of."""


@dataclass(frozen=True, slots=True, eq=False)
class Folded:
    """A sample, what part each of its objects plays, and the steps between those that count."""

    sample: Sample
    roles: list[str]
    """(size,) empty for what is no plumbing."""

    def steps(self, source: int) -> list[Step]:
        """Every reference that ``source`` has, in the order of their labels."""
        sample, roles = self.sample, self.roles
        found, seen = [], set()
        waiting: list[Step] = [Step("", source, ())]
        while waiting:
            so_far = waiting.pop()
            for number in sample.out[so_far.target]:
                target = int(sample.targets[number])
                label = so_far.label + self.piece(number)
                step = Step(label, target, (*so_far.references, number))
                if not roles[target]:
                    found.append(step)
                elif target not in seen:
                    seen.add(target)
                    waiting.append(step)
        return sorted(found, key=lambda step: step.label)

    def shown(self, step: Step) -> str:
        """The label of a step, with keys that are no plain names."""
        return "".join(self.piece(number, keys=True) for number in step.references)

    def piece(self, number: int, *, keys: bool = False) -> str:
        """What a raw reference adds to the label of a step.

        A key that is no plain name is data, and would tell equal cycles apart: only with ``keys``
        is it in the label.
        """
        sample = self.sample
        source, target = sample.ends(number)
        reference = sample.references[number]
        silent = SILENT.get((self.roles[source], reference.kind, self.roles[target]))
        if silent is not None:
            return silent
        if self.roles[source] == "closure":
            return f"closure {self.closure_name(source, reference)}"
        if self.roles[source] == "dict" and reference.kind == "item" and reference.name:
            return f".{reference.name}"
        if keys and reference.odd_key is not None and len(reference.odd_key) <= LONGEST_KEY:
            return f"[{reference.odd_key}]"
        return PIECES.get(reference.kind, _unknown)(reference)

    def closure_name(self, closure: int, reference: Reference) -> str:
        """The variable that an item of a closure tuple is; the first by name, if several share."""
        names = []
        for number in self.sample.into[closure]:
            freevars = self.sample.objects[int(self.sample.sources[number])].freevars
            if reference.at is not None and reference.at < len(freevars):
                names.append(freevars[reference.at])
        return min(names, default="?")

    def title(self, number: int) -> str:
        return title(self.sample.objects[number])


def title(found: LabelledObject) -> str:
    """A type's full name; for code, what kind of code and its qualified name."""
    kind = "class" if found.is_class else NAMED.get(found.type)
    return found.type if kind is None or found.name is None else f"{kind} {found.name}"


def fold(sample: Sample) -> Folded:
    """Find the plumbing of a sample. Where there is nothing else, it stays as it is."""
    roles = [_first_role(sample, number) for number in range(sample.size)]
    for number in range(sample.size):
        if not roles[number]:
            roles[number] = _second_role(sample, roles, number)
    if all(roles):
        roles = [""] * sample.size
    return Folded(sample, roles)


def _first_role(sample: Sample, number: int) -> str:
    """What an object's type tells, or the kind of a reference to it."""
    type_name = sample.objects[number].type
    if "hamt" in type_name:
        return "hamt"
    if type_name in METHODS:
        return "method"
    if type_name == "functools.partial":
        return "partial"
    kinds = {sample.references[reference].kind for reference in sample.into[number]}
    holders = {sample.objects[int(sample.sources[each])].type for each in sample.into[number]}
    if type_name == "builtins.dict" and holders == {THREAD_LOCAL} and "dict" not in kinds:
        return "threads"
    return "dict" if "dict" in kinds else "closure" if "closure" in kinds else ""


def _second_role(sample: Sample, roles: list[str], number: int) -> str:
    """What is told by the part that a holder plays."""
    for incoming in sample.into[number]:
        reference = sample.references[incoming]
        holder = roles[int(sample.sources[incoming])]
        if holder == "partial" and reference.name in PARTIAL_PARTS:
            return str(reference.name)
        if holder == "threads" and reference.kind == "item":
            return "dict"
        is_cell = sample.objects[number].type == "builtins.cell"
        if is_cell and (holder == "closure" or reference.kind == "local"):
            return "cell"
    return ""


def _unknown(reference: Reference) -> str:
    return "?"


def _attribute(reference: Reference) -> str:
    return f".{reference.name}" if reference.name and reference.name != "?" else "?"


def _item(reference: Reference) -> str:
    name = reference.name
    return f"['{name}']" if name is not None and name.isidentifier() else "[…]"


PIECES: dict[str, Callable[[Reference], str]] = {
    "attribute": _attribute,
    "item": _item,
    "dict": lambda reference: ".__dict__",
    "key": lambda reference: "{key}",
    "local": lambda reference: f"local {reference.name or '?'}",
    "closure": lambda reference: ".__closure__",
    "cell": lambda reference: ".cell_contents",
    "variable": lambda reference: f"[{reference.name or '?'}]",
    "callback": lambda reference: "callback",
    "class": lambda reference: "class",
}

SILENT = {
    ("", "dict", "dict"): "",
    ("", "closure", "closure"): "",
    ("", "attribute", "threads"): "",
    ("threads", "item", "dict"): "",
    ("cell", "cell", ""): "",
    **{("cell", "cell", role): "" for role in ("method", "partial", "cell", "dict", "closure")},
    **{
        (source, kind, "hamt"): ""
        for source in ("", "hamt")
        for kind in ("attribute", "item", "unknown")
    },
}
"""References inside the plumbing, by role, kind and role, that a label does not show."""
