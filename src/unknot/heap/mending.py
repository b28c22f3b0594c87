"""A cut said as an instruction: which name, of what, and when."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Sequence

from unknot.heap.folding import CONTAINERS, METHODS
from unknot.heap.handles import (
    AWAITED_BY,
    CALLABLE,
    EXCEPTION_NAMES,
    GENERATORS,
    POINTED,
    TASKS,
    Handle,
)
from unknot.heap.labels import Who
from unknot.heap.naming import PathStep

__all__ = ["instruct"]

SAID = 4
"""Instructions of a cut that are put into words; who has to do more needs another design."""


def is_unfinished(handle: Handle) -> bool:
    """Whether an attribute keeps a task or future that is pending: as garbage, for ever."""
    target = handle.target
    is_kept = handle.kind == "attribute" and handle.possible
    return is_kept and target.type in TASKS and target.state == "pending"


def is_wakeup(handle: Handle) -> bool:
    """Whether it leads from a future to the task that waits for it, which C code does."""
    if handle.possible:
        return False
    if handle.name in ("__self__", AWAITED_BY):
        return handle.target.type == "asyncio.Task" and handle.target.state == "pending"
    told = f"{handle.target.type} {handle.target.name}".lower()
    return handle.name == "_callbacks" and "wakeup" in told


Rule = tuple[Callable[[Handle], bool], str]

RULES: tuple[Rule, ...] = (
    (
        lambda handle: handle.kind == "class" and handle.possible,
        "create {owner} once, not in every operation: each class is a cycle of its own",
    ),
    (
        is_wakeup,
        "cancel the task that waits there, and await it: nobody resolves what it waits for",
    ),
    (
        lambda handle: is_unfinished(handle) and handle.target.type == "asyncio.Task",
        "cancel the task in {name} when its owner is done with it, await it, and set {name} "
        "to None: it never ends by itself",
    ),
    (
        is_unfinished,
        "cancel the future in {name} when its owner is done with it, and set {name} to None: "
        "nobody resolves it",
    ),
    (
        lambda handle: not handle.possible and POINTED in handle.reading.label,
        "leave {name} as it is, for it keeps the memory that a pointer leads to: make the pointer "
        "otherwise (`ctypes.cast` makes such a cycle; `from_address` and `from_buffer` do not)",
    ),
    (
        lambda handle: not handle.possible and handle.owner.is_fixed,
        "{owner} cannot be changed once it is made: do not store in it what leads back to it",
    ),
    (
        lambda handle: not handle.possible,
        "no statement clears {name}, which belongs to C code: keep {owner} from being stored "
        "where it leads back to itself",
    ),
    (
        lambda handle: handle.kind == "attribute" and handle.target.type == "asyncio.Task",
        "set {name} to None in a done-callback of the task",
    ),
    (
        lambda handle: handle.kind == "attribute" and handle.target.type in TASKS,
        "set {name} to None in a done-callback of the future",
    ),
    (
        lambda handle: (
            handle.kind == "attribute" and handle.target.type == "builtins.async_generator"
        ),
        "`await self.{bare}.aclose()` when its owner is done with it, and set {name} to None",
    ),
    (
        lambda handle: handle.kind == "attribute" and handle.target.type in GENERATORS,
        "call `self.{bare}.close()` when its owner is done with it, and set {name} to None",
    ),
    (
        lambda handle: handle.is_handed_over,
        "do not pass a callable that refers to {owner} to the library that keeps it in {name} "
        "({stored}): override the method that calls it, or pass one that does not refer to the "
        "object",
    ),
    (
        lambda handle: handle.kind == "attribute" and handle.target.type in METHODS,
        "do not store a bound method in {name}: look it up when it is called",
    ),
    (
        lambda handle: (
            handle.kind == "attribute"
            and handle.target.type in CALLABLE
            and not (handle.is_stored and handle.who is Who.APPLICATION)
        ),
        "do not keep a callable that leads to {owner} in {name}: make it when it is called, for a "
        "call of None fails",
    ),
    (
        lambda handle: handle.kind == "attribute" and handle.target.type in CALLABLE,
        "set {name} to None when its owner is done with it and calls it no more",
    ),
    (
        lambda handle: handle.name in EXCEPTION_NAMES,
        "set {name} to None, but only where the exception is handled for good: who reports it "
        "later finds none",
    ),
    (
        lambda handle: handle.kind == "attribute" and handle.target.is_exception,
        "set {name} to None once the exception is handled",
    ),
    (
        lambda handle: handle.kind == "attribute" and (handle.same_type or handle.leads_back),
        "make {name} a weak reference, or clear it when the structure is dropped",
    ),
    (
        lambda handle: (
            handle.kind == "attribute"
            and handle.target.type in CONTAINERS
            and not handle.target.is_fixed
        ),
        "clear {name} when its owner is done with it",
    ),
    (
        lambda handle: handle.kind == "attribute",
        "set {name} to None when its owner is done with it",
    ),
    (
        lambda handle: handle.kind == "local",
        "`del {bare}` in a `finally` of {owner}",
    ),
    (
        lambda handle: handle.kind == "cell" and handle.same_type,
        "move `{bare}` out of the function that makes it, or, where nobody needs it later, "
        "`del {bare}` there in a `finally`: it closes over itself",
    ),
    (
        lambda handle: handle.kind == "cell",
        "pass `{bare}` as an argument instead of closing over it, or set it to None when done",
    ),
    (
        lambda handle: handle.kind == "item" and handle.of_its_owner,
        "do not store a bound method of {owner} in {name}: look it up when it is called, or clear "
        "the container when its owner is done with it",
    ),
    (
        lambda handle: (
            handle.kind in {"item", "key", "callback"} and handle.target.type in CALLABLE
        ),
        "remove the callback from {name} once it was called or is wanted no more",
    ),
    (lambda handle: True, "remove the entry from {name} when it is wanted no more"),
)
"""The first rule that matches says it."""


def instruct(cut: Sequence[Handle]) -> str:
    """What to do, in one sentence."""
    if any(is_unfinished(handle) and handle.target.type == "asyncio.Task" for handle in cut):
        cut = [handle for handle in cut if not is_wakeup(handle)]  # one statement does both
    frames: defaultdict[str, list[Handle]] = defaultdict(list)
    # The callers first: a traceback makes the frame where it was raised before theirs.
    for handle in sorted(cut, key=lambda handle: -min(handle.references)):
        if handle.is_own_local:
            frames[handle.reading.owner].append(handle)
    said = [_say_del(owner, variables) for owner, variables in frames.items()]
    said += [_say(handle) for handle in cut if not handle.is_own_local]
    sentence = ", and ".join(said[:SAID])
    if len(said) > SAID:
        sentence += f", and so on for {len(said) - SAID} more"
    return sentence[:1].upper() + sentence[1:] + "." if sentence else ""


def _say_del(owner: str, variables: Sequence[Handle]) -> str:
    """One statement for all variables of one function."""
    variables = sorted(variables, key=lambda handle: handle.name)
    names = ", ".join(handle.name for handle in variables)
    places = dict.fromkeys(handle.where for handle in variables if handle.where)
    said = f"`del {names}` in a `finally` of `{_code(owner)}`"
    if any(handle.target.is_exception for handle in variables):
        said += ": the exception's traceback holds the frame"
    return f"{said} ({', '.join(places)})" if places else said


def _say(handle: Handle) -> str:
    template = next(template for matches, template in RULES if matches(handle))
    step = PathStep(handle.reading.owner, handle.label, "")
    said = template.format(
        owner=f"`{_code(handle.reading.owner)}`",
        name=f"`{step.text}`",
        bare=handle.name or step.text,
        stored=handle.where,
    )
    if handle.place and handle.who < Who.INTERPRETER:
        of_class = handle.kind == "attribute" and not handle.is_stored
        of_class = of_class or handle.is_handed_over
        said += f" (its class is at {handle.place})" if of_class else f" ({handle.place})"
    if handle.is_handed_over:
        return said
    if handle.who is Who.LIBRARY and handle.kind == "attribute" and handle.is_private:
        said += ", which is private to its library and for that to change"
    return said


def _code(title: str) -> str:
    """The name without the module or the kind of code."""
    return title.rpartition(" ")[2] if " " in title else title.rpartition(".")[2]
