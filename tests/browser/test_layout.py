"""Nothing sticks out, is cut off or lies upon something else, at any width and on paper."""

from __future__ import annotations

import re

import pytest
from playwright.sync_api import Page

from tests.browser.conftest import Open

pytestmark = pytest.mark.once

WIDTHS = (400, 800, 1_600)
PAGES = [
    "small",
    "reference",
    "everything",
    "rings",
    "empty",
    "only errors",
    "huge",
    "every attack",
    "long",
    "long words",
    "look",
    "attacked look",
]

OPEN_ALL = "for (const one of document.querySelectorAll('details')) one.open = true"

STICKS_OUT = """() => {
  const scrolls = one => one && one !== document.documentElement && one !== document.body
    && (getComputedStyle(one).overflowX !== 'visible' || scrolls(one.parentElement));
  return [...document.body.querySelectorAll('*')].filter(one => {
    const box = one.getBoundingClientRect();
    return box.width > 1 && box.height > 1 && one.checkVisibility()
      && (box.right > innerWidth + 1 || (box.left < -1 && box.right > 0))
      && !scrolls(one.parentElement);
  }).map(one => one.outerHTML.slice(0, 200));
}"""
"""Elements beyond an edge of the window that no box of their own lets the reader scroll to."""

CUT_OFF = """() => [...document.body.querySelectorAll('*')].filter(one => {
  const style = getComputedStyle(one);
  return one.checkVisibility() && one.clientWidth > 1 && !(one instanceof SVGElement)
    && ((style.overflowX === 'hidden' && one.scrollWidth > one.clientWidth + 1)
      || (style.overflowY === 'hidden' && one.scrollHeight > one.clientHeight + 1));
}).map(one => one.outerHTML.slice(0, 200))"""
"""Elements whose content is larger than they show, and that do not scroll."""


def scrolls_sideways(page: Page) -> bool:
    return bool(page.evaluate("document.scrollingElement.scrollWidth > innerWidth"))


@pytest.mark.parametrize("name", PAGES)
def test_nothing_sticks_out(visit: Open, name: str) -> None:
    page = visit(name).page
    for unfold in ("", OPEN_ALL):
        page.evaluate(unfold)
        for width in WIDTHS:
            page.set_viewport_size({"width": width, "height": 900})
            assert page.evaluate(STICKS_OUT) == []
            assert not scrolls_sideways(page)
            assert page.evaluate(CUT_OFF) == []


def test_what_sticks_out_or_is_cut_off_is_found(visit: Open) -> None:
    page = visit("small", width=400).page
    page.evaluate("document.querySelector('main').style.width = '500px'")
    assert page.evaluate(STICKS_OUT) != []
    assert scrolls_sideways(page)
    page.evaluate("document.querySelector('h1').style = 'width: 2rem; overflow: hidden'")
    assert page.evaluate(CUT_OFF) != []


def test_tables_that_are_too_wide_scroll_by_themselves(visit: Open) -> None:
    page = visit("everything", width=400).page
    page.evaluate(OPEN_ALL)
    scrolling = page.evaluate("""
      [...document.querySelectorAll('.scroll')].filter(one => one.scrollWidth > one.clientWidth)
        .map(one => [getComputedStyle(one).overflowX, one.tabIndex])
    """)
    assert scrolling
    assert all(one == ["auto", 0] for one in scrolling)


def test_a_page_prints_in_light_colours_with_everything_unfolded(visit: Open) -> None:
    page = visit("everything", scheme="dark").page
    assert page.locator("details:not([open])").count() > 0
    page.emulate_media(media="print", color_scheme="dark")
    page.set_viewport_size({"width": 718, "height": 1_000})
    hidden = page.evaluate("""
      [...document.querySelectorAll('details > :not(summary, button)')]
        .filter(one => !one.checkVisibility() || one.getBoundingClientRect().height < 1)
        .map(one => one.outerHTML.slice(0, 200))
    """)
    assert hidden == []
    assert page.evaluate("getComputedStyle(document.body).color") == "rgb(26, 26, 26)"


@pytest.mark.parametrize("name", ["everything", "reference", "rings", "every attack"])
def test_nothing_is_cut_off_on_paper(visit: Open, name: str) -> None:
    page = visit(name, width=718).page
    page.emulate_media(media="print")
    clipped = page.evaluate("""
      [...document.body.querySelectorAll('*')].filter(one => !(one instanceof SVGElement)
        && one.checkVisibility() && one.clientHeight > 1
        && getComputedStyle(one).overflowY !== 'visible'
        && one.scrollHeight > one.clientHeight + 1).map(one => one.outerHTML.slice(0, 200))
    """)
    assert clipped == []
    beyond = page.evaluate("""
      [...document.querySelectorAll('table, pre, img, svg')]
        .filter(one => one.checkVisibility() && one.getBoundingClientRect().right > 719)
        .map(one => [one.id, one.getBoundingClientRect().right])
    """)
    assert beyond == []


def test_a_page_becomes_a_document_of_several_sheets(visit: Open) -> None:
    sheets = visit("everything").page.pdf(format="A4", print_background=False)
    assert sheets.startswith(b"%PDF-")
    assert 2 < len(re.findall(rb"/Type\s*/Page\b", sheets)) < 60
