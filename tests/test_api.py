"""The functions of ``unknot``, and how a function gets into a fresh process."""

from __future__ import annotations

import gc
import subprocess
import sys
import threading
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from msgspec import structs

import unknot
from tests.patience import until_begun
from unknot.errors import CellFailed, TimeLimitExceeded, UsageError

FEW: dict[str, Any] = {"ops": 40, "warmup": 4}


class Thing:
    me: object


def clean() -> None:
    thing = Thing()
    del thing


def cyclic() -> None:
    thing = Thing()
    thing.me = thing


KEPT: list[Thing] = []


def leaking() -> None:
    KEPT.append(Thing())


async def cyclic_later() -> None:
    cyclic()


@unknot.workload
def yielded() -> Any:
    yield cyclic


def hidden(times: int) -> Callable[[], None]:
    def op() -> None:
        for _ in range(times):
            cyclic()

    return op


@pytest.fixture(scope="module")
def leaving() -> unknot.Result:
    """What measuring ``cyclic`` says."""
    with pytest.MonkeyPatch.context() as patch:
        patch.chdir(Path(__file__).parent)
        return unknot.measure(cyclic, **FEW)


@pytest.fixture(scope="module")
def spotless() -> unknot.Result:
    """What measuring ``clean`` says."""
    return unknot.measure(clean, **FEW)


def test_a_function_of_a_module_is_measured_by_its_file_and_name(leaving: unknot.Result) -> None:
    (cell,) = leaving.cells
    assert (cell.workload, cell.verdict) == ("test_api.py:cyclic", "cyclic")
    assert cell.cycles[0].cut.edge == "Thing.me"
    assert cell.workload_digest
    assert not leaving.clean


