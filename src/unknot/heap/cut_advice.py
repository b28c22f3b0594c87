"""A proven cut in words: which name to clear, of which object, and when.

Nobody after this reads the words but to show them: see ``tests/test_words.py``.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from unknot.heap.cuts import Proof
from unknot.heap.edge_groups import AWAITED_BY, EXCEPTION_NAMES, POINTED
from unknot.heap.edges import CALLABLE, GENERATORS, TASKS, EdgeGroup
from unknot.heap.folding import CONTAINERS, METHODS
from unknot.heap.labels import CodeOrigin
from unknot.heap.paths import CyclePath, PathStep
from unknot.records import Cut

__all__ = ["ProvenCut", "advise_cut", "propose_cut"]

MOST_ADVICE = 4
"""Maximum number of instructions in a sentence. A cut that needs more needs a different design."""


@dataclass(frozen=True, slots=True)
class ProvenCut:
    """The references to cut, and how much reference counting frees without them."""

    edges: tuple[str, ...]
    """Such as ``Session.worker_task``; several if one does not suffice."""
    steps: tuple[int, ...]
    """Indices of the path's steps that the cut removes."""
    frees: int
    of: int
    """Objects in the copies tried, including what hangs from them."""
    copies: int
    """Number of copies in which the cut was tried."""
    possible: bool
    """Whether Python statements can clear all the references."""
    instruction: str

    @property
    def sufficient(self) -> bool:
        return self.copies > 0 and self.frees == self.of

    def record(self, share: float, bytes_per_op: float) -> Cut:
        """The cut as it is kept in a result, of which each operation has a ``share``.

        ``bytes_per_op`` are those of the cycle.
        """
        return Cut(
            edge=" and ".join(self.edges),
            edges=list(self.edges),
            frees_per_op=round(self.frees * share, 9),  # 6 of 6, however that was divided
            of_per_op=round(self.of * share, 9),
            sufficient=self.sufficient,
            bytes_per_op=bytes_per_op if self.sufficient else 0.0,
            instruction=self.instruction,
            proven=self.copies,
        )


def is_unfinished(group: EdgeGroup) -> bool:
    """Whether an attribute holds a task or future that is pending and, as garbage, never ends."""
    target = group.target
    is_kept = group.kind == "attribute" and group.clearable
    return is_kept and target.type in TASKS and target.state == "pending"


def is_wakeup(group: EdgeGroup) -> bool:
    """Whether it is the reference from a future to the task awaiting it, created by C code."""
    if group.clearable:
        return False
    if group.name in ("__self__", AWAITED_BY):
        return group.target.type == "asyncio.Task" and group.target.state == "pending"
    return (
        group.name == "_callbacks"
        and "wakeup" in f"{group.target.type} {group.target.name}".lower()
    )


Rule = tuple[Callable[[EdgeGroup], bool], str]

RULES: tuple[Rule, ...] = (
    (
        lambda group: group.kind == "class" and group.clearable,
        "create {owner} once, not in every operation: each class is a cycle of its own",
    ),
    (
        is_wakeup,
        "cancel the task that waits there, and await it: nobody resolves what it waits for",
    ),
    (
        lambda group: is_unfinished(group) and group.target.type == "asyncio.Task",
        "cancel the task in {name} when its owner is done with it, await it, and set {name} "
        "to None: it never ends by itself",
    ),
    (
        is_unfinished,
        "cancel the future in {name} when its owner is done with it, and set {name} to None: "
        "nobody resolves it",
    ),
    (
        lambda group: not group.clearable and POINTED in group.edge.label,
        "leave {name} as it is, for it keeps the memory that a pointer leads to: make the pointer "
        "otherwise (`ctypes.cast` makes such a cycle; `from_address` and `from_buffer` do not)",
    ),
    (
        lambda group: not group.clearable and group.owner.is_fixed,
        "{owner} cannot be changed once it is made: do not store in it what leads back to it",
    ),
    (
        lambda group: not group.clearable,
        "no statement clears {name}, which belongs to C code: keep {owner} from being stored "
        "where it leads back to itself",
    ),
    (
        lambda group: group.kind == "attribute" and group.target.type == "asyncio.Task",
        "set {name} to None in a done-callback of the task",
    ),
    (
        lambda group: group.kind == "attribute" and group.target.type in TASKS,
        "set {name} to None in a done-callback of the future",
    ),
    (
        lambda group: group.kind == "attribute" and group.target.type == "builtins.async_generator",
        "`await self.{bare}.aclose()` when its owner is done with it, and set {name} to None",
    ),
    (
        lambda group: group.kind == "attribute" and group.target.type in GENERATORS,
        "call `self.{bare}.close()` when its owner is done with it, and set {name} to None",
    ),
    (
        lambda group: group.is_handed_over,
        "do not pass a callable that refers to {owner} to the library that keeps it in {name} "
        "({stored}): override the method that calls it, or pass one that does not refer to the "
        "object",
    ),
    (
        lambda group: group.kind == "attribute" and group.target.type in METHODS,
        "do not store a bound method in {name}: look it up when it is called",
    ),
    (
        lambda group: (
            group.kind == "attribute"
            and group.target.type in CALLABLE
            and not (group.is_stored and group.origin is CodeOrigin.APPLICATION)
        ),
        "do not keep a callable that leads to {owner} in {name}: make it when it is called, for a "
        "call of None fails",
    ),
    (
        lambda group: group.kind == "attribute" and group.target.type in CALLABLE,
        "set {name} to None when its owner is done with it and calls it no more",
    ),
    (
        lambda group: group.name in EXCEPTION_NAMES,
        "set {name} to None, but only where the exception is handled for good: who reports it "
        "later finds none",
    ),
    (
        lambda group: group.kind == "attribute" and group.target.is_exception,
        "set {name} to None once the exception is handled",
    ),
    (
        lambda group: group.kind == "attribute" and (group.same_type or group.leads_back),
        "make {name} a weak reference, or clear it when the structure is dropped",
    ),
    (
        lambda group: (
            group.kind == "attribute"
            and group.target.type in CONTAINERS
            and not group.target.is_fixed
        ),
        "clear {name} when its owner is done with it",
    ),
    (
        lambda group: group.kind == "attribute",
        "set {name} to None when its owner is done with it",
    ),
    (
        lambda group: group.kind == "local",
        "`del {bare}` in a `finally` of {owner}",
    ),
    (
        lambda group: group.kind == "cell" and group.same_type,
        "move `{bare}` out of the function that makes it, or, where nobody needs it later, "
        "`del {bare}` there in a `finally`: it closes over itself",
    ),
    (
        lambda group: group.kind == "cell",
        "pass `{bare}` as an argument instead of closing over it, or set it to None when done",
    ),
    (
        lambda group: group.kind == "item" and group.is_bound_to_owner,
        "do not store a bound method of {owner} in {name}: look it up when it is called, or clear "
        "the container when its owner is done with it",
    ),
    (
        lambda group: group.kind in {"item", "key", "callback"} and group.target.type in CALLABLE,
        "remove the callback from {name} once it was called or is wanted no more",
    ),
    (lambda group: True, "remove the entry from {name} when it is wanted no more"),
)
"""The first rule that matches applies."""


