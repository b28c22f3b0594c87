"""What leaks is told by the object that says most, and by the chain that holds it."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest

from tests.interpreters import need_interpreter
from tests.measuring.test_diagnosis import FOLDER, measured
from unknot.measuring.cell import measure_cell
from unknot.measuring.spec import CellSpec, Effort
from unknot.records import Leak
from unknot.report.wording import leak_trace

pytestmark = pytest.mark.once  # other interpreters are asked here

FEW = Effort(ops=40, warmup=8, samples=1, confirm_ops=80, time_limit=60)

# name: the type, how many of it and of all per operation, the chain
LEAKS: dict[str, tuple[str, float, float, list[str]]] = {
    "registry": ("leaks.Entry", 1, 1, ["module leaks.REGISTRY", "dict['entries']", "list[…]"]),
    "closure": (
        "leaks.Entry",
        1,
        1,
        ["module leaks.closure", "function make_closure.<locals>.see closure seen", "list[…]"],
    ),
    "thread_local": ("leaks.Entry", 1, 1, ["module leaks.here", "_local.entries", "list[…]"]),
    "cached": (
        "leaks.Calculation",
        1,
        2,
        [
            "module leaks.Calculation",
            "class Calculation.result",
            "_lru_cache_wrapper.cache",
            "dict{key}",
            "tuple[…]",
        ],
    ),
    "default": (
        "leaks.Entry",
        1,
        1,
        ["module leaks.default", "function default.__defaults__", "tuple[…]", "list[…]"],
    ),
    "logger": (
        "logging.Logger",
        1,
        4 if sys.version_info >= (3, 14) else 3,  # its cache, an empty dict, is tracked there
        ["module logging.Logger", "class Logger.manager", "Manager.loggerDict", "dict[…]"],
    ),
    "scattered": ("leaks.Entry", 1, 1, ["module leaks.LISTS", "list[…]", "list[…]"]),
}

FILLING = {
    "plain_registry": ("builtins.dict", ["module leaks.NAMES"], "it gains 1 entry per op"),
    "plain_attribute": (
        "builtins.dict",
        ["module leaks.METRICS", "Metrics.seen"],
        "it gains 1 entry per op",
    ),
    "plain_set": ("builtins.set", ["module leaks.SEEN"], "it gains 1 reference per op"),
}
CLEAN = [
    *("leaks:lost_and_cached_clean", "leaks:weak_key_among_others_clean", "leaks:adapted_clean"),
    *("leaks:poll_clean", "leaks:listen_clean", "leaks:in_two_registries_clean"),
    *("leaks:registry_clean", "leaks:weak_key_clean", "leaks:lost_string_clean"),
    *("leaks:scattered_clean", "leaks:cached_clean", "leaks:task_clean", "leaks:stamp_clean"),
    *("leaks:registered_clean", "leaks:plain_registry_clean", "hidden:array_clean"),
    "leaks:variable_each_clean",
]


def the_leak(name: str) -> Leak:
    cell = measured(name)
    assert cell.verdict == "leaking"
    (leak,) = cell.leaks
    return leak


@pytest.mark.parametrize("name", LEAKS)
def test_a_leak_is_told_by_its_most_telling_type_and_the_chain_that_holds_it(name: str) -> None:
    kind, per_op, objects, path = LEAKS[name]
    leak = the_leak(f"leaks:{name}")
    assert (leak.type, leak.per_op, leak.objects_per_op) == (kind, per_op, objects)
    assert leak.path == path
    assert leak.note is None


def test_a_value_that_refers_to_its_own_weak_key_leaks_from_its_dictionary() -> None:
    cell = measured("leaks:weak_key")
    assert cell.verdict == "leaking"
    (leak,) = cell.leaks
    assert leak.path == ["module leaks.VALUES", "WeakKeyDictionary.data", "dict[…]", "Value.key"]
    assert (leak.type, leak.per_op, leak.objects_per_op) == ("leaks.Key", 1, 3)
    assert leak.advice == "Remove `Value.key`, or let it refer weakly."


def test_the_way_from_the_value_to_its_weak_key_names_the_reference_to_remove() -> None:
    (leak,) = measured("leaks:weak_key_among_others").leaks
    assert leak.path == [
        *("module leaks.SCOPES", "ScopeTable.data", "dict[…]"),
        *("dict['inner']", "tuple[…]", "Value.key"),
    ]
    assert (leak.advice or "").startswith("Remove `dict['inner']`")


@pytest.mark.parametrize("name", ["lost_and_cached", "lost_and_recent", "lost_and_in_a_full_dict"])
def test_a_cache_with_a_bound_is_not_blamed_for_what_c_code_holds(name: str) -> None:
    leak = the_leak(f"leaks:{name}")
    assert (leak.type, leak.per_op, leak.path) == ("leaks.Entry", 1, [])
    assert "held from C" in (leak.note or "")


def test_beside_a_cache_without_a_bound_no_consequence_is_a_finding() -> None:
    leak = the_leak("leaks:adapted")
    assert leak.path == ["module leaks.adapted_of", "_lru_cache_wrapper.cache", "dict[…]"]
    assert leak.type == "leaks.Adapted"


@pytest.mark.parametrize(
    ("name", "runs", "function"),
    [
        ("poll", "task poll_forever", "sleep"),
        ("listen", "thread listen_for", "wait"),
        ("listen_by_subclass", "thread Listener.run", "wait"),
    ],
)
def test_what_still_runs_is_named_with_what_it_runs_and_where_it_waits(
    name: str, runs: str, function: str
) -> None:
    (leak,) = measured(f"leaks:{name}").leaks
    lines = (FOLDER / "leaks.py").read_text(encoding="utf-8").splitlines()
    line = next(at for at, text in enumerate(lines, 1) if f"# {name} waits here" in text)
    place = f"tests/workloads/leaks.py:{line}"
    assert (leak.runs, leak.per_op) == (f"{runs}, waits at {place} in {function}", 1)
    assert leak.objects_per_op > 3  # all that hangs from it
    assert leak_trace(leak)[0].startswith(f"1 {runs.partition(' ')[0]} per op still runs: ")


@pytest.mark.parametrize("name", ["poll", "task"])
def test_in_few_operations_no_object_of_the_counting_is_taken_for_one_that_hangs(name: str) -> None:
    (leak,) = measured(f"leaks:{name}", FEW).leaks
    assert leak.objects_per_op.is_integer()


def test_a_task_in_a_registry_is_held_by_it_and_still_runs() -> None:
    (leak,) = measured("leaks:task").leaks
    assert leak.path[:2] == ["module leaks.WAITING", "list[…]"]
    assert "1 task per op still runs: Event.wait, waits at " in (leak.note or "")


def test_an_object_in_two_registries_is_told_of_both() -> None:
    leak = the_leak("leaks:in_two_registries")
    assert leak.path == ["module leaks.FIRST", "list[…]"]
    assert "`module leaks.THIRD` holds them as well" in (leak.note or "")


def test_a_string_leaked_by_c_code_shows_in_blocks_per_op() -> None:
    cell = measured("leaks:lost_string")
    assert cell.per_op is not None
    assert cell.verdict == "leaking"
    assert (cell.per_op.leaked, cell.per_op.blocks_leaked) == (0, 1)
    (leak,) = cell.leaks
    assert (leak.type, leak.per_op) == ("allocated blocks", 1)
    assert "C code" in (leak.note or "")


def test_an_object_that_only_c_code_holds_is_said_to_be_held_from_c() -> None:
    cell = measured("leaks:lost_entry")
    (leak,) = [each for each in cell.leaks if each.type == "leaks.Entry"]
    assert (leak.per_op, leak.path) == (1, [])
    assert "held from C" in (leak.note or "")


@pytest.mark.parametrize("name", CLEAN)
def test_what_is_given_back_is_no_leak(name: str) -> None:
    cell = measured(name)
    assert (cell.verdict, cell.leaks) == ("clean", [])


@pytest.mark.parametrize("name", FILLING)
def test_a_registry_of_plain_values_is_named_though_no_object_leaks(name: str) -> None:
    kind, path, note = FILLING[name]
    leak = the_leak(f"leaks:{name}")
    assert (leak.type, leak.per_op, leak.path, leak.note) == (kind, 0, path, note)


def test_each_of_two_registries_is_told_with_its_own_share() -> None:
    cell = measured("leaks:two_registries")
    assert [(leak.per_op, leak.path) for leak in cell.leaks] == [
        (2, ["module leaks.SECOND", "list[…]"]),
        (1, ["module leaks.FIRST", "list[…]"]),
    ]


@pytest.mark.parametrize(("name", "objects"), [("weak_pair", 2), ("weak_one_way", 1)])
def test_what_two_registries_hold_is_told_of_both_though_one_refers_to_the_other_weakly(
    name: str, objects: float
) -> None:
    cell = measured(f"leaks:{name}")
    assert {tuple(leak.path): leak.objects_per_op for leak in cell.leaks} == {
        ("module leaks.CONNS", "list[…]"): 2,
        ("module leaks.SESSIONS", "list[…]"): objects,
    }


def test_a_dict_that_a_running_function_fills_is_named_by_its_local() -> None:
    leak = the_leak("leaks:local_of_a_thread")
    assert leak.path == ["frame run local names"]
    assert leak.note == "it gains 1 entry per op; a function that runs holds it"


def test_a_weak_set_does_not_hold_what_another_list_holds() -> None:
    leak = the_leak("leaks:task")
    assert leak.path == ["module leaks.WAITING", "list[…]"]
    assert leak.type == "asyncio.Task"
    assert measured("leaks:task").per_op.leaked == leak.objects_per_op  # type: ignore[union-attr]


def test_what_the_workload_itself_keeps_is_held_by_its_local_and_not_by_the_agent() -> None:
    leak = the_leak("hidden:local")
    assert leak.path == ["generator local local entries", "list[…]"]


def test_what_a_registry_of_c_holds_is_told_with_the_method_that_it_was_given() -> None:
    leak = the_leak("leaks:registered")
    # From CPython 3.14, what atexit calls is a list of tuples, which the collector sees.
    objects, path = (
        (3, ["list[…]", "tuple[…].__self__"])
        if sys.version_info >= (3, 14)
        else (2, ["method Entry.close.__self__"])
    )
    assert (leak.type, leak.per_op, leak.objects_per_op) == ("leaks.Entry", 1, objects)
    assert leak.path == path
    assert "`atexit` keeps it, in C" in (leak.note or "")


@pytest.mark.parametrize(
    ("name", "holder", "path"),
    [
        (
            "leaks:stamp",
            "datetime.datetime",
            ["module leaks.STAMPS", "dict['all']", "list[…]", "datetime?"],
        ),
        ("hidden:array", "numpy.ndarray", ["module hidden.SLOTS", "ndarray?"]),
    ],
)
def test_what_the_collector_does_not_look_into_is_found_by_its_memory(
    name: str, holder: str, path: list[str]
) -> None:
    leak = the_leak(name)
    assert leak.path == path
    assert (leak.note or "").startswith(f"{holder} does not support the collector")
    assert leak.per_op == leak.objects_per_op == 1


@pytest.mark.parametrize("version", ["3.8", "3.13", "3.15"])
@pytest.mark.parametrize("name", ["closure", "thread_local", "stamp", "plain_attribute"])
def test_a_leak_has_one_chain_under_every_interpreter(
    name: str, version: str, tmp_path: Path
) -> None:
    file = tmp_path / "leaks.py"
    source = Path(__file__).parents[1] / "workloads" / "leaks.py"
    file.write_text(source.read_text().replace("@functools.cache", "@functools.lru_cache(None)"))
    spec = CellSpec(workload=f"{file}:{name}", effort=FEW, python=need_interpreter(version))
    cell = measure_cell(spec)
    assert cell.error is None, cell.error
    (leak,) = cell.leaks
    assert leak.path == the_leak(f"leaks:{name}").path


@pytest.mark.parametrize(
    ("name", "says", "filled_by"),
    [
        ("registry", "Remove each Entry from `REGISTRY['entries']`", "registry"),
        ("closure", "Remove each Entry from `seen`", "make_closure.<locals>.see"),
        ("plain_attribute", "Remove each entry from `METRICS.seen`", "plain_attribute"),
        ("task", "Cancel the task and await it", "task"),
    ],
)
def test_the_advice_names_the_container_and_the_line_that_fills_it(
    name: str, says: str, filled_by: str
) -> None:
    leak = the_leak(f"leaks:{name}")
    advice = leak.advice or ""
    assert advice.startswith(says)
    assert f"gains entries in `{filled_by}` ({leak.where})." in advice
    path, _, line = (leak.where or "").rpartition(":")
    text = (FOLDER.parents[1] / path).read_text(encoding="utf-8").splitlines()[int(line) - 1]
    assert ".append(" in text or "] = " in text


def test_what_the_standard_library_keeps_has_advice_and_no_line_in_it() -> None:
    leak = the_leak("leaks:logger")
    assert (leak.advice or "").startswith("Ask `logging.getLogger` for a few fixed names")
    assert leak.where is None


def test_a_context_variable_for_each_object_is_one_finding_with_advice() -> None:
    (leak,) = measured("leaks:variable_each").leaks
    assert (leak.advice or "").startswith("Make each `ContextVar` once")
