"""What comes first on the page, and how it is told to those who do not see it."""

from __future__ import annotations

import pytest
from playwright.sync_api import Page

from tests.browser.conftest import Open

pytestmark = pytest.mark.once

PAGES = [
    "everything",
    "reference",
    "rings",
    "empty",
    "only errors",
    "clean",
    "huge",
    "every attack",
]


def words(page: Page, selector: str) -> str:
    return " ".join(page.locator(selector).first.inner_text().split())


def test_the_verdict_is_the_first_that_is_read_below_the_title(visit: Open) -> None:
    page = visit("reference").page
    assert words(page, ".verdict > li:nth-child(1)") == "● severed: clean in all 8 cases"
    assert words(page, ".verdict > li:nth-child(2)").startswith("■ cyclic: ")
    assert "wait for the collector" in words(page, ".verdict > li:nth-child(2)")
    assert "are leaked" in words(page, ".verdict > li:nth-child(3)")
    before = page.evaluate("""() => {
      const verdict = document.querySelector('.verdict');
      return [...document.body.querySelectorAll('section, table, figure, p, li')]
        .filter(one => one.compareDocumentPosition(verdict) === Node.DOCUMENT_POSITION_FOLLOWING)
        .map(one => one.outerHTML);
    }""")
    assert before == []


def test_the_verdict_is_seen_without_scrolling_at_any_width(visit: Open) -> None:
    page = visit("reference").page
    for width in (400, 800, 1_600):
        page.set_viewport_size({"width": width, "height": 900})
        box = page.locator(".verdict").bounding_box()
        assert box is not None
        assert box["y"] + box["height"] < 900


@pytest.mark.parametrize(
    ("name", "verdict"),
    [
        ("empty", "Nothing was measured"),
        ("only errors", "2 of 2 cells failed"),
        ("clean", "● severed: clean"),
        ("rings", "■ cyclic: 12 objects per op wait for the collector"),
    ],
)
def test_the_verdict_says_it_of_an_odd_result(visit: Open, name: str, verdict: str) -> None:
    assert words(visit(name).page, ".verdict > li") == verdict


@pytest.mark.parametrize("name", ["only errors", "everything"])
def test_errors_come_before_everything_in_main(visit: Open, name: str) -> None:
    page = visit(name).page
    first = page.locator("main > section").first
    assert first.get_attribute("aria-labelledby") == "errors"
    assert "it raised: 7" in first.inner_text()
    first.locator("summary").first.click()
    assert "ValueError: made up" in first.inner_text()
    assert "failed" in words(page, ".verdict > li")


@pytest.mark.parametrize("name", ["clean", "reference"])
def test_a_result_without_errors_has_no_such_section(visit: Open, name: str) -> None:
    assert visit(name).page.locator("#errors").count() == 0


@pytest.mark.parametrize("name", PAGES)
def test_the_page_has_one_title_and_headings_without_gaps(visit: Open, name: str) -> None:
    page = visit(name).page
    assert page.title().endswith(" · unknot")
    assert page.locator("html").get_attribute("lang") == "en"
    levels = page.evaluate(
        "[...document.querySelectorAll('h1,h2,h3,h4,h5,h6')].map(one => Number(one.tagName[1]))"
    )
    assert levels.count(1) == 1
    assert levels[0] == 1
    assert max(after - before for before, after in zip([0, *levels], levels, strict=False)) == 1
    for landmark in ("header", "main", "footer"):
        assert page.locator(f"body > {landmark}").count() == 1


@pytest.mark.parametrize("name", PAGES)
def test_sections_tables_and_pictures_have_names(visit: Open, name: str) -> None:
    nameless = visit(name).page.evaluate("""() => {
      const words = one => one.getAttribute('aria-label')
        || (one.getAttribute('aria-labelledby') || '').split(' ')
        .map(id => document.getElementById(id)?.textContent.trim()).join('');
      const without = (kinds, name) => [...document.querySelectorAll(kinds)]
        .filter(one => !name(one)).map(one => one.outerHTML.slice(0, 200));
      return [
        ...without('section, [role=region], svg[role=img]', words),
        ...without('table', one => one.caption?.textContent.trim()),
        ...without('img', one => one.alt),
        ...without('svg', one => one.matches('[role=img], [aria-hidden=true]')),
      ];
    }""")
    assert nameless == []


@pytest.mark.parametrize("name", PAGES)
def test_no_two_elements_share_a_name(visit: Open, name: str) -> None:
    names = visit(name).page.evaluate("[...document.querySelectorAll('[id]')].map(one => one.id)")
    assert sorted(names) == sorted(set(names))
    assert not any(set(one) & set(" \t\n") for one in names)
