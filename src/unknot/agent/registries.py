"""What the interpreter keeps in C because the program registered it, and the lines that did.

At exit, at a fork, for a signal: no snapshot shows these registries. A signal's handler can be
asked for, and the list for the child of a fork is known by what the standard library put into it.
For the others there have to be lines that register something.
"""

from __future__ import annotations

import sys
from types import BuiltinFunctionType, FunctionType, MethodType, ModuleType
from typing import Any, Dict, Iterator, List, Optional, Tuple

from .anatomy import module_dict
from .fillers import called, nodes_of
from .origins import Origins
from .snapshot import find
from .sources import lines_of, with_nested
from .stores import functions_of

__all__ = ["find_registration"]

REGISTERING = {
    "atexit": (("atexit", "register"),),
    "fork": (("posix", "register_at_fork"),),
    "signal": (("signal", "signal"), ("_signal", "signal")),
}
"""The functions that register something, by module and name; by what it is registered for."""

CALLABLE = frozenset(map(id, (BuiltinFunctionType, FunctionType, MethodType)))
"""Exact types of what is registered most often."""

MOST = 3
"""Places that are told."""


def find_registration(identity: int, packages: List[str]) -> Dict[str, Any]:
    """``registry``: ``atexit``, ``fork`` or ``signal``, or ``None``; and ``places``, as of fillers.

    ``identity`` is that of an object that C holds: what was registered, or a list of it. The
    functions of the packages are searched for the lines that register.
    """
    kept = find([identity]).get(identity)
    registry, is_certain = _registry_of(kept)
    if registry is None:
        return {"registry": None, "places": []}
    places = _places(REGISTERING[registry], packages)
    return {"registry": registry if is_certain or places else None, "places": places}


def _registry_of(kept: Any) -> Tuple[Optional[str], bool]:
    """What it may be registered for, and whether that is certain."""
    if kept is not None and any(handler is kept for handler in _handlers()):
        return "signal", True
    if id(type(kept)) in CALLABLE:
        return "atexit", False
    if type(kept) is not list or not kept:
        return None, False
    known = _global("threading", "_after_fork")
    if known is not None and any(each is known for each in kept):
        return "fork", True
    if all(type(each) is tuple and each and id(type(each[0])) in CALLABLE for each in kept):
        return "atexit", False  # since CPython 3.14
    return ("fork", False) if all(id(type(each)) in CALLABLE for each in kept) else (None, False)


def _handlers() -> Iterator[Any]:
    ask, number = _global("_signal", "getsignal"), _global("_signal", "NSIG")
    for each in range(1, number or 1):
        try:
            yield ask(each)
        except ValueError:  # the system has none of that number
            pass


def _global(module: str, name: str) -> Any:
    """What an imported module calls so; nothing of the program's code runs."""
    return dict.get(module_dict(sys.modules.get(module)), name)


def _places(names: Tuple[Tuple[str, str], ...], packages: List[str]) -> List[Dict[str, Any]]:
    """The calls of those functions, one's own first."""
    wanted = [found for found in (_global(*name) for name in names) if found is not None]
    origins = Origins()
    files: Dict[str, List[Tuple[int, Any]]] = {}
    found: Dict[str, Dict[str, Any]] = {}
    for package in packages:
        for function in functions_of(package):
            for code in with_nested(function.__code__):
                path = origins.file(str.__str__(code.co_filename))
                if path is None or not {name for _, name in names} & {*code.co_names}:
                    continue
                if path not in files:
                    files[path] = list(_uses(path))
                lines = lines_of(code)
                for line, node in files[path]:
                    used = _resolve(node, function.__globals__)
                    if line not in lines or not any(used is each for each in wanted):
                        continue
                    where = f"{path}:{line}"
                    is_own = origins.author(path)[0] == "application"
                    said = {"where": where, "function": called(function, code), "own": is_own}
                    found.setdefault(where, said)
    return sorted(found.values(), key=lambda one: (not one["own"], one["where"]))[:MOST]


def _uses(path: str) -> Iterator[Tuple[int, Any]]:
    """Lines of a file, and the expressions of what is called or decorates there."""
    for node in nodes_of(path):
        if type(node).__name__ == "Call":
            yield node.lineno, node.func
        for decorator in getattr(node, "decorator_list", ()):
            yield decorator.lineno, decorator


def _resolve(node: Any, names: Dict[str, Any]) -> Any:
    """What ``register`` or ``atexit.register`` is in a module of those global names."""
    if type(node).__name__ == "Name":
        return dict.get(names, node.id)
    if type(node).__name__ == "Attribute" and type(node.value).__name__ == "Name":
        module = dict.get(names, node.value.id)
        return dict.get(module_dict(module), node.attr) if type(module) is ModuleType else None
    return None
