"""Finds a workload, opens it, and runs its operation.

A workload is named ``path/to/file.py``, ``path/to/file.py:name`` or ``package.module:name``. A
file alone has ``op()`` and optionally ``setup()`` and ``teardown()``, each plain or ``async``. A
name is the operation itself, or a generator or async generator marked with :func:`workload` that
yields the operation, with set-up before the ``yield`` and teardown after it.
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
from types import CoroutineType, ModuleType
from typing import Any, AsyncGenerator, Awaitable, Callable, Dict, Iterator, List, Optional, Tuple

from .marking import MARK
from .unrun import Watch, describe_unrun, is_awaitable, refuse_arguments

__all__ = ["Workload", "WorkloadError", "load"]

Together = Optional[Callable[[List[Any]], Awaitable[object]]]


class WorkloadError(Exception):
    """The named object does not exist or is not a workload."""


ZERO = 1 << 20
"""The start of the count of operations. Integers up to 256 (1,024 since 3.15) are preallocated, so
a count that starts at 0 would allocate a block once it passes them."""


class Workload:
    """One workload: ``await open(…)``, ``await run(ops)`` any number of times, ``await close()``.

    ``needs_loop`` says whether it has to run inside an event loop. If not, none of these suspends.
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
        if inspect.isgenerator(generator):  # its operation decides whether a loop is needed
            self.op = self._first(lambda: next(generator))
        self.needs_loop = inspect.isasyncgen(generator) or any(
            map(inspect.iscoroutinefunction, (self.op, setup, teardown))
        )

    async def open(self, in_flight: int = 1, together: Together = None) -> None:
        """Set up, and run the operation once to check it.

        With ``in_flight`` above 1, that many operations run at a time, by ``together``, which runs
        several coroutines concurrently.
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
        """Run the operation for the first time. Returns whether its result has to be awaited.

        Raises :class:`WorkloadError` if it is not an operation or its body would never run.
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
            is_async = is_awaitable(result)
            if is_async and not self.needs_loop:
                if type(result) is CoroutineType:
                    result.close()
                raise WorkloadError(
                    f"{self.name}: the operation returned an awaitable but is no `async def`; "
                    "make it one"
                )
            if is_async:
                result = await result
            unrun = describe_unrun(result)
            del result  # closes whatever else has not run
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
        """The number of operations begun in :meth:`run` so far, at no cost to them."""
        return self._begun - ZERO - length_hint(self._left)

    async def run(self, ops: int) -> None:
        """Run the operation ``ops`` times in total."""
        self._begun += ops
        self._left = left = repeat(None, ops)
        if self._together is None or len(self._runs) == 1:
            await self._runs[0].asend(left)
        else:
            await self._together([_resume(run, left) for run in self._runs])

    async def close(self) -> None:
        """Tear down. Raises whatever the workload's teardown raises."""
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
    if is_awaitable(result):
        await result


async def _resume(run: AsyncGenerator[None, Iterator[None]], left: Iterator[None]) -> None:
    await run.asend(left)


async def _run_repeatedly(
    op: Callable[[], Any], is_async: bool
) -> AsyncGenerator[None, Iterator[None]]:
    """Runs an operation once for each item of the iterators sent to it.

    A workload has one such generator for its whole life. A frame that an operation leaves in a
    traceback refers to its caller's frame, so a new caller for each round would be one more object
    per round that the operation did not leave.
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
    """The workload called ``name``, with ``parameters`` if it is marked by :func:`workload`.

    Raises :class:`WorkloadError`. An error in the workload's own code is propagated.
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
    """The file as a module whose contents can be pickled by reference.

    In a package it becomes a module of that package. Otherwise its folder is appended to
    ``sys.path``: a workload called ``aiohttp.py`` imports aiohttp, not itself.
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
    """The folder to import from, and the package that ``folder`` is; empty if it is not one."""
    names: List[str] = []
    while os.path.isfile(os.path.join(folder, "__init__.py")):
        folder, name = os.path.split(folder)
        names.insert(0, name)
    return folder, ".".join(names)


def _is_taken(stem: str) -> bool:
    """Whether ``import stem`` finds a module other than the workload."""
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
