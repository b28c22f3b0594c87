"""Whose code an object is: its name, file and line, and who wrote it."""

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

from .anatomy import Anatomy, module_dict, module_of, namespace
from .census import type_name

__all__ = ["Origins"]

AGENT = os.path.dirname(os.path.abspath(__file__)) + os.sep
STDLIB = os.path.dirname(os.__file__) + os.sep
FROZEN = "<frozen "
SITE_FOLDERS = ("site-packages", "dist-packages")
SHARED_LIBRARIES = (".so", ".pyd", ".dylib")

_qualname_of = type.__dict__["__qualname__"].__get__


class Spot(NamedTuple):
    """A place in code, as far as it is known."""

    name: Optional[str] = None
    file: Optional[str] = None
    line: Optional[int] = None
    module: Optional[str] = None


class Origins:
    """Tells where objects come from; remembers the modules' files, so make one for each use."""

    def __init__(self) -> None:
        self._files: Dict[str, Optional[str]] = {}
        self._modules: Dict[str, str] = {}
        for name, module in list(sys.modules.items()):
            file = _file_of_module(module)
            if type(name) is str:
                self._files[name] = file
                if file is not None:
                    self._modules.setdefault(file, name)

    def origin(self, thing: Any, anatomy: Anatomy) -> Dict[str, Optional[str]]:
        """The contract's ``origin``, ``package``, ``where`` and ``name`` of an object.

        A type speaks for its instances, unless they are code themselves. Where a class begins is
        known since CPython 3.13; before, it is where its first method does.
        """
        cls = type(thing)
        if id(cls) in SPOTS:
            spot, in_c = SPOTS[id(cls)](thing), cls is BuiltinFunctionType
            origin, package = self._author(spot, in_c)
        else:
            is_class = issubclass(cls, type)
            owner = thing if is_class else cls
            in_c = Anatomy(thing).in_c if is_class else anatomy.in_c
            spot = self._class_spot(owner)
            if not is_class:
                spot = spot._replace(name=None)
            origin, package = self._author(spot, in_c)
            if in_c:  # under the name that its Python half has
                package = _top(type_name(owner), None)
        where = None if in_c else self._where(spot)
        return {"origin": origin, "package": package, "where": where, "name": spot.name}

    def file(self, name: str) -> Optional[str]:
        """The path that code says it is from, or None: code may be in no file."""
        path = self._files.get(name[len(FROZEN) : -1]) if name.startswith(FROZEN) else name
        return None if path is None or path.startswith("<") else path

    def author(self, path: str) -> Tuple[str, str]:
        """Whose the code in a file is, and of which top-level package."""
        return _author_of_file(path, _top(self._modules.get(path), path))

    def _where(self, spot: Spot) -> Optional[str]:
        file = None if spot.file is None else self.file(spot.file)
        return file if file is None or spot.line is None else f"{file}:{spot.line}"

    def _class_spot(self, cls: Any) -> Spot:
        """Where a class is: in its module's file, or else in that of its first method."""
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
        return Spot(name, file, begins or min(lines, default=None), module)

    def _author(self, spot: Spot, in_c: bool) -> Tuple[str, str]:
        """Who wrote it, and the top-level package."""
        file, module = spot.file, spot.module
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
    """The top-level package of a module, or else what the file is called."""
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


def _spot_of_code(code: Any) -> Spot:
    name = getattr(code, "co_qualname", code.co_name)  # new in 3.11
    return Spot(_exact(name), _exact(code.co_filename), code.co_firstlineno)


def _spot_of_function(function: Any) -> Spot:
    module = _string(dict.get(function.__globals__, "__name__"))
    return _spot_of_code(function.__code__)._replace(
        name=_exact(function.__qualname__), module=module
    )


def _spot_of_method(method: Any) -> Spot:
    function = method.__func__
    return _spot_of_function(function) if type(function) is FunctionType else Spot()


def _spot_of_builtin(function: Any) -> Spot:
    return Spot(name=function.__name__, module=_string(function.__module__))


def _spot_of_frame(frame: Any) -> Spot:
    module = _string(dict.get(frame.f_globals, "__name__"))
    return _spot_of_code(frame.f_code)._replace(line=frame.f_lineno, module=module)


def _spot_of_traceback(traceback: Any) -> Spot:
    return _spot_of_frame(traceback.tb_frame)._replace(line=traceback.tb_lineno)


def _spot_of_generator(generator: Any) -> Spot:
    return _spot_of_code(generator.gi_code)._replace(name=_exact(generator.__qualname__))


def _spot_of_coroutine(coroutine: Any) -> Spot:
    return _spot_of_code(coroutine.cr_code)._replace(name=_exact(coroutine.__qualname__))


def _spot_of_async_generator(generator: Any) -> Spot:
    return _spot_of_code(generator.ag_code)._replace(name=_exact(generator.__qualname__))


def _spot_of_module(module: Any) -> Spot:
    name = _string(dict.get(module_dict(module), "__name__"))
    return Spot(name=name, file=_file_of_module(module), module=name)


SPOTS: Dict[int, Callable[[Any], Spot]] = {
    id(cls): read
    for cls, read in (
        (AsyncGeneratorType, _spot_of_async_generator),
        (BuiltinFunctionType, _spot_of_builtin),
        (CodeType, _spot_of_code),
        (CoroutineType, _spot_of_coroutine),
        (FrameType, _spot_of_frame),
        (FunctionType, _spot_of_function),
        (GeneratorType, _spot_of_generator),
        (MethodType, _spot_of_method),
        (ModuleType, _spot_of_module),
        (TracebackType, _spot_of_traceback),
    )
}
"""By the identity of the exact type: these live as long as the interpreter, and have no code of
the program's in their attributes. A type's own hash might be such code.
"""
