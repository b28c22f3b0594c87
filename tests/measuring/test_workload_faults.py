"""Nothing is clean that did not run, and a broken workload is shown in the user's frames alone."""

from __future__ import annotations

from pathlib import Path
from textwrap import dedent

import pytest

from unknot.errors import InvalidWorkload
from unknot.measuring.cell import measure_cell
from unknot.measuring.spec import CellSpec, Effort
from unknot.records import Cell

pytestmark = pytest.mark.once

QUICK = Effort(ops=40, warmup=4, samples=1, confirm_ops=40, time_limit=60)


def measure(folder: Path, code: str, name: str = "subject.py", effort: Effort = QUICK) -> Cell:
    path = folder / name
    path.write_text(dedent(code), encoding="utf-8")
    return measure_cell(CellSpec(workload=str(path), effort=effort))


WRAP = """
import asyncio, functools, threading
def wrap(f):
    @functools.wraps(f)
    def call():
    {}
    return call
"""

NEVER_RUN = {
    "a generator function": ("def op(): yield 1", "a generator"),
    "an async generator function": ("async def op(): yield 1", "an async generator"),
    "a partial of a generator function": (
        "import functools\ndef count(n): yield n\nop = functools.partial(count, 3)",
        "a generator",
    ),
    "an object that is called as a generator function": (
        "class Steps:\n    def __call__(self): yield\nop = Steps()",
        "a generator",
    ),
    "a map object": ("def op(): return map(print, [1])", "a `map` object"),
    "a generator expression": ("def op(): return (n for n in (1, 2))", "a generator"),
    "a coroutine function in a plain wrapper": (
        "async def work(): pass\ndef op(): return work()",
        "no `async def`",
    ),
    "an object that is called as a coroutine function": (
        "class Work:\n    async def __call__(self): pass\nop = Work()",
        "no `async def`",
    ),
    "a coroutine inside a coroutine": (
        "async def work(): pass\nasync def op(): return work()",
        "a coroutine that nobody awaits",
    ),
    "a future without a result": (
        "import asyncio\nasync def op(): return asyncio.get_running_loop().create_future()",
        "an awaitable (Future)",
    ),
    "a generator-based context manager": (
        "import contextlib\n@contextlib.contextmanager\ndef op(): yield",
        "a generator",
    ),
    "a coroutine that a decorator drops": (
        WRAP.format("    f()") + "@wrap\nasync def op(): pass",
        "dropped the coroutine of `op` (",
    ),
    "a coroutine that a decorator without a name returns in a list": (
        "def wrap(f):\n    def call(): return [f()]\n    return call\n@wrap\nasync def op(): pass",
        "dropped the coroutine of `op` (",
    ),
    "a coroutine of a function beside it": (
        "async def main(): pass\ndef op(): main()",
        "dropped the coroutine of `main` (",
    ),
    "a coroutine that a coroutine forgets": (
        "async def main(): pass\nasync def op(): main()",
        "dropped the coroutine of `main` (",
    ),
    "a generator that a decorator drops": (
        WRAP.format("    made = f()") + "@wrap\ndef op(): yield",
        "the function that it wraps, `op` (",
    ),
    "a cached function": (
        "import functools\n@functools.lru_cache\ndef op(): pass",
        "because its result is cached",
    ),
    "a class": ("class op: pass", "the class op"),
    "a set-up that is a generator function": ("def setup(): yield\ndef op(): pass", "setup()"),
    "a teardown that is a generator function": (
        "async def teardown(): yield\ndef op(): pass",
        "teardown()",
    ),
}


@pytest.mark.parametrize("kind", NEVER_RUN)
def test_what_would_never_run_is_refused(tmp_path: Path, kind: str) -> None:
    code, complaint = NEVER_RUN[kind]
    with pytest.raises(InvalidWorkload) as caught:
        measure(tmp_path, code)
    assert complaint in str(caught.value)
    assert len(str(caught.value).splitlines()) == 1
    assert caught.value.exit_code == 2


@pytest.mark.parametrize(
    "code",
    [
        "def numbers(): yield 1; yield 2\ndef op():\n    it = numbers(); next(it); return it",
        "async def numbers():\n    yield 1\n    yield 2\n"
        "async def op():\n    it = numbers()\n    async for _ in it: pass\n    return it",
        "import asyncio\nasync def work(): return 1\n"
        "async def op():\n    task = asyncio.ensure_future(work()); await task; return task",
        "def op(): return range(3)",
        "def op(): return list(map(str, [1]))",
        WRAP.format("    asyncio.run(f())") + "@wrap\nasync def op(): pass",
        WRAP.format("    return list(f())") + "@wrap\ndef op(): yield",
        WRAP.format("    t = threading.Thread(target=list, args=[f()]); t.start(); t.join()")
        + "@wrap\ndef op(): yield",
        "import asyncio\nasync def work(): pass\n"
        "async def op():\n    work().close()\n    asyncio.ensure_future(work()).cancel()",
        "import functools\n@functools.lru_cache\ndef look(): pass\ndef op(): look()",
    ],
    ids=[
        "a generator that has begun",
        "a stream at its end",
        "a finished task",
        "a range",
        "a map that it iterates over",
        "a coroutine that its decorator runs",
        "a generator that its decorator exhausts",
        "a generator that its decorator exhausts in a thread",
        "coroutines that were closed and cancelled",
        "a cached function that the operation calls",
    ],
)
def test_what_did_run_may_be_returned(tmp_path: Path, code: str) -> None:
    cell = measure(tmp_path, code)
    assert cell.error is None
    assert cell.verdict == "clean"


