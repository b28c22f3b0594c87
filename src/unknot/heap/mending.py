"""A cut said as an instruction: which name, of what, and when."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from unknot.heap.folding import CONTAINERS, METHODS
from unknot.heap.handles import GENERATORS, TASKS, Handle
from unknot.heap.labels import Who
from unknot.heap.naming import PathStep

__all__ = ["instruct"]

CALLABLES = {"builtins.function", "functools.partial", *METHODS}

SAID = 3
"""References of a cut that are put into words; who has to cut more needs another design."""


def is_unfinished(handle: Handle) -> bool:
    """Whether an attribute keeps a task or future that is pending: as garbage, for ever."""
    target = handle.target
    return handle.kind == "attribute" and target.type in TASKS and target.state == "pending"


def is_wakeup(handle: Handle) -> bool:
    """Whether it leads from a future to the task that waits for it, which C code does."""
    if handle.possible:
        return False
    if handle.name == "__self__":
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
        lambda handle: not handle.possible,
        "no statement clears {name}, which belongs to C code: keep {owner} from being stored "
        "where it leads back to itself",
    ),
    (
        lambda handle: handle.kind == "attribute" and handle.target.type in TASKS,
        "set {name} to None in the done-callback of {target}",
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
        lambda handle: handle.kind == "attribute" and handle.target.type in METHODS,
        "do not store a bound method in {name}: look it up when it is called",
    ),
    (
        lambda handle: handle.name in {"__traceback__", "__context__", "__cause__"},
        "set {name} to None once the exception is handled",
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
        lambda handle: handle.kind == "attribute" and handle.target.type in CONTAINERS,
        "clear {name} when its owner is done with it",
    ),
    (
        lambda handle: handle.kind == "attribute",
        "set {name} to None when its owner is done with it",
    ),
    (
        lambda handle: handle.kind == "local" and handle.target.is_exception,
        "`del {bare}` in a `finally` of {owner}: the exception's traceback holds the frame",
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
        lambda handle: (
            handle.kind in {"item", "key", "callback"} and handle.target.type in CALLABLES
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
    sentence = ", and ".join(_say(handle) for handle in cut[:SAID])
    if len(cut) > SAID:
        sentence += f", and so on for {len(cut) - SAID} more"
    return sentence[:1].upper() + sentence[1:] + "." if sentence else ""


def _say(handle: Handle) -> str:
    template = next(template for matches, template in RULES if matches(handle))
    step = PathStep(handle.reading.owner, handle.label, "")
    said = template.format(
        owner=f"`{_code(handle.reading.owner)}`",
        name=f"`{step.text}`",
        bare=handle.name or step.text,
        target=f"`{_code(handle.target.name or handle.target.type)}`",
    )
    return f"{said} ({handle.where})" if handle.where and handle.who < Who.INTERPRETER else said


def _code(title: str) -> str:
    """The name without the module or the kind of code."""
    return title.rpartition(" ")[2] if " " in title else title.rpartition(".")[2]
