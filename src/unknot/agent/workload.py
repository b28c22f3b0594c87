"""Finding what is measured, opening it, and running its operation.

A workload is named ``path/to/file.py``, ``path/to/file.py:name`` or ``package.module:name``. A
file alone has ``op()`` and, where it needs them, ``setup()`` and ``teardown()``, each plain or
``async``. A name is the operation itself, or a generator or async generator marked with
:func:`workload` that yields the operation, set-up before the ``yield`` and teardown behind it.
"""

from __future__ import annotations

import importlib
import importlib.util
import inspect
import os
import sys
from importlib.machinery import PathFinder
from itertools import repeat
from operator import length_hint
from types import ModuleType
from typing import Any, AsyncGenerator, Awaitable, Callable, Dict, Iterator, List, Optional, Tuple

from .marking import MARK
from .unrun import Watch, describe_unrun, refuse_arguments

__all__ = ["Workload", "WorkloadError", "load"]

Together = Optional[Callable[[List[Any]], Awaitable[object]]]


class WorkloadError(Exception):
    """What was named is not there, or is not a workload."""


ZERO = 1 << 20
"""Where operations are counted from. Integers up to 256, since 3.15 up to 1,024, always exist: a
count that passes them would take a block more.
"""


class Workload:
    """One workload: ``await open(…)``, ``await run(ops)`` as often as one likes, ``await close()``.

    ``needs_loop`` tells whether it has to run inside an event loop; where it is false, nothing
    awaited here ever suspends.
    """

    _begun = ZERO
    _left: Iterator[None] = iter(())

    def __init__(
        self,
        name: str,
        op: Optional[Callable[[], Any]] = None,
        setup: Optional[Callable[[], Any]] = None,
        teardown: Optional[Callable[[], Any]] = None,
        generator: Any = None,
    ) -> None:
        self.name = name
        self.op: Any = op
        self._setup = setup
        self._teardown = teardown
        self._generator = generator
        if inspect.isgenerator(generator):  # its operation decides, so it has to open first
            self.op = self._first(lambda: next(generator))
        self.needs_loop = inspect.isasyncgen(generator) or any(
            map(inspect.iscoroutinefunction, (self.op, setup, teardown))
        )

    async def open(self, in_flight: int = 1, together: Together = None) -> None:
        """Set up, and run the operation once, to see that it is one.

        With ``in_flight`` above 1 that many operations run at a time, by ``together``, which
        runs several coroutines at once.
        """
        self._refuse_generators()
        if self._setup is not None:
            await _finish(self._setup())
        if inspect.isasyncgen(self._generator):
            try:
                self.op = await self._generator.__anext__()
            except StopAsyncIteration:
                raise WorkloadError(f"{self.name} yielded no operation") from None
        op = self.op
        is_async = await self._run_once(op)
        if in_flight > 1 and not is_async:
            raise WorkloadError(
                f"{self.name}: a plain operation cannot have {in_flight} in flight; "
                "make it `async def`"
            )
        self._together = together
        self._runs = [_run_repeatedly(op, is_async) for _ in range(in_flight)]
        for run in self._runs:
            await run.__anext__()

    async def _run_once(self, op: Any) -> bool:
        """Run the operation for the first time; whether it is to be awaited.

        Raises :class:`WorkloadError` where it is none, or where nothing of it would ever run.
        """
        if isinstance(op, type):
            raise WorkloadError(
                f"{self.name}: the operation is the class {op.__name__}; "
                "make it a function that does what is to be measured"
            )
        if not callable(op):
            raise WorkloadError(f"{self.name}: the operation {op!r} cannot be called")
        refuse_arguments(op)
        watch = Watch(op)
        with watch:
            result = op()
            is_async = inspect.isawaitable(result)
            if is_async and not self.needs_loop:
                if inspect.iscoroutine(result):
                    result.close()
                raise WorkloadError(
                    f"{self.name}: the operation returned an awaitable but is no `async def`; "
                    "make it one"
                )
            if is_async:
                result = await result
            unrun = describe_unrun(result)
            del result  # and with it what else has not run
        if unrun is not None:
            raise WorkloadError(f"{self.name}: the operation returned {unrun}")
        if watch.complaint is not None:
            raise WorkloadError(f"{self.name}: the operation {watch.complaint}")
        return is_async

    def _refuse_generators(self) -> None:
        for name, function in (("setup", self._setup), ("teardown", self._teardown)):
            if inspect.isgeneratorfunction(function) or inspect.isasyncgenfunction(function):
                raise WorkloadError(
                    f"{self.name}: {name}() is a generator function, so its body would never run; "
                    "make it a plain function or an `async def`"
                )

    def operations(self) -> int:
        """How many operations have begun in :meth:`run` so far; it costs them nothing."""
        return self._begun - ZERO - length_hint(self._left)

    async def run(self, ops: int) -> None:
        """Run the operation ``ops`` times in all."""
        self._begun += ops
        self._left = left = repeat(None, ops)
        if self._together is None or len(self._runs) == 1:
            await self._runs[0].asend(left)
        else:
            await self._together([_resume(run, left) for run in self._runs])

    async def close(self) -> None:
        """Tear down; raises what the workload's own teardown raises."""
        self.op = None
        for run in self._runs:
            await run.aclose()
        if inspect.isasyncgen(self._generator):
            async for _ in self._generator:
                raise WorkloadError(f"{self.name} yielded twice")
        elif self._generator is not None:
            for _ in self._generator:
                raise WorkloadError(f"{self.name} yielded twice")
        if self._teardown is not None:
            await _finish(self._teardown())

    def _first(self, advance: Callable[[], Any]) -> Any:
        try:
            return advance()
        except StopIteration:
            raise WorkloadError(f"{self.name} yielded no operation") from None


