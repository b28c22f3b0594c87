"""The page without scripts says all that it says with them."""

from __future__ import annotations

import pytest

from tests.browser.conftest import Open

pytestmark = pytest.mark.once

PAGES = ["reference", "everything", "rings", "only errors", "empty", "look"]


@pytest.mark.parametrize("name", PAGES)
def test_the_page_is_complete_without_scripts(visit: Open, name: str) -> None:
    plain, other = visit(name, scripts=False), visit(name)
    for place in ("header .verdict", "main", "footer"):
        shown = plain.page.locator(place).text_content()
        assert shown
        assert shown == other.page.locator(place).text_content()
    assert plain.said == []


@pytest.mark.parametrize("name", ["everything", "rings"])
def test_buttons_that_would_do_nothing_are_not_shown(visit: Open, name: str) -> None:
    plain = visit(name, scripts=False).page
    assert [one for one in plain.locator("#theme, button.copy").all() if one.is_visible()] == []
    assert visit(name).page.locator("#theme").is_visible()


def test_folds_open_without_scripts(visit: Open) -> None:
    page = visit("everything", scripts=False).page
    fold = page.locator("details").first
    fold.locator("summary").click()
    assert fold.locator(":scope > :not(summary)").first.is_visible()


def test_the_theme_is_the_systems_without_scripts(visit: Open) -> None:
    page = visit("small", scripts=False, scheme="dark").page
    red, green, blue = page.evaluate(
        "getComputedStyle(document.body).backgroundColor.match(/\\d+/g).map(Number)"
    )
    assert red + green + blue < 150
