"""Tables sort by any column, with the mouse and with the keyboard."""

from __future__ import annotations

import re

import pytest
from playwright.sync_api import Locator, Page

from tests.browser.conftest import Open

pytestmark = pytest.mark.once

UNITS = {"ns": 1e-9, "µs": 1e-6, "ms": 1e-3, "s": 1.0, "KiB": 2**10, "MiB": 2**20, "GiB": 2**30}
FIGURE = re.compile(r"^(?:[^\d-]* )?([<>]?-?[\d,.]+)\s*(×|%|[nµm]?s|[KMG]iB|B)?$")

COLUMNS = """table => [...table.tHead.rows[0].cells].map(one =>
  [!!one.querySelector('button.sort'), one.classList.contains('number')])"""


def sortable(page: Page) -> list[Locator]:
    """The tables with more than one row that sort."""
    tables = page.locator("table:has(button.sort)").all()
    found = [table for table in tables if table.locator("tbody tr").count() > 1]
    assert len(found) >= 4
    return found


def column(table: Locator, number: int) -> list[str]:
    shown = table.evaluate(
        "(table, number) => [...table.tBodies[0].rows].map(row => row.cells[number].textContent)",
        number,
    )
    return [" ".join(str(text).split()) for text in shown]


def figures(texts: list[str]) -> list[float] | None:
    """The texts as numbers in one unit; None where one of them is another text."""
    found = [FIGURE.match(text) for text in texts]
    if not all(found):
        return None
    return [
        float(one[1].replace(",", "").lstrip("<>")) * UNITS.get(one[2] or "", 1.0)
        for one in found
        if one
    ]


def press(button: Locator) -> None:
    """As the mouse does, without the time that it takes to scroll there."""
    button.evaluate("one => one.click()")


def order(table: Locator, number: int) -> str | None:
    return table.locator("thead th").nth(number).get_attribute("aria-sort")


@pytest.fixture
def page(visit: Open) -> Page:
    page = visit("everything").page
    page.evaluate("for (const one of document.querySelectorAll('details')) one.open = true")
    return page


def test_numbers_sort_by_their_size_whatever_their_unit_and_the_largest_comes_first(
    page: Page,
) -> None:
    seen = 0
    marks = set()
    for table in sortable(page):
        for number, (sorts, numeric) in enumerate(table.evaluate(COLUMNS)):
            values = figures(column(table, number)) if sorts and numeric else None
            if values is None or len(set(values)) < 2:
                continue
            button = table.locator("thead th").nth(number).locator("button.sort")
            press(button)
            assert order(table, number) == "descending"
            assert figures(column(table, number)) == sorted(values, reverse=True)
            press(button)
            assert order(table, number) == "ascending"
            assert figures(column(table, number)) == sorted(values)
            marks |= set("".join(column(table, number))) & set("×,sB")
            seen += 1
    assert seen >= 6
    assert marks >= set("×,s")


def test_text_sorts_from_its_first_letter_on(page: Page) -> None:
    seen = 0
    for table in sortable(page):
        for number, (sorts, numeric) in enumerate(table.evaluate(COLUMNS)):
            texts = column(table, number)
            if not sorts or numeric or len(set(texts)) < 2 or figures(texts):
                continue
            button = table.locator("thead th").nth(number).locator("button.sort")
            press(button)
            first = order(table, number)
            forward = [text.lstrip("●■▲◆▼✚✖ ").lower() for text in column(table, number)]
            press(button)
            assert {first, order(table, number)} == {"ascending", "descending"}
            backward = [text.lstrip("●■▲◆▼✚✖ ").lower() for text in column(table, number)]
            assert first == "ascending"
            assert forward[0] <= forward[-1]
            assert backward[0] == forward[-1]
            assert sorted(column(table, number)) == sorted(texts)
            seen += 1
    assert seen >= 4


def test_rows_stay_whole(page: Page) -> None:
    rows = "table => [...table.tBodies[0].rows].map(row => row.textContent).sort()"
    for table in sortable(page):
        before = table.evaluate(rows)
        for button in table.locator("button.sort").all():
            press(button)
        assert table.evaluate(rows) == before


def test_one_column_at_a_time_is_said_to_be_sorted(page: Page) -> None:
    for table in sortable(page):
        for button in table.locator("button.sort").all():
            press(button)
            assert table.locator("th[aria-sort]").count() == 1
            assert button.locator("xpath=ancestor::th").get_attribute("aria-sort") is not None


def test_a_table_sorts_with_the_mouse(page: Page) -> None:
    button = sortable(page)[0].locator("button.sort").last
    button.click()
    assert button.locator("xpath=ancestor::th").get_attribute("aria-sort") is not None


@pytest.mark.parametrize("key", ["Enter", "Space"])
def test_a_table_sorts_with_the_keyboard(page: Page, key: str) -> None:
    table = sortable(page)[0]
    button = table.locator("button.sort").last
    button.focus()
    page.keyboard.press(key)
    heading = button.locator("xpath=ancestor::th")
    first = heading.get_attribute("aria-sort")
    page.keyboard.press(key)
    assert {first, heading.get_attribute("aria-sort")} == {"ascending", "descending"}
    assert button.evaluate("one => one === document.activeElement")


def test_each_button_has_a_name(page: Page) -> None:
    for button in [one for table in sortable(page) for one in table.locator("button.sort").all()]:
        assert button.inner_text().strip() or button.get_attribute("aria-label")
        assert button.get_attribute("type") == "button"
