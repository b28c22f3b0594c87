"""Folds the interpreter's plumbing into the references that it implements.

An attribute may be stored in an instance dict or inline, a closure variable in a tuple of cells, a
context variable in a HAMT. Such objects differ between releases and no code creates them
explicitly. Folded, a cycle has the same path on every release.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from unknot.heap.labels import LabelledObject, Reference
from unknot.heap.sample import Sample

__all__ = ["CODE", "CONTAINERS", "Folded", "FoldedStep", "fold", "title"]

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
"""Types whose objects are shown by kind and qualified name, as classes are."""
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
"""Maximum length, in characters, of a key that is shown."""
PARTIAL_PARTS = {"args", "keywords"}
THREAD_LOCAL = "_thread._local"
"""Stores its attributes in one dict per thread, inside another dict."""


@dataclass(frozen=True, slots=True)
class FoldedStep:
    """A step from one object to another, directly or through plumbing."""

    label: str
    target: int
    references: tuple[int, ...]
    """Numbers of the raw references that it consists of."""


@dataclass(frozen=True, slots=True, eq=False)
class Folded:
    """A sample with the role of each object, and the steps between objects that are shown."""

    sample: Sample
    roles: list[str]
    """(size,) the object's role as plumbing; empty if it is shown."""

    def steps(self, source: int) -> list[FoldedStep]:
        """Every step from ``source``, sorted by label."""
        sample, roles = self.sample, self.roles
        found, seen = [], set()
        waiting: list[FoldedStep] = [FoldedStep("", source, ())]
        while waiting:
            so_far = waiting.pop()
            for number in sample.out[so_far.target]:
                target = int(sample.targets[number])
                label = so_far.label + self.piece(number)
                step = FoldedStep(label, target, (*so_far.references, number))
                if not roles[target]:
                    found.append(step)
                elif target not in seen:
                    seen.add(target)
                    waiting.append(step)
        return sorted(found, key=lambda step: step.label)

    def shown(self, step: FoldedStep) -> str:
        """The label of a step, including keys that are not identifiers."""
        return "".join(self.piece(number, keys=True) for number in step.references)

    def piece(self, number: int, *, keys: bool = False) -> str:
        """The part of a step's label that a raw reference contributes.

        A key that is not an identifier is data, by which equal cycles would differ. It is included
        only with ``keys``.
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
        """The variable that an item of a closure tuple stands for; the first by name if shared."""
        names = []
        for number in self.sample.into[closure]:
            freevars = self.sample.objects[int(self.sample.sources[number])].freevars
            if reference.at is not None and reference.at < len(freevars):
                names.append(freevars[reference.at])
        return min(names, default="?")

    def title(self, number: int) -> str:
        return title(self.sample.objects[number])


def title(found: LabelledObject) -> str:
    """An object's full type name; for code and classes, the kind and the qualified name."""
    kind = "class" if found.is_class else NAMED.get(found.type)
    return found.type if kind is None or found.name is None else f"{kind} {found.name}"


def fold(sample: Sample) -> Folded:
    """Marks the plumbing of a sample. A sample of plumbing alone is not folded."""
    roles = [_first_role(sample, number) for number in range(sample.size)]
    for number in range(sample.size):
        if not roles[number]:
            roles[number] = _second_role(sample, roles, number)
    if all(roles):
        roles = [""] * sample.size
    return Folded(sample, roles)


def _first_role(sample: Sample, number: int) -> str:
    """The role given by an object's type or by the references to it."""
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
    """The role given by the roles of an object's holders."""
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
"""Labels of references inside plumbing, by source role, kind and target role."""
