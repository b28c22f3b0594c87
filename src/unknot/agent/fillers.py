"""Finds the lines that add entries to a container, by the container's name.

The name is the last one on the path to it: ``listeners`` for ``BUS.listeners``, ``REGISTRY`` for
``REGISTRY["entries"]``. Other containers may have the same name, so these are lines that may add to
it; those of the application come first.
"""

from __future__ import annotations

import warnings
from _ast import PyCF_ONLY_AST
from _io import FileIO
from types import CodeType, FunctionType
from typing import Any, Dict, Iterable, Iterator, List, Optional, Tuple

from .origins import Origins
from .source_cache import cache, cached
from .sources import LARGEST, lines_of, version_of, with_nested
from .store_lines import functions_of

__all__ = ["find_fillers", "name_of_code", "nodes_of"]

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
"""Methods that add entries to a container."""

MOST = 3
"""Maximum number of places returned."""


def find_fillers(name: str, attribute: bool, packages: List[str]) -> List[Dict[str, Any]]:
    """Places that add entries: ``where`` (``path:line``), ``function``, and whether it is ``own``.

    The functions of those packages are searched. Places that match ``attribute`` (an attribute
    rather than a variable) are returned alone if there are any. The application's come first. None
    of the program's code runs.
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
                    place = place_at(path, line, function, code, origins)
                    place["alike"] = files[path][line] == attribute
                    found.setdefault(place["where"], place)
    return first_places([one for one in found.values() if one["alike"]] or found.values())


def place_at(
    path: str, line: int, function: FunctionType, code: CodeType, origins: Origins
) -> Dict[str, Any]:
    """A line of a function's code, or of code nested in it."""
    return {
        "where": f"{path}:{line}",
        "function": name_of_code(function, code),
        "own": origins.author(path)[0] == "application",
    }


def first_places(found: Iterable[Dict[str, Any]]) -> List[Dict[str, Any]]:
    """At most ``MOST`` places, the application's first."""
    return sorted(found, key=lambda one: (not one["own"], one["where"]))[:MOST]


def name_of_code(function: FunctionType, code: CodeType) -> str:
    """The qualified name of a function's code, or of code nested in it."""
    if code is function.__code__:
        return str.__str__(function.__qualname__)
    return str.__str__(getattr(code, "co_qualname", code.co_name))  # new in 3.11


def _lines_that_add(path: str, name: str) -> Dict[int, bool]:
    """The lines that add to that name, each with whether it is an attribute; empty on any error."""
    return {line: attribute for line, named, attribute in _additions_in(path) if named == name}


def _additions_in(path: str) -> List[Tuple[int, str, bool]]:
    """Each line that adds to a container, its name, and whether that is an attribute."""
    try:
        key = f"additions {version_of(path)}"
    except Exception:
        return []
    found: Optional[List[Tuple[int, str, bool]]] = cached(key)
    if found is None:
        found = [
            (line, *named)
            for node in nodes_of(path)
            for line, container in _additions(node)
            for named in [_name_of(container)]
            if named is not None
        ]
        cache(key, found)
    return found


def nodes_of(path: str) -> Iterator[Any]:
    """All nodes of a file's syntax tree; none if it cannot be read or parsed."""
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
    """The line of ``node``, with the expression of each container that it adds to."""
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
    """The name of a container, and whether it is an attribute.

    For example, ``rooms`` for ``self.rooms[key]`` and ``self.rooms.setdefault(key, [])``.
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
