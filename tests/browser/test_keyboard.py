"""The page without a mouse: everything is reached, is seen to be reached, and has a name."""

from __future__ import annotations

from typing import Any

import pytest
from playwright.sync_api import Page

from tests.browser.conftest import Open

pytestmark = pytest.mark.once

INTERACTIVE = """() => {
  const kinds = 'a[href], button, summary, input, select, [tabindex="0"]';
  window.stops = [...document.querySelectorAll(kinds)].filter(one => one.checkVisibility());
  return window.stops.length;
}"""

FOCUSED = """() => {
  const one = document.activeElement;
  const style = getComputedStyle(one), box = one.getBoundingClientRect();
  return {
    place: window.stops.indexOf(one),
    what: one.outerHTML.slice(0, 120),
    marked: style.outlineStyle !== 'none' && parseFloat(style.outlineWidth) >= 1,
    seen: box.width > 0 && box.right > 0 && box.left < innerWidth
      && box.bottom > 0 && box.top < innerHeight,
    ended: one === document.body,
  };
}"""


def stops(page: Page) -> list[dict[str, Any]]:
    """What Tab leads to, in order, until it leaves the page."""
    limit = page.evaluate(INTERACTIVE)
    found: list[dict[str, Any]] = []
    while len(found) < 3 * limit:
        page.keyboard.press("Tab")
        one = page.evaluate(FOCUSED)
        if one["ended"] or (found and one["place"] == 0):
            break
        found.append(one)
    return found


@pytest.mark.parametrize("name", ["everything", "only errors", "look"])
def test_tab_leads_to_everything_in_order_and_marks_it(visit: Open, name: str) -> None:
    page = visit(name).page
    found = stops(page)
    places = [one["place"] for one in found if one["place"] >= 0]
    assert places == list(range(page.evaluate("window.stops.length")))
    assert [one["what"] for one in found if not one["marked"]] == []
    assert [one["what"] for one in found if not one["seen"]] == []


def test_a_focus_that_is_not_marked_is_found(visit: Open) -> None:
    page = visit("small").page
    page.add_style_tag(content="* { outline: none !important }")
    assert not any(one["marked"] for one in stops(page))


def test_the_first_stop_leads_past_the_header(visit: Open) -> None:
    page = visit("everything").page
    page.keyboard.press("Tab")
    assert page.evaluate("document.activeElement.matches('a[href^=\"#\"]')")
    page.keyboard.press("Enter")
    page.keyboard.press("Tab")
    assert page.evaluate("document.querySelector('main').contains(document.activeElement)")


def test_the_second_stop_is_the_theme(visit: Open) -> None:
    page = visit("everything").page
    page.keyboard.press("Tab")
    page.keyboard.press("Tab")
    assert page.evaluate("document.activeElement.id") == "theme"
    page.keyboard.press("Enter")
    assert page.locator("html").get_attribute("data-theme") == "light"


@pytest.mark.parametrize("name", ["everything", "only errors", "every attack"])
def test_everything_that_takes_the_focus_has_a_name(visit: Open, name: str) -> None:
    page = visit(name).page
    tree = page.context.new_cdp_session(page).send("Accessibility.getFullAXTree")
    focusable = [
        node
        for node in tree["nodes"]
        if not node.get("ignored")
        and node["role"]["value"] not in ("main", "RootWebArea")
        and any(
            own["name"] == "focusable" and own["value"]["value"]
            for own in node.get("properties", [])
        )
    ]
    assert len(focusable) > 3
    nameless = [
        node.get("role") for node in focusable if not node.get("name", {}).get("value", "").strip()
    ]
    assert nameless == []


def test_folds_open_with_the_keyboard(visit: Open) -> None:
    page = visit("everything").page
    fold = page.locator("details").first
    fold.locator("summary").focus()
    page.keyboard.press("Enter")
    assert fold.get_attribute("open") is not None
    page.keyboard.press("Space")
    assert fold.get_attribute("open") is None


def test_a_dominator_opens_by_the_keyboard_alone_without_scripts(visit: Open) -> None:
    page = visit("look", scripts=False).page
    row, below = page.locator(".tree summary").nth(0), page.locator(".tree summary").nth(1)
    assert not below.is_visible()
    row.focus()
    page.keyboard.press("Enter")
    assert below.is_visible()
    page.keyboard.press("Tab")
    page.keyboard.press("Space")
    assert page.get_by_text("3,000 × app.Session").is_visible()
