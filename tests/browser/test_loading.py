"""The page is whole by itself: it asks for nothing, complains of nothing, shows its pictures."""

from __future__ import annotations

import pytest

from tests.browser.conftest import Open
from tests.browser.made import ATTACKS, RESULTS

pytestmark = pytest.mark.once

ORDINARY = sorted(RESULTS.keys() - ATTACKS.keys())


@pytest.mark.parametrize("name", ORDINARY)
def test_a_page_loads_without_a_complaint_or_a_request(visit: Open, name: str) -> None:
    visited = visit(name)
    visited.settle()
    assert visited.said == []
    assert visited.asked_for == []


def test_what_a_page_says_and_asks_for_is_heard(visit: Open) -> None:
    visited = visit("small")
    visited.page.evaluate("document.body.insertAdjacentHTML('beforeend', '<img src=absent.png>')")
    visited.settle()
    visited.page.evaluate("console.error('an error')")
    visited.page.evaluate("new Promise(done => setTimeout(done, 0, alert('a dialog')))")
    assert any("Content Security Policy" in said for said in visited.said)
    assert visited.said[-2:] == ["an error", "a dialog"]


@pytest.mark.parametrize("name", ["everything", "reference", "huge"])
def test_every_picture_is_shown_and_told_in_words(visit: Open, name: str) -> None:
    pictures = visit(name).page.evaluate(
        "[...document.querySelectorAll('figure.drawing svg')]"
        ".map(one => [one.getBoundingClientRect().width, one.getAttribute('aria-label')])"
    )
    assert len(pictures) > 1
    for width, words in pictures:
        assert width > 600
        assert len(words) > 40


def test_links_lead_to_files_beside_the_page_or_into_it(visit: Open) -> None:
    page = visit("everything").page
    links = page.evaluate(
        "[...document.links].map(one => [one.protocol, one.getAttribute('href')])"
    )
    assert ["file:", "result.json"] in links
    assert ["file:", "flame-cyclic.html"] in links
    assert ["file:", "flame-pinned.html"] not in links  # as there is no such file
    assert {protocol for protocol, _ in links} == {"file:"}
    inside = [address[1:] for _, address in links if address.startswith("#")]
    assert [
        name for name in inside if page.evaluate("name => !document.getElementById(name)", name)
    ] == []