BROKEN = {
    "raises": ("def inner(): raise ValueError('odd')\ndef op(): inner()", "ValueError: odd"),
    "raises in a coroutine": (
        "async def inner(): raise ValueError('odd')\nasync def op(): await inner()",
        "ValueError: odd",
    ),
    "imports what is not there": ("import no_such_package\ndef op(): pass", "no_such_package"),
    "is no Python": ("def op(: pass", "SyntaxError"),
    "takes arguments": (
        "def op(client, *, url): pass",
        "but op(client, *, url)",
    ),
    "raises what cannot be printed": (
        "class Odd(Exception):\n    def __str__(self): raise KeyError\ndef op(): raise Odd",
        "Odd",
    ),
    "raises from another error": (
        "def op():\n    try: int('x')\n    except ValueError as e: raise OSError('gone') from e",
        "OSError: gone",
    ),
}


@pytest.mark.parametrize("kind", BROKEN)
def test_a_broken_workload_says_so_in_its_own_frames(tmp_path: Path, kind: str) -> None:
    code, message = BROKEN[kind]
    cell = measure(tmp_path, code)
    assert cell.verdict is None
    assert cell.error is not None
    assert cell.error.kind == "raised"
    assert message in cell.error.message
    frames = [line for line in (cell.error.traceback or "").splitlines() if "File " in line]
    assert all("subject.py" in line for line in frames), cell.error.traceback
    assert frames or kind == "takes arguments"


SHADOWS = (
    "json enum typing socket struct inspect traceback dis contextlib functools ast gc ctypes "
    "weakref contextvars importlib types collections linecache tokenize selectors queue"
)


@pytest.mark.parametrize("form", ["file", "module in the current folder", "file in a package"])
def test_modules_beside_the_workload_do_not_reach_the_agent(
    tmp_path: Path, form: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in SHADOWS.split():
        (tmp_path / f"{name}.py").write_text("raise ImportError('not the standard library')\n")
    code = "class Node: pass\nasync def op():\n    node = Node(); node.me = node\n"
    folder = tmp_path / "package" if form == "file in a package" else tmp_path
    folder.mkdir(exist_ok=True)
    if folder != tmp_path:
        (folder / "__init__.py").write_text("")
    (folder / "subject_of_import.py").write_text(code)
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("PYTHONPATH", "")
    is_module = form.startswith("module")
    workload = "subject_of_import:op" if is_module else str(folder / "subject_of_import.py")
    cell = measure_cell(CellSpec(workload=workload, effort=QUICK))
    assert cell.error is None, cell.error
    assert (cell.verdict, cell.cycles[0].per_op) == ("cyclic", 1)
    assert cell.cycles[0].cut.edge == "Node.me"


def test_the_workloads_own_module_of_a_standard_name_is_not_used_by_the_agent(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "dis.py").write_text("MINE = True\n")
    (tmp_path / "opcode.py").write_text("MINE = True\n")
    monkeypatch.chdir(tmp_path)
    cell = measure(
        tmp_path,
        """
        import sys
        for name in ("dis", "opcode"):
            sys.modules[name] = type(sys)(name)
            sys.modules[name].__file__ = __file__
        class Node: pass
        def op():
            node = Node(); node.me = node
        """,
    )
    assert cell.error is None, cell.error
    assert cell.cycles[0].where is not None


PATCHES = """
import gc, sys, time
gc.get_objects = lambda *_: []
gc.collect = gc.disable = gc.enable = lambda *_: 0
gc.get_referents = lambda *_: []
gc.isenabled = lambda: False
sys.getrefcount = lambda _: 99
time.sleep = lambda _: None
time.perf_counter = time.monotonic = lambda: 0.0
class Node: pass
"""


@pytest.mark.parametrize(
    ("body", "verdict"),
    [("node = Node(); node.me = node", "cyclic"), ("node = Node(); node.me = None", "clean")],
)
def test_a_workload_that_replaces_the_interpreters_functions_is_measured_right(
    tmp_path: Path, body: str, verdict: str
) -> None:
    cell = measure(tmp_path, f"{PATCHES}\ndef op():\n    {body}\n")
    assert cell.error is None, cell.error
    assert cell.verdict == verdict


SPIN = """
import threading
def spin():
    while True: pass
for _ in range(2): threading.Thread(target=spin, daemon=True).start()
class Node: pass
"""


@pytest.mark.parametrize(
    ("body", "verdict"),
    [("node = Node(); node.me = node", "cyclic"), ("node = Node(); node.me = None", "clean")],
)
def test_threads_that_never_rest_do_not_hang_the_agent(
    tmp_path: Path, body: str, verdict: str
) -> None:
    cell = measure(tmp_path, f"{SPIN}\ndef op():\n    {body}\n")
    assert cell.error is None, cell.error
    assert cell.verdict == verdict


def test_standard_descriptors_may_be_closed(tmp_path: Path) -> None:
    cell = measure(tmp_path, "import os\ndef setup(): os.closerange(0, 3)\ndef op(): pass")
    assert cell.error is None, cell.error
    assert cell.verdict == "clean"
