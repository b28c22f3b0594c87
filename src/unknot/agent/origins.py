"""Finds whose code an object is: name, file, line, and author."""

from __future__ import annotations

import os
import sys
from types import (
    AsyncGeneratorType,
    BuiltinFunctionType,
    CodeType,
    CoroutineType,
    FrameType,
    FunctionType,
    GeneratorType,
    MethodType,
    ModuleType,
    TracebackType,
)
from typing import Any, Callable, Dict, NamedTuple, Optional, Tuple

from .census import type_name
from .type_layout import TypeLayout, module_dict, module_of, namespace

__all__ = ["Origins"]

AGENT = os.path.dirname(os.path.abspath(__file__)) + os.sep
STDLIB = os.path.dirname(os.__file__) + os.sep
FROZEN = "<frozen "
SITE_FOLDERS = ("site-packages", "dist-packages")
SHARED_LIBRARIES = (".so", ".pyd", ".dylib")

_qualname_of = type.__dict__["__qualname__"].__get__


class CodeLocation(NamedTuple):
    """A place in code, as far as known."""

    name: Optional[str] = None
    file: Optional[str] = None
    line: Optional[int] = None
    module: Optional[str] = None


class Origins:
    """Finds the origins of objects. Caches the modules' files, so create one for each use."""

    def __init__(self) -> None:
        self._files: Dict[str, Optional[str]] = {}
        self._modules: Dict[str, str] = {}
        for name, module in list(sys.modules.items()):
            file = _file_of_module(module)
            if type(name) is str:
                self._files[name] = file
                if file is not None:
                    self._modules.setdefault(file, name)

    def origin(self, thing: Any, layout: TypeLayout) -> Dict[str, Optional[str]]:
        """The ``origin``, ``package``, ``where`` and ``name`` of an object.

        ``origin`` is ``application``, ``library`` or ``interpreter``. Instances have the origin of
        their type, unless they are code themselves. The first line of a class is known since
        CPython 3.13; before, it is that of its first method.
        """
        cls = type(thing)
        if id(cls) in LOCATIONS:
            location, in_c = LOCATIONS[id(cls)](thing), cls is BuiltinFunctionType
            origin, package = self._author(location, in_c)
        else:
            is_class = issubclass(cls, type)
            owner = thing if is_class else cls
            in_c = TypeLayout(thing).in_c if is_class else layout.in_c
            location = self._locate_class(owner)
            if not is_class:
                location = location._replace(name=None)
            origin, package = self._author(location, in_c)
            if in_c:  # by the name of its Python implementation
                package = _top(type_name(owner), None)
        where = None if in_c else self._where(location)
        return {"origin": origin, "package": package, "where": where, "name": location.name}

    def file(self, name: str) -> Optional[str]:
        """The path of code with that ``co_filename``; ``None`` if it is not in a file."""
        path = self._files.get(name[len(FROZEN) : -1]) if name.startswith(FROZEN) else name
        return None if path is None or path.startswith("<") else path

    def author(self, path: str) -> Tuple[str, str]:
        """The origin of the code in a file, and its top-level package."""
        return _author_of_file(path, _top(self._modules.get(path), path))

    def _where(self, location: CodeLocation) -> Optional[str]:
        file = None if location.file is None else self.file(location.file)
        return file if file is None or location.line is None else f"{file}:{location.line}"

    def _locate_class(self, cls: Any) -> CodeLocation:
        """The location of a class, in its module's file or else in that of its first method."""
        module = module_of(cls)
        name = _exact(_qualname_of(cls))
        file = self._files.get(module) if module is not None else None
        begins: Optional[int] = None
        lines = []
        for key, value in namespace(cls):
            if key == "__firstlineno__" and type(value) is int:
                begins = value
            elif type(value) is FunctionType and _exact(value.__qualname__) == f"{name}.{key}":
                written_in = _exact(value.__code__.co_filename)
                if file is None and not written_in.startswith("<"):
                    file = written_in
                if written_in == file:
                    lines.append(value.__code__.co_firstlineno)
        return CodeLocation(name, file, begins or min(lines, default=None), module)

    def _author(self, location: CodeLocation, in_c: bool) -> Tuple[str, str]:
        """The origin and the top-level package of a location."""
        file, module = location.file, location.module
        if module is None and file is not None:
            module = self._modules.get(file)
        if module is not None and (in_c or file is None or _is_made_up(file)):
            file = self._files.get(module, file)
        package = _top(module, file)
        if in_c and (file is None or not file.endswith(SHARED_LIBRARIES)):
            return "interpreter", package
        if file is None:
            built_in = module is None or module in sys.builtin_module_names
            return "interpreter" if built_in else "application", package
        return _author_of_file(file, package)