async def _finish(result: Any) -> None:
    if inspect.isawaitable(result):
        await result


async def _resume(run: AsyncGenerator[None, Iterator[None]], left: Iterator[None]) -> None:
    await run.asend(left)


async def _run_repeatedly(
    op: Callable[[], Any], is_async: bool
) -> AsyncGenerator[None, Iterator[None]]:
    """Runs an operation once for each item of the iterators that are sent.

    One generator for the whole life of a workload, because a frame that an operation leaves in a
    traceback leads to the frame that called it: a new caller for each round would be one more
    object a round, and the instrument's, not the operation's.
    """
    while True:
        left = yield
        if is_async:
            for _ in left:
                await op()
        else:
            for _ in left:
                op()


def load(name: str, parameters: Optional[Dict[str, Any]] = None) -> Workload:
    """The workload called ``name``, with ``parameters`` for one marked by :func:`workload`.

    Raises :class:`WorkloadError`; an error in the workload's own code goes through as it is.
    """
    target, _, attribute = name.rpartition(":") if _has_attribute(name) else (name, "", "")
    module = _load_file(target) if target.endswith(".py") else _load_module(target)
    if not attribute:
        return _from_module(name, module, parameters)
    try:
        function = getattr(module, attribute)
    except AttributeError:
        known = [key for key, value in vars(module).items() if _is_function_of(module, value)]
        has = f"; it has {', '.join(known)}" if known else ""
        raise WorkloadError(f"{target} has no {attribute!r}{has}") from None
    if not callable(function):
        raise WorkloadError(f"{name} cannot be called")
    if getattr(function, MARK, False):
        try:
            return Workload(name, generator=function(**(parameters or {})))
        except TypeError as error:
            raise WorkloadError(f"{name}: {error}") from error
    _refuse_parameters(name, parameters)
    return Workload(name, op=function)


def _is_function_of(module: ModuleType, value: object) -> bool:
    return inspect.isfunction(value) and value.__module__ == module.__name__


def _has_attribute(name: str) -> bool:
    return ":" in name and not name.endswith(".py")


def _from_module(name: str, module: ModuleType, parameters: Optional[Dict[str, Any]]) -> Workload:
    _refuse_parameters(name, parameters)
    if not callable(getattr(module, "op", None)):
        raise WorkloadError(f"{name} has no op(); define one, or name the workload: {name}:NAME")
    return Workload(
        name,
        op=module.op,
        setup=getattr(module, "setup", None),
        teardown=getattr(module, "teardown", None),
    )


def _refuse_parameters(name: str, parameters: Optional[Dict[str, Any]]) -> None:
    if parameters:
        raise WorkloadError(f"{name} takes no parameters, but got {', '.join(parameters)}")


def _load_file(path: str) -> ModuleType:
    """The file as a module that can be pickled by reference.

    In a package it is a module of that package. Elsewhere its folder becomes importable, but
    behind everything else: a workload called ``aiohttp.py`` imports aiohttp, not itself.
    """
    if not os.path.isfile(path):
        raise WorkloadError(f"there is no file {path}")
    folder, filename = os.path.split(os.path.abspath(path))
    stem = filename[: -len(".py")]
    sys.path[:] = [entry for entry in sys.path if os.path.abspath(entry) != folder]
    root, package = _package_of(folder)
    if package and "." not in stem:
        sys.path.insert(0, root)
        return importlib.import_module(f"{package}.{stem}")
    if _is_taken(stem):
        stem = f"unknot_workload_{stem}"
    sys.path.append(folder)
    spec = importlib.util.spec_from_file_location(stem, path)
    if spec is None or spec.loader is None:
        raise WorkloadError(f"{path} cannot be imported")
    module = importlib.util.module_from_spec(spec)
    sys.modules[stem] = module
    spec.loader.exec_module(module)
    return module


def _package_of(folder: str) -> Tuple[str, str]:
    """The folder to import from, and the name of the package that ``folder`` is, or nothing."""
    names: List[str] = []
    while os.path.isfile(os.path.join(folder, "__init__.py")):
        folder, name = os.path.split(folder)
        names.insert(0, name)
    return folder, ".".join(names)


def _is_taken(stem: str) -> bool:
    """Whether ``import stem`` finds a module that is not the workload."""
    if stem in sys.modules or stem in sys.builtin_module_names:
        return True
    found = PathFinder.find_spec(stem)
    return found is not None and found.has_location


def _load_module(name: str) -> ModuleType:
    if not all(part.isidentifier() for part in name.split(".")):
        hint = f"; is {name}.py meant?" if os.path.isfile(name + ".py") else ""
        raise WorkloadError(
            f"{name!r} is neither the name of a module nor that of a .py file{hint}"
        )
    try:
        return importlib.import_module(name)
    except ModuleNotFoundError as error:
        if error.name is not None and (name == error.name or name.startswith(error.name + ".")):
            raise WorkloadError(f"there is no module {name}") from None
        raise