def test_of_what_leaks_it_is_told_where_it_was_made(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(Path(__file__).parent)
    result = unknot.measure(leaking, **FEW)
    (leak,) = result.cells[0].leaks
    line = leaking.__code__.co_firstlineno + 1
    assert leak.made[0] == f"test_api.py:{line}"
    assert f"made at test_api.py:{line}" in str(result)


def test_a_clean_function_is_clean(spotless: unknot.Result) -> None:
    assert spotless.clean
    assert spotless.cells[0].cycles == []


@pytest.mark.parametrize(
    ("operation", "name"),
    [
        (hidden(2), "hidden.op"),
        (lambda: hidden(2)(), "<lambda>"),
    ],
    ids=["closure", "lambda"],
)
def test_what_no_import_finds_is_pickled(operation: Callable[[], None], name: str) -> None:
    (cell,) = unknot.measure(operation, **FEW).cells
    assert (cell.workload, cell.variant, cell.workload_digest) == (name, name, None)
    assert cell.cycles[0].per_op == 2
    assert "test_api.py" in cell.cycles[0].cut.instruction


@pytest.mark.parametrize("operation", [cyclic_later, yielded])
def test_coroutine_functions_and_marked_generators_are_workloads(
    operation: Callable[..., Any],
) -> None:
    assert unknot.measure(operation, **FEW).cells[0].verdict == "cyclic"


def test_a_workload_has_a_name_as_on_the_command_line_and_a_cell_for_each_mode() -> None:
    result = unknot.measure(f"{__file__}:clean", gc=("off", "auto"), **FEW)
    assert [cell.gc for cell in result.cells] == ["off", "auto"]


@pytest.mark.parametrize(
    ("operation", "options", "complaint"),
    [
        (3, {}, "takes a function or a workload's name, got int"),
        (threading.Lock().acquire, {}, "cannot be sent to a fresh process: TypeError"),
        ("absent.py", {}, "there is no file absent.py"),
        (clean, {"rounds": 2}, "rounds must be at least 4, to tell a leak from a cache, got 2"),
        (clean, {"backend": "twisted"}, "there is no backend twisted"),
    ],
)
def test_wrong_use_says_what_is_wrong(
    operation: Any, options: dict[str, Any], complaint: str
) -> None:
    with pytest.raises(unknot.UnknotError, match=complaint):
        unknot.measure(operation, **options)


def test_an_operation_that_raises_is_an_error_with_its_own_frames_alone() -> None:
    with pytest.raises(CellFailed, match="ZeroDivisionError") as caught:
        unknot.measure(lambda: 1 / 0, **FEW)
    frames = [line for line in str(caught.value).splitlines() if "File " in line]
    assert len(frames) == 1
    assert "test_api.py" in frames[0]


def test_time_that_runs_out_is_an_error_of_its_own() -> None:
    with pytest.raises(TimeLimitExceeded):
        unknot.measure(lambda: threading.Event().wait(), time_limit=until_begun(), **FEW)


def test_a_file_that_measures_as_it_is_imported_is_told_so(tmp_path: Path) -> None:
    path = tmp_path / "again.py"
    path.write_text("import unknot\ndef op(): pass\nunknot.measure(op)\n")
    done = subprocess.run([sys.executable, path], capture_output=True, text=True, check=False)
    assert done.returncode == 1
    assert "call it below if __name__ == '__main__':" in done.stderr


@pytest.mark.usefixtures("spotless")  # what is made once is made then
def test_measuring_leaves_no_cycle_of_its_own() -> None:
    with unknot.no_cycles(ignore=["importlib"]):
        unknot.measure(clean, **FEW)


def test_explain_tells_the_garbage_that_is_there_and_leaves_it() -> None:
    enabled = gc.isenabled()
    gc.collect()
    gc.disable()
    try:
        cyclic()
        cyclic()
        first, second = unknot.explain(), unknot.explain()
        assert gc.collect() >= 2
        after = unknot.explain()
    finally:
        if enabled:
            gc.enable()
    for garbage in (first, second):
        mine = [cycle for cycle in garbage.cycles if cycle.cut.edge == "Thing.me"]
        assert [cycle.per_op for cycle in mine] == [2]
        assert "2 cycles" in str(garbage)
    assert [cycle for cycle in after.cycles if cycle.cut.edge == "Thing.me"] == []


def test_results_are_saved_loaded_and_compared(
    tmp_path: Path, spotless: unknot.Result, leaving: unknot.Result
) -> None:
    path = tmp_path / "before.json"
    spotless.save(path)
    assert unknot.load(path) == spotless
    changes = unknot.compare(path, leaving)
    assert changes.worse
    assert "unknot compare: worse" in str(changes)
    same = unknot.compare(spotless, unknot.load(path))
    assert not same.worse
    assert same.differences == []
    two = structs.replace(leaving, cells=leaving.cells * 2)
    with pytest.raises(UsageError, match="no cell in common"):
        unknot.compare(spotless, two)


def test_a_notebook_shows_the_verdict_and_the_ring(
    spotless: unknot.Result, leaving: unknot.Result
) -> None:
    pytest.importorskip("jinja2")
    shown = leaving._repr_html_()
    assert shown.count("<svg") == 1
    assert 'class="verdict bad"' in shown
    assert "(1 object) per op wait for the collector" in shown
    assert "<script" not in shown
    clear = spotless._repr_html_()
    assert "<svg" not in clear
    assert 'class="verdict good"' in clear
    assert "no difference" in unknot.compare(leaving, leaving)._repr_html_()


def test_a_notebook_without_jinja2_shows_the_text(
    monkeypatch: pytest.MonkeyPatch, leaving: unknot.Result
) -> None:
    from unknot.report import html

    html._notebook.cache_clear()
    monkeypatch.setitem(sys.modules, "jinja2", None)
    shown = leaving._repr_html_()
    assert shown.startswith("<pre>")
    assert "cut here" in shown


def test_all_public_names_are_there_and_importing_them_is_cheap() -> None:
    code = (
        "import sys, unknot; "
        "heavy = {'asyncio', 'cloudpickle', 'msgspec', 'numpy', 'rich', 'rustworkx'}; "
        "print(sorted(heavy & set(sys.modules))); "
        "print([name for name in unknot.__all__ if getattr(unknot, name, None) is None])"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.split("\n")[:2] == ["[]", "[]"]


def test_python_m_unknot_is_the_command_line() -> None:
    done = subprocess.run(
        [sys.executable, "-m", "unknot", "--version"], capture_output=True, text=True, check=True
    )
    assert done.stdout == f"unknot, version {unknot.__version__}\n"


def test_in_a_notebook_changes_are_text_and_nothing_is_shown_aside(
    monkeypatch: pytest.MonkeyPatch, spotless: unknot.Result, leaving: unknot.Result
) -> None:
    monkeypatch.setattr(
        "rich.console._is_jupyter", lambda: True
    )  # there, rich shows and writes not
    assert "unknot compare: worse" in str(unknot.compare(spotless, leaving))
