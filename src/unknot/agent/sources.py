"""The source of functions: their files are parsed by the interpreter that runs them.

Source, and not the instructions, which every release of CPython changes. A file may have
changed since it was imported, or never have been where the code comes from: what does not fit the
code is not used. Nothing of the program's own code runs.
"""

from __future__ import annotations

import os
import stat
import warnings
from _ast import PyCF_ONLY_AST
from _io import FileIO
from types import CodeType
from typing import Any, Dict, Iterator, List, Optional, Set, Tuple

from .assignments import AttributeStore, Function, Key, functions_in
from .origins import Origins
from .remembered import find_remembered, remember

__all__ = ["LARGEST", "Sources", "lines_of", "with_nested"]

LARGEST = 1 << 22
"""Bytes of a file that is parsed: about a second, and some hundred megabytes for that long."""

VARARGS = 0x4
VARKEYWORDS = 0x8

WITHOUT_STORES = ("__annotate__", "__annotate_func__")
"""Functions that the compiler makes of annotations (3.14 and later)."""


class Sources:
    """Finds functions in files; remembers what it read, so make one for each use."""

    def __init__(self, origins: Origins) -> None:
        self._origins = origins
        self._files: Dict[str, Dict[Key, List[Function]]] = {}

    def attribute_stores(self, code: CodeType) -> Optional[List[AttributeStore]]:
        """Where the code itself, and no function inside it, stores attributes, first line first.

        None where its source is not known.
        """
        name = str.__str__(code.co_name)
        if name.startswith("<") or name in WITHOUT_STORES:
            return []  # a lambda or comprehension: an expression stores none
        function = self._function(code)
        if function is None:
            return None
        lines, names = lines_of(code), code.co_names
        # What the compiler left out, after ``if False`` for example, is not in the code.
        return [one for one in function.attributes if one.line in lines and one.name in names]

    def local_stores(self, code: CodeType) -> List[Tuple[str, int]]:
        """Names and lines of the local variables that the code stores, other than as a constant."""
        function = self._function(code)
        if function is None:
            return []
        lines, names = lines_of(code), {*code.co_varnames, *code.co_cellvars, *code.co_freevars}
        return [one for one in function.variables if one[1] in lines and one[0] in names]

    def hands_itself(self, path: str, line: int, name: str) -> bool:
        """Whether an object stores itself as that attribute of another there."""
        functions = (one for found in self._functions(path).values() for one in found)
        stores = (store for function in functions for store in function.attributes)
        return any(one.hands_itself for one in stores if (one.line, one.name) == (line, name))

    def _functions(self, path: str) -> Dict[Key, List[Function]]:
        if path not in self._files:
            self._files[path] = _parsed(path)
        return self._files[path]

    def _function(self, code: CodeType) -> Optional[Function]:
        """The one function of the code's file that fits the code."""
        path = self._origins.file(str.__str__(code.co_filename))
        if path is None:
            return None
        key = (str.__str__(code.co_name), code.co_firstlineno)
        fitting = [each for each in self._functions(path).get(key, ()) if _fits(each, code)]
        return fitting[0] if len(fitting) == 1 else None


def with_nested(code: CodeType) -> Iterator[CodeType]:
    """The code, and that of all functions that are written inside it."""
    waiting = [code]
    while waiting:
        each = waiting.pop()
        yield each
        waiting.extend(inner for inner in each.co_consts if type(inner) is CodeType)


def _parsed(path: str) -> Dict[Key, List[Function]]:
    """The functions in a file; empty where it cannot be read or is not Python."""
    try:
        version = _version(path)
        known = find_remembered(version)
        if known is not None:
            return known
        with FileIO(path) as file:
            source = file.readall()
        with warnings.catch_warnings():
            # Of invalid escapes, for example: the program may have functions that show warnings.
            warnings.simplefilter("ignore")
            tree: Any = compile(source, path, "exec", PyCF_ONLY_AST, True)
        found = functions_in(tree)
        remember(version, found)
        return found
    except Exception:
        return {}


def _version(path: str) -> str:
    """A name of the file as it is now. Raises ValueError for what is not to be read."""
    status = os.stat(path)
    if not stat.S_ISREG(status.st_mode) or status.st_size > LARGEST:
        raise ValueError(path)
    return f"{path} {status.st_ino} {status.st_size} {status.st_mtime_ns}"


def _fits(function: Function, code: CodeType) -> bool:
    """Whether the code was compiled from such a function.

    Others may have written to it, as pytest does to ``assert``; but not to its arguments, nor have
    they moved a line.
    """
    count = code.co_argcount + code.co_kwonlyargcount
    count += bool(code.co_flags & VARARGS) + bool(code.co_flags & VARKEYWORDS)
    return code.co_varnames[:count] == function.arguments and lines_of(code) <= function.lines


def lines_of(code: CodeType) -> Set[int]:
    """The lines of the code's instructions."""
    if hasattr(code, "co_lines"):  # new in 3.10
        return {line for _, _, line in code.co_lines() if line}
    line, lines = code.co_firstlineno, set()
    table = code.co_lnotab
    for width, step in zip(table[::2], table[1::2]):
        if width:
            lines.add(line)
        line += step - 256 if step > 127 else step
    return {*lines, line}
