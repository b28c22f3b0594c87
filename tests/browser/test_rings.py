"""A cycle is a ring whose every reference is named, and the one to cut is said to be it."""

from __future__ import annotations

from itertools import combinations
from typing import NamedTuple

import pytest
from playwright.sync_api import Locator, Page

from tests.browser.conftest import Open
from tests.browser.made import session_cycle

pytestmark = pytest.mark.once

WIDTHS = (400, 800, 1_600)

LABELS = """svg => [...svg.querySelectorAll('text')].map(one => {
  const box = one.getBoundingClientRect();
  return [one.textContent.trim(), box.left, box.top, box.right, box.bottom];
}).filter(one => one[0])"""


class Label(NamedTuple):
    text: str
    left: float
    top: float
    right: float
    bottom: float

    def covers(self, other: Label) -> bool:
        """Whether more than the blank edge of the letters is common to both."""
        wide = min(self.right, other.right) - max(self.left, other.left)
        high = min(self.bottom, other.bottom) - max(self.top, other.top)
        return wide > 1 and high > 0.3 * min(self.bottom - self.top, other.bottom - other.top)


def labels(svg: Locator) -> list[Label]:
    return [Label(*one) for one in svg.evaluate(LABELS)]


def drawn(page: Page) -> list[Locator]:
    found = page.locator("figure.ring svg[role=img]").all()
    assert found
    return found


def test_every_cycle_of_a_result_has_a_ring(visit: Open) -> None:
    page = visit("rings").page
    assert page.locator("section[aria-labelledby=findings] figure.ring").count() == 4
    signatures = page.evaluate(
        "[...document.querySelectorAll('figure.ring')].map(one => one.dataset.signature)"
    )
    assert session_cycle().signature in signatures


def test_a_ring_names_every_object_every_reference_and_the_cut(visit: Open) -> None:
    figure = visit("rings").page.locator(
        f"figure.ring[data-signature='{session_cycle().signature}']"
    )
    said = " ".join((figure.locator("svg").text_content() or "").split())
    for name in ("DispatchSession", "Task", "Context"):
        assert name in said
    for step in session_cycle().steps:
        arcs = figure.locator("g.arc.cut" if step.cut else "g.arc:not(.cut)").all_text_contents()
        assert any(step.label in " ".join(arc.split()) for arc in arcs)
    assert figure.locator("g.node").count() == 3
    assert figure.locator("g.arc").count() == 3
    assert figure.locator("g.arc.cut").count() == 1
    assert "frees 12 of 12" in said
    assert "9" in (figure.locator("text.hanging").text_content() or "")


def test_a_ring_is_told_in_words_with_what_to_cut(visit: Open) -> None:
    page = visit("rings").page
    nodes = page.context.new_cdp_session(page).send("Accessibility.getFullAXTree")["nodes"]
    told = [
        f"{node['name']['value']} {node.get('description', {}).get('value', '')}"
        for node in nodes
        if node.get("role", {}).get("value") in ("image", "img") and node["name"]["value"]
    ]
    assert len(told) >= 4
    assert any(
        "worker_task" in text and "_context" in text and "cut" in text.lower() for text in told
    )


@pytest.mark.parametrize("width", WIDTHS)
def test_the_labels_of_a_ring_are_whole_legible_and_apart(visit: Open, width: int) -> None:
    page = visit("rings", width=width).page
    for svg in drawn(page):
        box = Label(
            "",
            *svg.evaluate("""svg => { const box = svg.getBoundingClientRect();
          return [box.left, box.top, box.right, box.bottom]; }"""),
        )
        shown = labels(svg)
        assert len(shown) >= 3
        for label in shown:
            assert box.left - 1 <= label.left < label.right <= box.right + 1, label
            assert box.top - 1 <= label.top < label.bottom <= box.bottom + 1, label
            assert label.bottom - label.top >= 9, label
        for one, other in combinations(shown, 2):
            assert not one.covers(other), (one, other)


def test_labels_that_lie_upon_each_other_are_found(visit: Open) -> None:
    svg = drawn(visit("rings").page)[0]
    svg.evaluate("""svg => {
      const copy = svg.querySelector('text').cloneNode(true);
      svg.querySelector('text').after(copy);
    }""")
    assert any(one.covers(other) for one, other in combinations(labels(svg), 2))


def test_the_cut_differs_from_other_references_without_colour(visit: Open) -> None:
    figure = visit("rings").page.locator("figure.ring").first
    dashes = "one => getComputedStyle(one).strokeDasharray"
    cut = figure.locator(".arc.cut path, .arc.cut line").first.evaluate(dashes)
    other = figure.locator(".arc:not(.cut) path, .arc:not(.cut) line").first.evaluate(dashes)
    assert cut != other


@pytest.mark.parametrize("allowed", [True, False], ids=["clipboard", "no clipboard"])
def test_the_text_of_a_ring_is_copied_at_the_press_of_a_button(visit: Open, allowed: bool) -> None:
    visited = visit("rings", permissions=["clipboard-read", "clipboard-write"])
    page = visited.page
    if not allowed:
        page.evaluate(
            "Object.defineProperty(navigator.clipboard, 'writeText', "
            "{value: () => Promise.reject(new DOMException('denied'))})"
        )
    for figure in page.locator("figure.ring").all():
        figure.locator("summary").click()
        figure.locator("button.copy").click()
        copied = "async () => (await navigator.clipboard.readText()).trim()"
        trace = figure.locator("pre").first.inner_text().strip()
        page.wait_for_function(f"async expected => await ({copied})() === expected", arg=trace)
        assert "signature" in trace
    assert visited.said == []
