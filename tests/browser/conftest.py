"""A real browser: Chromium as the machine has it, without a window.

Where there is none, its tests are skipped; with UNKNOT_NEED_BROWSER set they fail.

playwright's loop runs in the thread of the tests while its browser is open, so the browser is
open only while tests of this package run.
"""

from __future__ import annotations

import os
import sys
from asyncio import get_running_loop
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Literal

import pytest
from filelock import FileLock
from playwright.sync_api import Browser, ConsoleMessage, Dialog, Page, Request, sync_playwright

from bench.page import BROWSERS, find_browser
from tests.browser.made import DRAWN, LOOKS, RESULTS
from unknot.report.figures import write_pictures
from unknot.report.look_page import write_look_page
from unknot.report.page import write_page


@dataclass
class Visit:
    """A page that was opened, and all that it said and asked for since."""

    page: Page
    address: str
    said: list[str] = field(default_factory=list)
    """Warnings and errors on the console, exceptions, dialogs."""
    asked_for: list[str] = field(default_factory=list)
    """Addresses other than the page's own and what is written out in it."""

    def __post_init__(self) -> None:
        self.page.on("console", self.hear_console)
        self.page.on("pageerror", lambda error: self.said.append(str(error)))
        self.page.on("dialog", self.hear_dialog)
        self.page.context.on("request", self.hear_request)

    def settle(self) -> None:
        """Returns when what was loaded has been painted, and what it asks for was asked for."""
        self.page.evaluate("""() => new Promise(done =>
          requestAnimationFrame(() => requestAnimationFrame(() => setTimeout(done))))""")

    def hear_console(self, message: ConsoleMessage) -> None:
        if message.type in ("error", "warning"):
            self.said.append(message.text)

    def hear_dialog(self, dialog: Dialog) -> None:
        self.said.append(dialog.message)
        dialog.dismiss()

    def hear_request(self, request: Request) -> None:
        if request.url != self.address and not request.url.startswith("data:"):
            self.asked_for.append(request.url)


PageOf = Callable[[str], Path]
Open = Callable[..., Visit]


@pytest.fixture(scope="session")
def page_of(tmp_path_factory: pytest.TempPathFactory) -> PageOf:
    """The file of the page of a result in ``RESULTS`` or a look in ``LOOKS``, each made once."""
    root = tmp_path_factory.getbasetemp()
    if "PYTEST_XDIST_WORKER" in os.environ:
        root = root.parent  # which the workers share

    def make(name: str) -> Path:
        folder = root / "pages" / name.replace(" ", "-")
        folder.mkdir(parents=True, exist_ok=True)
        page = folder / "index.html"
        with FileLock(folder / "lock"):
            if not page.exists():
                if name in LOOKS:
                    return write_look_page(LOOKS[name](), folder)
                result = RESULTS[name]()
                (folder / "flame-cyclic.html").write_text("<title>flame graph</title>")
                drawn = write_pictures(result, folder) if name in DRAWN else []
                page = write_page(result, folder, drawn)
        return page

    return make


@pytest.fixture(scope="package")
def browser() -> Iterator[Browser]:
    """The one browser of all tests here."""
    executable = find_browser()
    if executable is None:
        reason = f"no browser on PATH: none of {', '.join(BROWSERS)}; apt-get install chromium"
        if os.environ.get("UNKNOT_NEED_BROWSER"):
            pytest.fail(reason)
        pytest.skip(reason)
    hooks = sys.get_asyncgen_hooks()
    with sync_playwright() as driver:
        browser = driver.chromium.launch(executable_path=executable)
        yield browser
        browser.close()
    with pytest.raises(RuntimeError):  # for the tests of other packages
        get_running_loop()
    assert sys.get_asyncgen_hooks() == hooks


@pytest.fixture
def visit(browser: Browser, page_of: PageOf) -> Iterator[Open]:
    """Opens the page of a result, by its name, in a context of its own."""
    contexts = []

    def open_page(
        name: str,
        *,
        width: int = 1_280,
        scheme: Literal["light", "dark"] = "light",
        scripts: bool = True,
        **options: Any,
    ) -> Visit:
        context = browser.new_context(
            viewport={"width": width, "height": 900},
            color_scheme=scheme,
            java_script_enabled=scripts,
            **options,
        )
        context.set_default_timeout(10_000)
        contexts.append(context)
        visit = Visit(context.new_page(), page_of(name).as_uri())
        visit.page.goto(visit.address)
        return visit

    yield open_page
    for context in contexts:
        context.close()
