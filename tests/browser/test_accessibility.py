"""axe-core finds no violation in the page and in the documentation, wide and narrow."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path
from typing import Literal

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser, Page

from tests.browser.conftest import Open

pytestmark = pytest.mark.once

DOCS = Path(__file__).parents[2] / "docs"
WAYS: list[tuple[int, Literal["light", "dark"]]] = [(400, "dark"), (1_280, "light")]


def violations(page: Page) -> list[str]:
    """One line for each rule that is broken, with the first element that breaks it."""
    return [
        f"{each['id']}: {each['nodes'][0]['html'][:200]}"
        for each in Axe().run(page).response["violations"]
    ]


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("site")
    command = ["-q", "-W", "-d", str(folder / "read"), str(DOCS), str(folder / "html")]
    subprocess.run([sys.executable, "-m", "sphinx", *command], check=True, timeout=120)
    return folder / "html"


@pytest.mark.parametrize(("width", "scheme"), WAYS)
def test_a_page_has_no_violation(visit: Open, width: int, scheme: Literal["light", "dark"]) -> None:
    assert violations(visit("small", width=width, scheme=scheme).page) == []


@pytest.mark.parametrize(("width", "scheme"), WAYS)
@pytest.mark.parametrize("name", ["index", "tutorial", "gate", "reference/result", "search"])
def test_the_documentation_has_no_violation_and_nothing_sticks_out(
    browser: Browser, site: Path, name: str, width: int, scheme: Literal["light", "dark"]
) -> None:
    context = browser.new_context(
        viewport={"width": width, "height": 900}, color_scheme=scheme, reduced_motion="reduce"
    )
    try:
        page = context.new_page()
        page.goto((site / f"{name}.html").as_uri())
        root = "document.documentElement"
        assert page.evaluate(f"{root}.scrollWidth <= {root}.clientWidth")
        assert violations(page) == []
    finally:
        context.close()


def test_a_violation_is_found(browser: Browser) -> None:
    context = browser.new_context()
    try:
        page = context.new_page()
        page.set_content("<html lang=en><title>t</title><main><h1>a</h1><img src=x></main></html>")
        assert [line.partition(":")[0] for line in violations(page)] == ["image-alt"]
    finally:
        context.close()


def test_each_page_is_there_as_markdown_and_listed_for_programs(site: Path) -> None:
    listed = (site / "llms.txt").read_text("utf-8")
    for page in DOCS.glob("*.md"):
        assert (site / page.name).read_text("utf-8") == page.read_text("utf-8")
        assert f"]({page.name})" in listed
