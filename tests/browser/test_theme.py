"""Light and dark: as the system has it, or as the reader chose; all text is readable in both."""

from __future__ import annotations

from pathlib import Path
from typing import Literal

import pytest
from playwright.sync_api import Page

from tests.browser.conftest import Open

pytestmark = pytest.mark.once

Scheme = Literal["light", "dark"]
SCHEMES: tuple[Scheme, ...] = ("light", "dark")

CONTRASTS = Path(__file__).with_name("contrast.js").read_text("utf-8")


def shade(page: Page) -> str:
    """Whether the page is dark: whether its text is lighter than what is behind it."""
    light = page.evaluate("""() => {
      const style = getComputedStyle(document.body);
      const sum = colour => colour.match(/\\d+/g).slice(0, 3).reduce((one, two) => one + +two, 0);
      return sum(style.backgroundColor) > sum(style.color);
    }""")
    return "light" if light else "dark"


@pytest.mark.parametrize("scheme", SCHEMES)
def test_the_page_is_as_light_or_dark_as_the_system(visit: Open, scheme: Scheme) -> None:
    assert shade(visit("small", scheme=scheme).page) == scheme


def test_the_page_follows_the_system_when_that_changes(visit: Open) -> None:
    page = visit("small").page
    page.emulate_media(color_scheme="dark")
    assert shade(page) == "dark"


@pytest.mark.parametrize("scheme", SCHEMES)
def test_the_button_goes_from_auto_to_light_to_dark_and_round(visit: Open, scheme: Scheme) -> None:
    visited = visit("small", scheme=scheme)
    page = visited.page
    seen, names = [], []
    for _ in range(4):
        seen.append(shade(page))
        names.append(
            page.locator("#theme").inner_text()
            or page.locator("#theme").get_attribute("aria-label")
        )
        page.locator("#theme").click()
    assert seen == [scheme, "light", "dark", scheme]
    assert len(set(names)) == 3
    assert names[3] == names[0]
    assert visited.said == []


def test_a_choice_stays_when_the_system_changes(visit: Open) -> None:
    page = visit("small", scheme="dark").page
    page.locator("#theme").click()
    assert (shade(page), page.locator("html").get_attribute("data-theme")) == ("light", "light")
    page.emulate_media(color_scheme="light")
    page.locator("#theme").click()
    assert (shade(page), page.locator("html").get_attribute("data-theme")) == ("dark", "dark")


def test_a_choice_is_remembered(visit: Open) -> None:
    page = visit("small").page
    page.locator("#theme").click()
    page.locator("#theme").click()
    page.reload()
    assert shade(page) == "dark"


def test_the_theme_changes_where_nothing_can_be_remembered(visit: Open) -> None:
    visited = visit("small")
    visited.page.add_init_script(
        "Object.defineProperty(window, 'localStorage', {get() { throw new DOMException('no') }})"
    )
    visited.page.reload()
    visited.page.locator("#theme").click()
    visited.page.locator("#theme").click()
    assert shade(visited.page) == "dark"
    assert visited.said == []


@pytest.mark.parametrize("name", ["everything", "only errors", "rings", "look"])
@pytest.mark.parametrize("scheme", SCHEMES)
def test_all_text_stands_out_from_what_is_behind_it(visit: Open, scheme: Scheme, name: str) -> None:
    page = visit(name, scheme=scheme).page
    page.evaluate("for (const one of document.querySelectorAll('details')) one.open = true")
    contrasts = page.evaluate(CONTRASTS)
    assert len(contrasts) > 5
    assert {what: ratio for what, ratio in contrasts.items() if ratio < 4.5} == {}


def test_every_tone_of_text_is_among_what_is_looked_at(visit: Open) -> None:
    kinds = " ".join(visit("everything").page.evaluate(CONTRASTS))
    for kind in ("bad", "good", "work", "h2", "button", "footer", "pre", "summary", "text"):
        assert f"{kind} |" in kinds


def test_text_that_is_too_faint_is_found(visit: Open) -> None:
    page = visit("small").page
    page.evaluate("document.querySelector('footer').style.color = '#999'")
    assert any(ratio < 4.5 for ratio in page.evaluate(CONTRASTS).values())