def _author_of_file(file: str, package: str) -> Tuple[str, str]:
    parts = file.split(os.sep)
    for folder in SITE_FOLDERS:
        if folder in parts[:-1]:
            return "library", parts[parts.index(folder) + 1].partition(".")[0]
    if file.startswith(AGENT):
        return "library", "unknot"
    if file.startswith(STDLIB):
        if file.endswith(SHARED_LIBRARIES):
            return "interpreter", package
        return "library", file[len(STDLIB) :].partition(os.sep)[0].partition(".")[0]
    if file.startswith(FROZEN):
        return "library", file[len(FROZEN) : -1].partition(".")[0]
    return "application", package


def _top(module: Optional[str], file: Optional[str]) -> str:
    """The top-level package of a module, or else the name of the file."""
    if module is None:
        module = os.path.basename(file) if file is not None and not _is_made_up(file) else ""
    package = module.partition(".")[0]
    return "" if package == "builtins" else package


def _is_made_up(file: str) -> bool:
    """Whether it is no path but a note such as ``<string>``; frozen modules have an owner."""
    return file.startswith("<") and not file.startswith(FROZEN)


def _exact(text: str) -> str:
    """The same text; an instance of a subclass might do as it likes when it is compared."""
    return str.__str__(text)


def _string(value: Any) -> Optional[str]:
    return value if type(value) is str else None


def _file_of_module(module: Any) -> Optional[str]:
    return _string(dict.get(module_dict(module), "__file__"))


def _locate_code(code: Any) -> CodeLocation:
    name = getattr(code, "co_qualname", code.co_name)  # new in 3.11
    return CodeLocation(_exact(name), _exact(code.co_filename), code.co_firstlineno)


def _locate_function(function: Any) -> CodeLocation:
    module = _string(dict.get(function.__globals__, "__name__"))
    return _locate_code(function.__code__)._replace(
        name=_exact(function.__qualname__), module=module
    )


def _locate_method(method: Any) -> CodeLocation:
    function = method.__func__
    return _locate_function(function) if type(function) is FunctionType else CodeLocation()


def _locate_builtin(function: Any) -> CodeLocation:
    return CodeLocation(name=function.__name__, module=_string(function.__module__))


def _locate_frame(frame: Any) -> CodeLocation:
    module = _string(dict.get(frame.f_globals, "__name__"))
    return _locate_code(frame.f_code)._replace(line=frame.f_lineno, module=module)


def _locate_traceback(traceback: Any) -> CodeLocation:
    return _locate_frame(traceback.tb_frame)._replace(line=traceback.tb_lineno)


def _locate_generator(generator: Any) -> CodeLocation:
    return _locate_code(generator.gi_code)._replace(name=_exact(generator.__qualname__))


def _locate_coroutine(coroutine: Any) -> CodeLocation:
    return _locate_code(coroutine.cr_code)._replace(name=_exact(coroutine.__qualname__))


def _locate_async_generator(generator: Any) -> CodeLocation:
    return _locate_code(generator.ag_code)._replace(name=_exact(generator.__qualname__))


def _locate_module(module: Any) -> CodeLocation:
    name = _string(dict.get(module_dict(module), "__name__"))
    return CodeLocation(name=name, file=_file_of_module(module), module=name)


LOCATIONS: Dict[int, Callable[[Any], CodeLocation]] = {
    id(cls): read
    for cls, read in (
        (AsyncGeneratorType, _locate_async_generator),
        (BuiltinFunctionType, _locate_builtin),
        (CodeType, _locate_code),
        (CoroutineType, _locate_coroutine),
        (FrameType, _locate_frame),
        (FunctionType, _locate_function),
        (GeneratorType, _locate_generator),
        (MethodType, _locate_method),
        (ModuleType, _locate_module),
        (TracebackType, _locate_traceback),
    )
}
"""By the identity of the exact type, because hashing a type may run the program's code. These types
live as long as the interpreter, and reading their attributes runs none of the program's code."""
