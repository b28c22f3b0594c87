"""Names the references of frames, generators, coroutines and async generators, from their code.

Since CPython 3.11 a suspended generator holds its locals itself, and its frame object is created on
request; up to 3.10 the frame holds them. Values on a frame's stack have no name; such a reference
is a ``local`` called ``(stack)``.
"""

from __future__ import annotations

import sys
from types import CellType, CodeType, FrameType, FunctionType
from typing import Any, Callable, Dict, List, Optional, Tuple

from .assignments import argument_names
from .references import References

__all__ = [
    "PREFIXES",
    "name_frame",
    "name_generator",
    "read_locals",
    "state_of_generator",
]

OPTIMIZED = 0x1
"""Code flag: locals are in an array, as in functions, and not in a mapping."""

FIRST = 6
"""Number of first referents among which a frame's dict of locals is, if it exists."""

PREFIXES = {"generator": "gi_", "coroutine": "cr_", "async_generator": "ag_"}

STACK = "(stack)"

EMPTY = object()


def name_frame(frame: Any, references: References) -> None:
    """Name the references of a frame."""
    if references.referents and type(references.referents[0]) is FrameType:
        references.name_at(0, "attribute", "f_back")
    _name_contents(references, frame.f_code, lambda: frame)
    for place, _ in references.nameless():
        references.name_at(place, "local", STACK)


def name_generator(generator: Any, references: References) -> None:
    """Name the references of a generator, coroutine or async generator."""
    prefix = PREFIXES[type(generator).__name__]
    code = getattr(generator, prefix + "code")
    if prefix == "ag_" and references.referents:
        first = references.referents[0]
        is_function = type(first) is FunctionType and first.__code__ is code
        if not is_function and type(first) not in (CodeType, FrameType, str):
            references.name_at(0, "attribute", "ag_finalizer")
    if sys.version_info < (3, 11):
        return
    for place, referent in references.nameless():
        if type(referent) is FrameType and referent.f_code is code:
            references.name_at(place, "attribute", prefix + "frame")
            break
    _name_contents(references, code, lambda: getattr(generator, prefix + "frame"))
    last = len(references.referents) - 1
    for place, referent in references.nameless():
        if place == last and issubclass(type(referent), BaseException):
            references.name_at(place, "attribute", "exc_value")  # the exception being handled
        else:
            references.name_at(place, "local", STACK)


def state_of_generator(generator: Any) -> str:
    """``running``, ``finished`` or ``suspended``; before its start, a generator is suspended."""
    prefix = PREFIXES[type(generator).__name__]
    if getattr(generator, prefix + "running"):
        return "running"
    if getattr(
        generator, prefix + "suspended", False
    ):  # since 3.11; for async generators since 3.12
        return "suspended"
    return "finished" if getattr(generator, prefix + "frame") is None else "suspended"


def _name_contents(references: References, code: CodeType, frame_of: Callable[[], Any]) -> None:
    """Name the function and the locals of a frame, which is created only if needed."""
    for place, referent in references.nameless():
        if type(referent) is FunctionType and referent.__code__ is code:
            references.name_at(place, "attribute", "f_func")
            break
    if not references.nameless():
        return
    frame = frame_of()
    if frame is None:
        _name_arguments(references, code)
        return
    cells = code.co_cellvars + code.co_freevars
    values: Dict[str, Any] = {}
    if code.co_flags & OPTIMIZED:
        values, known = _read_locals(frame, references.referents)
        if known is not None:
            references.name(known, "attribute", "f_locals")
    else:
        _name_namespace(references)
    for name, value in values.items():
        if name not in cells:
            references.name(value, "local", name)
    _name_cells(references, list(cells), values)


def read_locals(frame: Any, referents: List[Any]) -> Dict[str, Any]:
    """The local variables of a function's frame, by name; empty for other code.

    ``referents`` are those of the frame, or of the generator whose frame it is.
    """
    return _read_locals(frame, referents)[0] if frame.f_code.co_flags & OPTIMIZED else {}


def _read_locals(frame: Any, referents: List[Any]) -> Tuple[Dict[str, Any], Optional[Any]]:
    """The local variables of a function's frame, and the dict in which it already had them.

    Contents of cells are included. Up to 3.12 reading creates or updates a dict that the frame
    keeps and that could close a cycle. A new dict is emptied; an existing one is restored.
    """
    if sys.version_info >= (3, 13):
        return {name: value for name, value in frame.f_locals.items() if type(name) is str}, None
    first = [found for found in referents[:FIRST] if type(found) is dict]
    copies = [found.copy() for found in first]
    known = frame.f_locals
    values = {name: value for name, value in known.items() if type(name) is str}
    known.clear()
    for found, copy in zip(first, copies):
        if found is known:
            known.update(copy)
            return values, known
    return values, None


def _name_arguments(references: References, code: CodeType) -> None:
    """Name the arguments that a generator keeps if it was closed before it began (since 3.12)."""
    arguments = argument_names(code)
    places = [place for place, found in enumerate(references.referents) if found is code]
    if places:
        for place, name in enumerate(arguments, places[-1] + 1):
            references.name_at(place, "local", name)
    cells = code.co_cellvars + code.co_freevars
    _name_cells(references, [name for name in cells if name not in arguments], {})


def _name_namespace(references: References) -> None:
    """Name the namespace in which a module's or class's body runs."""
    for place, referent in references.nameless():
        if type(referent) is dict:
            references.name_at(place, "attribute", "f_locals")
            return


def _name_cells(references: References, names: List[str], values: Dict[str, Any]) -> None:
    """Name the cells of a frame, by their order or, if some are missing, by their contents."""
    cells = [(place, cell) for place, cell in references.nameless() if type(cell) is CellType]
    in_order = len(cells) == len(names)
    for place, cell in cells:
        for name in names:
            if in_order or values.get(name, EMPTY) is _contents(cell):
                references.name_at(place, "local", name)
                names.remove(name)
                break


def _contents(cell: Any) -> Any:
    try:
        return cell.cell_contents
    except ValueError:
        return EMPTY
