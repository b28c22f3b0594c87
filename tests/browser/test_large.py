"""10,000 types, 500 signatures and 20 cells are a page. Its speed: ``python -m bench.page``."""

from __future__ import annotations

import pytest

from bench.page import LARGEST, ORDINARY
from tests.browser.conftest import Open, PageOf
from tests.browser.made import RESULTS

pytestmark = pytest.mark.once


def test_the_huge_result_is_as_large_as_promised() -> None:
    result = RESULTS["huge"]()
    assert len(result.cells) == 20
    assert len({name for cell in result.cells for name in cell.types}) == 10_000
    assert len({cycle.signature for cell in result.cells for cycle in cell.cycles}) == 500


@pytest.mark.parametrize(
    ("name", "limit"),
    [("small", ORDINARY), ("reference", ORDINARY), ("everything", ORDINARY), ("huge", LARGEST)],
)
def test_a_page_is_within_its_size(page_of: PageOf, name: str, limit: int) -> None:
    assert page_of(name).stat().st_size < limit


@pytest.mark.parametrize(("name", "limit"), [("reference", 8_000), ("huge", 30_000)])
def test_a_page_has_few_elements(visit: Open, name: str, limit: int) -> None:
    assert visit(name).page.evaluate("document.querySelectorAll('*').length") < limit


def test_what_a_huge_page_leaves_out_is_said(visit: Open) -> None:
    text = visit("huge").page.locator("main").inner_text()
    assert "more" in text
    assert "result.json" in text
    assert visit("huge").page.locator("figure.ring").count() <= 24
