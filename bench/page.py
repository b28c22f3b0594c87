"""Measures the size of a result's page, and how soon it is shown: ``python -m bench.page``.

For a small, the reference and a huge result: the time to write it, with and without drawing,
the size, and the time from navigation until a headless Chromium has shown the page. The
last is the median of several visits, each with empty caches. Needs ``unknot[test]`` and a Chromium.
"""

from __future__ import annotations

import shutil
import sys
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from statistics import median
from tempfile import TemporaryDirectory
from time import perf_counter

import click

from bench.made_up import huge, small
from unknot.cli.commands import run_command
from unknot.cli.output import complain
from unknot.errors import UnknotError, UsageError
from unknot.records import Result, read_result
from unknot.report.figures import write_pictures
from unknot.report.page import write_page

BROWSERS = ("chromium", "chromium-browser", "google-chrome")
REFERENCE = Path(__file__).parents[1] / "reports" / "reference" / "result.json"
SECONDS = 2.0
"""Target: seconds until any page is shown."""
LARGEST = 5_000_000
"""Target: maximum bytes of any page."""
ORDINARY = 2_000_000
"""Target: maximum bytes of the page of an ordinary result."""

SHOWN = """() => new Promise(done =>
  requestAnimationFrame(() => requestAnimationFrame(() => done(performance.now()))))"""
"""Milliseconds since navigation began, once everything loaded has also been painted."""


@dataclass(frozen=True, slots=True)
class Case:
    """A result, and the maximum bytes of its page."""

    result: Callable[[], Result]
    limit: int


CASES = {
    "small": Case(small, ORDINARY),
    "reference": Case(lambda: read_result(REFERENCE), ORDINARY),
    "huge": Case(huge, LARGEST),
}


@dataclass(frozen=True, slots=True)
class Figures:
    """The measurements of one page; times are in seconds."""

    drawn: float
    written: float
    octets: int
    elements: int
    shown: float

    def too_much(self, limit: int) -> list[str]:
        """The targets that the page misses."""
        missed = [f"more than {limit / 1e6:g} MB"] * (self.octets > limit)
        return missed + [f"more than {SECONDS:g} s"] * (self.shown > SECONDS)


def find_browser() -> str | None:
    """The first Chromium on PATH."""
    return next(filter(None, map(shutil.which, BROWSERS)), None)


def measure(case: Case, browser: str, visits: int, folder: Path) -> Figures:
    """Draws, writes and opens the page of ``case``."""
    result = case.result()
    began = perf_counter()
    pictures = write_pictures(result, folder)
    drawn = perf_counter()
    page = write_page(result, folder, pictures)
    written = perf_counter()
    elements, shown = visit(page, browser, visits)
    return Figures(drawn - began, written - drawn, page.stat().st_size, elements, shown)


def visit(page: Path, browser: str, visits: int) -> tuple[int, float]:
    """The number of the page's elements; seconds until it is shown, a median."""
    try:
        from playwright.sync_api import sync_playwright
    except ModuleNotFoundError as error:
        raise UsageError("needs playwright: python -m pip install 'unknot[test]'") from error
    elements, times = 0, []
    with sync_playwright() as driver:
        chromium = driver.chromium.launch(executable_path=browser)
        for _ in range(visits):
            tab = chromium.new_context().new_page()
            tab.goto(page.as_uri())
            times.append(float(tab.evaluate(SHOWN)) / 1e3)
            elements = int(tab.evaluate("() => document.querySelectorAll('*').length"))
            tab.context.close()
        chromium.close()
    return elements, median(times)


@click.command(context_settings={"help_option_names": ["-h", "--help"]})
@click.argument("names", metavar="[RESULT]...", type=click.Choice(list(CASES)), nargs=-1)
@click.option("--visits", default=5, show_default=True, help="Of each page.")
def main(names: tuple[str, ...], visits: int) -> None:
    """Measure the pages of a small, the reference and a huge result: size, and time until shown.

    The exit code is 1 if a target is missed: 2 s, 2 MB, and 5 MB for the huge result.
    """
    missed = False
    try:
        browser = find_browser()
        if browser is None:
            raise UsageError(f"needs a browser on PATH, one of {', '.join(BROWSERS)}")
        print(f"{'':10}{'drawing':>10}{'writing':>10}{'size':>10}{'elements':>10}{'shown':>10}")
        for name in names or CASES:
            case = CASES[name]
            with TemporaryDirectory() as folder:
                found = measure(case, browser, visits, Path(folder))
            too_much = found.too_much(case.limit)
            missed = missed or bool(too_much)
            print(
                f"{name:10}{found.drawn:>8.2f} s{found.written:>8.2f} s"
                f"{found.octets / 1e6:>7.2f} MB{found.elements:>10,}{found.shown:>8.2f} s"
                f"  {', '.join(too_much) or 'within its targets'}"
            )
    except UnknotError as error:
        complain(error)
        sys.exit(error.exit_code)
    print(f"Targets: {SECONDS:g} s until shown; {ORDINARY / 1e6:g} MB, huge {LARGEST / 1e6:g} MB.")
    sys.exit(missed)


if __name__ == "__main__":
    run_command(main, "python -m bench.page")
