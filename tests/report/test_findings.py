"""A cycle of several cases stands once, and says whose figures it has. All of it is made up."""

from __future__ import annotations

import msgspec

from tests.report.conftest import cell, of_cells
from tests.report.made_cycles import made_cycle
from tests.report.test_terminal import text_of
from unknot.records import Cycle, Leak, Result, Step
from unknot.report.findings import cuts, findings

ENDINGS = ("returned", "raised", "cancelled")
STEPS = (
    Step(source="app.Session", label=".task", target="asyncio.Task", cut=True),
    Step(source="asyncio.Task", label="._context", target="app.Session"),
)


def cycle_of(objects: float, frees: float | None = None) -> Cycle:
    """The same cycle, that takes along that many objects."""
    one = made_cycle(*STEPS)
    cut = msgspec.structs.replace(
        one.cut, frees_per_op=objects if frees is None else frees, of_per_op=objects
    )
    return msgspec.structs.replace(one, objects_per_op=objects, cut=cut)


def leak_of(others: int, name: str = "app.Entry") -> Leak:
    note = f"{others} objects of other types per op are leaked beside it"
    return Leak(type=name, per_op=1, path=["app.KEPT"], steps=[], note=note)


def result_of(**found: list[Cycle | Leak]) -> Result:
    """For each variant what its cases left, one each."""
    cells = [
        msgspec.structs.replace(
            cell(variant, ending=ending),
            cycles=[what] if isinstance(what, Cycle) else [],
            leaks=[what] if isinstance(what, Leak) else [],
        )
        for variant, each in found.items()
        for ending, what in zip(ENDINGS, each, strict=False)
    ]
    return of_cells(*cells)


def test_a_cycle_whose_figures_differ_says_their_range_and_which_are_shown() -> None:
    [found] = findings(result_of(cyclic=[cycle_of(11), cycle_of(18), cycle_of(23)]))
    assert found.subject == "cyclic: all 3 cases, 11 to 23 objects per op"
    assert found.shown == "shown: coroutine returned"
    assert "11 objects per op" in found.trace
    assert found.says == "Cut Session.task: it frees all 11 to 23 objects"


def test_a_cycle_whose_figures_agree_says_neither() -> None:
    [found] = findings(result_of(cyclic=[cycle_of(11)] * 3))
    assert (found.subject, found.shown) == ("cyclic: all 3 cases", "")
    assert found.says == "Cut Session.task: it frees 11 of 11 objects"


def test_a_cut_that_does_not_free_all_of_every_case_says_both_ranges() -> None:
    [found] = findings(result_of(cyclic=[cycle_of(11, frees=10), cycle_of(23)]))
    assert found.says == "Cut Session.task: it frees 10 to 23 of 11 to 23 objects"


def test_a_leak_that_takes_along_more_in_some_cases_says_which_is_shown() -> None:
    [found] = findings(result_of(pinned=[leak_of(11), leak_of(18)]))
    assert found.subject == "pinned: all 2 cases"
    assert found.shown == "shown: coroutine returned"


def test_the_page_says_the_figures_of_other_variants_where_they_differ() -> None:
    two = result_of(cyclic=[cycle_of(11), cycle_of(23)], reworked=[cycle_of(9), cycle_of(9)])
    found = cuts(two)
    assert found.drawn[0].where == (
        "in all 2 cases, 11 to 23 objects per op; shown: coroutine returned; "
        "also reworked: all 2 cases, 9 objects per op"
    )


def test_the_terminal_says_whose_figures_it_shows() -> None:
    text = text_of(result_of(cyclic=[cycle_of(11), cycle_of(23)]), {})
    assert "cyclic: all 2 cases, 11 to 23 objects per op; shown: coroutine returned\n" in text


def test_a_finding_that_only_the_page_has_is_named() -> None:
    text = text_of(result_of(pinned=[leak_of(1), leak_of(1, "app.Other")]), {})
    assert (
        "On the page too: app.Other leaks, and no holder was found (pinned: coroutine\nraised)"
    ) in text


def test_where_there_are_many_on_the_page_they_are_counted_by_variant() -> None:
    others = [leak_of(1, f"app.Kind{number}") for number in range(5)]
    kept = msgspec.structs.replace(cell("pinned"), leaks=others)
    rings = msgspec.structs.replace(cell("cyclic"), cycles=[cycle_of(3)], leaks=[leak_of(2)])
    assert "On the page too: 1 leak of cyclic, 4 leaks of pinned" in text_of(
        of_cells(rings, kept), {}
    )
