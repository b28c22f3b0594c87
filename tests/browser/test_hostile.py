"""Names that attack the page are shown as text."""

from __future__ import annotations

from collections import Counter

import pytest
from playwright.sync_api import Browser, Page

from tests.browser.conftest import Open, PageOf
from tests.browser.made import ATTACKS

pytestmark = pytest.mark.once

ELEMENTS = """[...document.querySelectorAll('*')].map(one =>
  [one.localName, ...[...one.attributes].map(own => own.name)].join(' '))"""

VARYING = (
    {"title", "tspan", "bdi"},
    {"class", "font-size", "lengthAdjust", "textLength", "x", "y"},
)
"""Elements, with these attributes at most: a label has as many lines as it needs."""
PLAIN = "code"
"""An element without attributes that holds text: messages mark names by backticks, and a name may
have one itself."""
OWN = {"title", "data-value"}
"""Attributes: a long name is clipped, and whole in a title."""


def elements(page: Page) -> Counter[str]:
    """How many elements of each kind there are, with the names of their attributes."""
    found: Counter[str] = Counter()
    for kind in page.evaluate(ELEMENTS):
        name, *attributes = kind.split()
        others = [own for own in attributes if own not in OWN]
        if kind == PLAIN:
            continue
        if name not in VARYING[0] or not VARYING[1].issuperset(others):
            found[" ".join((name, *others))] += 1
    return found


@pytest.fixture(scope="module")
def tame(browser: Browser, page_of: PageOf) -> Counter[str]:
    """The elements of the page of the same result with harmless names."""
    page = browser.new_page()
    page.goto(page_of("tame").as_uri())
    found = elements(page)
    page.close()
    return found


@pytest.mark.parametrize("attack", ATTACKS)
def test_a_hostile_name_makes_no_element_no_request_and_no_dialog(
    visit: Open, tame: Counter[str], attack: str
) -> None:
    visited = visit(attack)
    visited.settle()
    assert (visited.said, visited.asked_for) == ([], [])
    assert elements(visited.page) == tame


def test_an_element_that_a_name_makes_is_found(visit: Open, tame: Counter[str]) -> None:
    page = visit("tame").page
    assert elements(page) == tame
    page.evaluate("document.querySelector('td bdi').innerHTML = '<bdi onclick=alert(1)>text</bdi>'")
    assert elements(page) - tame == Counter({"bdi onclick": 1})


@pytest.mark.parametrize("attack", ["script", "image", "end of script", "quotes", "template"])
def test_a_hostile_name_is_shown_as_it_is_written(visit: Open, attack: str) -> None:
    page = visit(attack).page
    assert page.title().startswith(ATTACKS[attack])
    for place in (
        "h1",
        ".verdict",
        "#table-errors",
        "section[aria-labelledby=findings]",
        "#repeat ~ pre",
    ):
        shown = page.locator(place).first.inner_text()
        assert ATTACKS[attack][:15] in shown, place


@pytest.mark.parametrize("attack", ["right to left", "terminal"])
def test_what_turns_the_direction_or_moves_the_cursor_is_shown_as_an_escape(
    visit: Open, attack: str
) -> None:
    source = visit(attack).page.content()
    assert not set(source) & set("\u202e\u2066\u2067\u2068\u2069\x1b\x07\x85\u2028\x00")
    assert {"right to left": r"\u202e", "terminal": r"\x1b[31mred"}[attack] in source


def test_text_from_right_to_left_stays_inside_its_own_name(visit: Open) -> None:
    page = visit("right to left").page
    loose = page.evaluate("""() => {
      const walk = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT), found = [];
      while (walk.nextNode()) {
        const one = walk.currentNode.parentElement;
        if (/[\\u0590-\\u06ff]/.test(walk.currentNode.data)
            && getComputedStyle(one).unicodeBidi === 'normal' && !one.closest('bdi, svg, pre'))
          found.push(one.outerHTML.slice(0, 200));
      }
      return found;
    }""")
    assert loose == []


@pytest.mark.parametrize("attack", ["scheme", "elsewhere", "quotes"])
def test_no_name_becomes_the_address_of_a_link(visit: Open, attack: str) -> None:
    page = visit(attack).page
    links = page.evaluate(
        "[...document.querySelectorAll('[href]')].map(one => [one.localName, one.href])"
    )
    assert {address.split(":")[0] for tag, address in links if tag != "link"} == {"file"}


@pytest.mark.parametrize("attack", ["long", "long words"])
def test_a_long_name_does_not_make_the_page_long(visit: Open, attack: str) -> None:
    page, tame = visit(attack).page, visit("tame").page
    height = "document.documentElement.scrollHeight"
    assert page.evaluate(height) < 5 * tame.evaluate(height)
    assert page.locator("h1").inner_text().count("\n") == 0
