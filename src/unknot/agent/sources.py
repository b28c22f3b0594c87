"""Finds the source of functions, parsed by the interpreter that runs them.

Source is used instead of bytecode, which changes with every release of CPython. A file may have
changed since it was imported, or may not be the origin of the code at all, so a function that does
not match the code is ignored. None of the program's code runs.
"""

from __future__ import annotations

import os
import stat
import warnings
from _ast import PyCF_ONLY_AST
from _io import FileIO
from types import CodeType
from typing import Any, Dict, FrozenSet, Iterator, List, Optional, Set, Tuple

from .assignments import AttributeStore, Function, argument_names, functions_in
from .origins import Origins
from .source_cache import Functions, cache_functions, cached_functions

__all__ = ["LARGEST", "Files", "Sources", "lines_of", "version_of", "with_nested"]

LARGEST = 1 << 22
"""Maximum size in bytes of a file that is parsed, which takes about 1 s and some 100 MB."""

Files = Dict[str, Functions]
"""The functions in source files, by path."""

WITHOUT_STORES = ("__annotate__", "__annotate_func__")
"""Functions that the compiler generates for annotations (3.14 and later)."""


class Sources:
    """Finds functions in files. Caches what it reads in ``files``, or for this use only."""

    def __init__(self, origins: Origins, files: Optional[Files] = None) -> None:
        self._origins = origins
        self._files: Files = {} if files is None else files
        self._of_code: Dict[int, Tuple[CodeType, Optional[Function], Set[int]]] = {}
        self._handing: Dict[str, FrozenSet[Tuple[int, str]]] = {}

    def attribute_stores(self, code: CodeType) -> Optional[List[AttributeStore]]:
        """The attribute stores of the code, without nested functions, in order of lines.

        ``None`` if the source is not known.
        """
        name = str.__str__(code.co_name)
        if name.startswith("<") or name in WITHOUT_STORES:
            return []  # a lambda or comprehension is an expression, which stores no attributes
        function = self._function(code)
        if function is None:
            return None
        lines, names = self._lines(code), code.co_names
        # Dead branches that the compiler removed, such as ``if False``, are not in the code.
        return [one for one in function.attributes if one.line in lines and one.name in names]

    def local_stores(self, code: CodeType) -> List[Tuple[str, int]]:
        """Names and lines of stores to local variables, except stores of constants."""
        function = self._function(code)
        if function is None:
            return []
        lines, names = self._lines(code), {*code.co_varnames, *code.co_cellvars, *code.co_freevars}
        return [one for one in function.variables if one[1] in lines and one[0] in names]

    def assigns_self(self, path: str, line: int, name: str) -> bool:
        """Whether that line stores ``self`` in an attribute of that name on another object."""
        if path not in self._handing:
            functions = (one for found in self._functions(path).values() for one in found)
            stores = (store for function in functions for store in function.attributes)
            self._handing[path] = frozenset(
                (one.line, one.name) for one in stores if one.assigns_self
            )
        return (line, name) in self._handing[path]

    def _functions(self, path: str) -> Functions:
        if path not in self._files:
            self._files[path] = _parsed(path)
        return self._files[path]

    def _function(self, code: CodeType) -> Optional[Function]:
        """The only function in the code's file that matches the code; otherwise ``None``."""
        return self._known(code)[1]

    def _lines(self, code: CodeType) -> Set[int]:
        return self._known(code)[2]

    def _known(self, code: CodeType) -> Tuple[CodeType, Optional[Function], Set[int]]:
        """The code, which keeps its identity that way, its function and its lines."""
        if id(code) not in self._of_code:
            lines = lines_of(code)
            self._of_code[id(code)] = code, self._find(code, lines), lines
        return self._of_code[id(code)]

    def _find(self, code: CodeType, lines: Set[int]) -> Optional[Function]:
        path = self._origins.file(str.__str__(code.co_filename))
        if path is None:
            return None
        key = (str.__str__(code.co_name), code.co_firstlineno)
        found = self._functions(path).get(key, ())
        matching = [each for each in found if _matches(each, code, lines)]
        return matching[0] if len(matching) == 1 else None


def with_nested(code: CodeType) -> Iterator[CodeType]:
    """The code, and that of all nested functions."""
    waiting = [code]
    while waiting:
        each = waiting.pop()
        yield each
        waiting.extend(inner for inner in each.co_consts if type(inner) is CodeType)


def _parsed(path: str) -> Functions:
    """The functions in a file; empty if it cannot be read or is not Python."""
    try:
        version = version_of(path)
        known = cached_functions(version)
        if known is not None:
            return known
        with FileIO(path) as file:
            source = file.readall()
        with warnings.catch_warnings():
            # Parsing may warn, and the program may have replaced the function that shows warnings.
            warnings.simplefilter("ignore")
            tree: Any = compile(source, path, "exec", PyCF_ONLY_AST, True)
        found = functions_in(tree)
        cache_functions(version, found)
        return found
    except Exception:
        return {}


def version_of(path: str) -> str:
    """Identifies the current version of a file. Raises ValueError if it should not be read."""
    status = os.stat(path)
    if not stat.S_ISREG(status.st_mode) or status.st_size > LARGEST:
        raise ValueError(path)
    return f"{path} {status.st_ino} {status.st_size} {status.st_mtime_ns}"


def _matches(function: Function, code: CodeType, lines: Set[int]) -> bool:
    """Whether the code may have been compiled from the function.

    Tools may have rewritten the body, as pytest rewrites ``assert``, but not the arguments or the
    line numbers.
    """
    return argument_names(code) == function.arguments and lines <= function.lines


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
