"""The lines that put something into a container, by the name that the program gives it.

A container is known by the last name on the way to it: ``listeners`` of ``BUS.listeners``, or
``REGISTRY`` of ``REGISTRY["entries"]``. Another container may have that name, so it is where the
program may add to it, and the places of one's own code come first.
"""

from __future__ import annotations

import warnings
from _ast import PyCF_ONLY_AST
from _io import FileIO
from types import CodeType, FunctionType
from typing import Any, Dict, Iterator, List, Optional, Tuple

from .origins import Origins
from .sources import LARGEST, lines_of, with_nested
from .stores import functions_of

__all__ = ["called", "find_fillers", "nodes_of"]

ADDING = frozenset(
    {
        "add",
        "append",
        "appendleft",
        "extend",
        "extendleft",
        "insert",
        "put",
        "put_nowait",
        "setdefault",
        "update",
    }
)
"""Methods that make a container larger."""

MOST = 3
"""Places that are told."""


def find_fillers(name: str, attribute: bool, packages: List[str]) -> List[Dict[str, Any]]:
    """``where``, ``path:line``; ``function``; whether it is the ``application``'s; its own first.

    Looked for in the functions of those packages. Those that name an ``attribute``, or a variable,
    as it is asked, come before all others, and alone. No code of the program's runs.
    """
    origins = Origins()
    files: Dict[str, Dict[int, bool]] = {}
    found: Dict[str, Dict[str, Any]] = {}
    for package in packages:
        for function in functions_of(package):
            for code in with_nested(function.__code__):
                if name not in (*code.co_names, *code.co_freevars, *code.co_cellvars):
                    continue
                path = origins.file(str.__str__(code.co_filename))
                if path is None:
                    continue
                if path not in files:
                    files[path] = _lines_that_add(path, name)
                for line in sorted(files[path].keys() & lines_of(code)):
                    where = f"{path}:{line}"
                    is_own = origins.author(path)[0] == "application"
                    said = {"where": where, "function": called(function, code), "own": is_own}
                    said["alike"] = files[path][line] == attribute
                    found.setdefault(where, said)
    alike = [one for one in found.values() if one["alike"]] or list(found.values())
    return sorted(alike, key=lambda one: (not one["own"], one["where"]))[:MOST]


def called(function: FunctionType, code: CodeType) -> str:
    """The qualified name of code that is a function's, or of one inside it."""
    if code is function.__code__:
        return str.__str__(function.__qualname__)
    return str.__str__(getattr(code, "co_qualname", code.co_name))  # new in 3.11


def _lines_that_add(path: str, name: str) -> Dict[int, bool]:
    """The lines of a file, and whether it is an attribute there; none where it is not Python."""
    named = (
        (line, _name_of(filled)) for node in nodes_of(path) for line, filled in _additions(node)
    )
    return {line: found[1] for line, found in named if found is not None and found[0] == name}


def nodes_of(path: str) -> Iterator[Any]:
    """All nodes of a file's syntax tree; none where it is not Python."""
    try:
        with FileIO(path) as file:
            source = file.read(LARGEST)
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            waiting: List[Any] = [compile(source, path, "exec", PyCF_ONLY_AST, True)]
    except Exception:
        return
    while waiting:
        node = waiting.pop()
        yield node
        for field in node._fields:
            value = getattr(node, field, None)
            parts = value if type(value) is list else [value]
            waiting.extend(part for part in parts if hasattr(part, "_fields"))


def _additions(node: Any) -> Iterator[Tuple[int, Any]]:
    """Its line, and the expressions of what it adds to."""
    kind = type(node).__name__
    if kind == "Call" and type(node.func).__name__ == "Attribute":
        if node.func.attr in ADDING:
            yield node.lineno, node.func.value
    elif kind in ("Assign", "AnnAssign", "AugAssign"):
        for target in node.targets if kind == "Assign" else [node.target]:
            if type(target).__name__ == "Subscript":
                yield node.lineno, target.value
            elif kind == "AugAssign":
                yield node.lineno, target


def _name_of(node: Any) -> Optional[Tuple[str, bool]]:
    """``rooms`` of ``self.rooms[key]`` and of ``self.rooms.setdefault(key, [])``.

    With it, whether it is an attribute.
    """
    kind = type(node).__name__
    if kind == "Name":
        return str(node.id), False
    if kind == "Attribute":
        return str(node.attr), True
    if kind == "Subscript":
        return _name_of(node.value)
    if kind == "Call" and type(node.func).__name__ == "Attribute":
        return _name_of(node.func.value)
    return None