def propose_cut(cycle: CyclePath, groups: Sequence[EdgeGroup], proof: Proof) -> ProvenCut:
    """The cut of those groups, in words."""
    return ProvenCut(
        edges=tuple(PathStep(group.edge.owner, group.label, "").text for group in groups),
        steps=tuple(
            at
            for at, step in enumerate(cycle.steps)
            if any(
                group.references & set(step.references)
                for group in groups
                if group.kind != "class"  # creating a class once does not remove a single reference
            )
        ),
        frees=proof.frees,
        of=proof.of,
        copies=proof.copies,
        possible=all(group.clearable for group in groups),
        instruction=advise_cut(groups),
    )


def advise_cut(cut: Sequence[EdgeGroup]) -> str:
    """What to do, in one sentence; empty for an empty cut."""
    if any(is_unfinished(group) and group.target.type == "asyncio.Task" for group in cut):
        cut = [group for group in cut if not is_wakeup(group)]  # cancelling the task does both
    frames: defaultdict[str, list[EdgeGroup]] = defaultdict(list)
    # Callers come first: a traceback creates the frame that raised before its callers' frames.
    for group in sorted(cut, key=lambda group: -min(group.references)):
        if group.is_own_local:
            frames[group.edge.owner].append(group)
    advice = [_word_del(owner, variables) for owner, variables in frames.items()]
    advice += [_word(group) for group in cut if not group.is_own_local]
    sentence = ", and ".join(advice[:MOST_ADVICE])
    if len(advice) > MOST_ADVICE:
        sentence += f", and so on for {len(advice) - MOST_ADVICE} more"
    return sentence[:1].upper() + sentence[1:] + "." if sentence else ""


def _word_del(owner: str, variables: Sequence[EdgeGroup]) -> str:
    """One ``del`` statement for all variables of one function."""
    variables = sorted(variables, key=lambda group: group.name)
    names = ", ".join(group.name for group in variables)
    places = dict.fromkeys(group.where for group in variables if group.where)
    text = f"`del {names}` in a `finally` of `{_code(owner)}`"
    if any(group.target.is_exception for group in variables):
        text += ": the exception's traceback holds the frame"
    return f"{text} ({', '.join(places)})" if places else text


def _word(group: EdgeGroup) -> str:
    template = next(template for matches, template in RULES if matches(group))
    step = PathStep(group.edge.owner, group.label, "")
    text = template.format(
        owner=f"`{_code(group.edge.owner)}`",
        name=f"`{step.text}`",
        bare=group.name or step.text,
        stored=group.where,
    )
    if group.place and group.origin < CodeOrigin.INTERPRETER:
        of_class = group.kind == "attribute" and not group.is_stored
        of_class = of_class or group.is_handed_over
        text += f" (its class is at {group.place})" if of_class else f" ({group.place})"
    if group.is_handed_over:
        return text
    if group.origin is CodeOrigin.LIBRARY and group.kind == "attribute" and group.is_private:
        text += ", which is private to its library and for that to change"
    return text


def _code(title: str) -> str:
    """The title without the module or the kind of code."""
    return title.rpartition(" ")[2] if " " in title else title.rpartition(".")[2]
