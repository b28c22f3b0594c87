"""Finds the C-level registry that holds an object, and the lines that register objects there.

The registries are those of ``atexit``, of fork hooks and of signal handlers; no snapshot shows
them. Signal handlers can be queried, and the list of fork hooks for the child is recognised by the
standard library's hook in it. Any other registry is reported only if some line registers with it.
"""

from __future__ import annotations

import sys
from types import BuiltinFunctionType, FunctionType, MethodType, ModuleType
from typing import Any, Dict, Iterator, List, Optional, Tuple

from .fillers import first_places, nodes_of, place_at
from .origins import Origins
from .sources import lines_of, with_nested
from .store_lines import functions_of
from .type_layout import module_dict

__all__ = ["find_registration"]

REGISTERING = {
    "atexit": (("atexit", "register"),),
    "fork": (("posix", "register_at_fork"),),
    "signal": (("signal", "signal"), ("_signal", "signal")),
}
"""Functions that register callbacks, as pairs of module and name, by registry."""

CALLABLE = frozenset(map(id, (BuiltinFunctionType, FunctionType, MethodType)))
"""Identities of the exact types of most callbacks."""


def find_registration(kept: Any, packages: List[str]) -> Dict[str, Any]:
    """``registry`` (``atexit``, ``fork``, ``signal`` or ``None``) and ``places``, as for fillers.

    ``kept`` is held from C: a callback or a list of callbacks; ``None`` if it is gone. The
    functions of ``packages`` are searched for the lines that register callbacks.
    """
    registry, is_certain = _registry_of(kept)
    if registry is None:
        return {"registry": None, "places": []}
    places = _places(REGISTERING[registry], packages)
    return {"registry": registry if is_certain or places else None, "places": places}


def _registry_of(kept: Any) -> Tuple[Optional[str], bool]:
    """The registry that may hold an object, and whether that is certain."""
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
        except ValueError:  # the system has no signal of that number
            pass


def _global(module: str, name: str) -> Any:
    """The value of a global of an imported module, or ``None``; none of the program's code runs."""
    return dict.get(module_dict(sys.modules.get(module)), name)


def _places(names: Tuple[Tuple[str, str], ...], packages: List[str]) -> List[Dict[str, Any]]:
    """Calls of those functions, the application's first."""
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
                    place = place_at(path, line, function, code, origins)
                    found.setdefault(place["where"], place)
    return first_places(found.values())


def _uses(path: str) -> Iterator[Tuple[int, Any]]:
    """Lines of a file, each with the expression of a function called or a decorator used there."""
    for node in nodes_of(path):
        if type(node).__name__ == "Call":
            yield node.lineno, node.func
        for decorator in getattr(node, "decorator_list", ()):
            yield decorator.lineno, decorator


def _resolve(node: Any, names: Dict[str, Any]) -> Any:
    """The value of ``register`` or ``atexit.register`` in a module with those globals."""
    if type(node).__name__ == "Name":
        return dict.get(names, node.id)
    if type(node).__name__ == "Attribute" and type(node.value).__name__ == "Name":
        module = dict.get(names, node.value.id)
        return dict.get(module_dict(module), node.attr) if type(module) is ModuleType else None
    return None
