"""The page needs nothing but itself, and takes no name for markup."""

from __future__ import annotations

import re
from base64 import b64encode
from collections.abc import Callable
from hashlib import sha256
from html.parser import HTMLParser
from pathlib import Path

import msgspec
import pytest

from unknot.records import Difference, Result
from unknot.report import missing_pictures, write_page

VOID = {"meta", "link", "img", "br", "input"}


class Page(HTMLParser):
    """Tags, attributes and text of a page; every tag has to be closed in order."""

    def __init__(self, source: str) -> None:
        super().__init__()
        self.open: list[str] = []
        self.tags: list[tuple[str, dict[str, str | None]]] = []
        self.text = ""
        self.feed(source)
        self.close()
        assert self.open == []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append((tag, dict(attrs)))
        if tag not in VOID:
            self.open.append(tag)

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag

    def handle_data(self, data: str) -> None:
        if self.open and self.open[-1] not in ("style", "script"):
            self.text += data

    def all(self, tag: str) -> list[dict[str, str | None]]:
        return [attributes for name, attributes in self.tags if name == tag]


PageOf = Callable[[Result], tuple[Page, str]]


@pytest.fixture
def page_of(drawn: list[Path], claims: dict[str, float], tmp_path: Path) -> PageOf:
    """Makes a result's page, and reads it; drawing is another module's test."""

    def read(result: Result) -> tuple[Page, str]:
        missing = missing_pictures(result)
        pictures = [path for path in drawn if path.name not in missing]
        source = write_page(result, tmp_path, pictures, claims).read_text("utf-8")
        return Page(source), source

    return read


def test_every_page_is_whole_and_asks_for_nothing_else(any_result: Result, page_of: PageOf) -> None:
    page, source = page_of(any_result)
    assert source.startswith("<!doctype html>")
    assert len(source) < 2_000_000
    assert page.all("script") == [{}]
    links = [attributes["href"] for attributes in page.all("a")]
    assert set(links) <= {"#content", "result.json", "timing.json"}
    assert all(str(image["src"]).startswith("data:") for image in page.all("img"))
    assert "http" not in source.replace("http-equiv", "")


def test_every_table_has_a_caption_and_scoped_headers(any_result: Result, page_of: PageOf) -> None:
    page, _ = page_of(any_result)
    assert len(page.all("caption")) == len(page.all("table")) > 0
    assert {attributes.get("scope") for attributes in page.all("th")} <= {"col", "row"}
    names = [attributes["id"] for _, attributes in page.tags if "id" in attributes]
    assert len(names) == len(set(names))


def test_the_verdict_comes_before_everything(result: Result, page_of: PageOf) -> None:
    page, _ = page_of(result)
    text = " ".join(page.text.split())
    assert "severed: clean in all 8 cases" in text
    assert text.index("clean in all") < text.index("What one operation leaves")
    assert "cyclic: 12 to 21 objects per op wait for the collector" in text


def test_errors_come_before_figures_with_all_that_was_said(result: Result, page_of: PageOf) -> None:
    error = next(cell for cell in result.cells if cell.error is None)
    broken = msgspec.json.decode(msgspec.json.encode(error))
    broken["error"] = {
        "kind": "timeout",
        "message": "too <slow>",
        "traceback": None,
        "output": "last\nwords",
        "exit_status": None,
    }
    cell = msgspec.convert(broken, type(error))
    page, source = page_of(msgspec.structs.replace(result, cells=[cell, *result.cells[1:]]))
    assert page.text.index("too <slow>") < page.text.index("What one operation leaves")
    assert "last\nwords" in page.text
    assert "<slow>" not in source


def test_alternative_texts_state_the_numbers(result: Result, page_of: PageOf) -> None:
    page, _ = page_of(result)
    live, reduction, pauses, latency, memory = [str(image["alt"]) for image in page.all("img")]
    assert "off cyclic: Task 4 → 1,004" in live
    assert "Ratio 251×, Claimed 40×" in reduction
    assert "auto cyclic: Passes 34" in pauses
    assert "collector auto, cyclic: 123 µs" in latency
    assert "off cyclic: Resident 40 MiB → 44 MiB" in memory


def test_the_page_says_why_a_picture_is_missing(result: Result, page_of: PageOf) -> None:
    off = [cell for cell in result.cells if cell.gc == "off"]
    page, _ = page_of(msgspec.structs.replace(result, cells=off, comparisons=[]))
    assert "No picture: no two variants were compared." in page.text


def test_the_page_tells_how_and_where_it_was_measured(result: Result, page_of: PageOf) -> None:
    page, _ = page_of(result)
    assert "python -m bench.dispatch --fast -o 'a folder'" in page.text
    assert "700, 10, 10" in page.text
    assert "cloudpickle 3.1.1" in page.text


def test_timing_is_linked_only_where_there_is_some(result: Result, page_of: PageOf) -> None:
    untimed = msgspec.structs.replace(result, latencies=[])
    assert "timing.json" in page_of(result)[1]
    assert "timing.json" not in page_of(untimed)[1]


def test_no_name_becomes_markup(any_result: Result, page_of: PageOf) -> None:
    page, source = page_of(any_result)
    assert source.count("<script") == 1
    assert "\u202e" not in source
    assert not re.search(r"\x1b|\x07", source)
    if any(cell.variant.startswith("<script>") for cell in any_result.cells):
        assert "<script>alert('x')</script>" in page.text
        assert "{{ 7*7 }}" in page.text


def test_no_script_but_ours_may_run(any_result: Result, page_of: PageOf) -> None:
    _, source = page_of(any_result)
    script = source[source.index("<script>") + len("<script>") : source.rindex("</script>")]
    digest = b64encode(sha256(script.encode()).digest()).decode("ascii")
    assert f"script-src 'sha256-{digest}'\">" in source


def test_a_comparison_shows_what_changed(result: Result, page_of: PageOf) -> None:
    changed = msgspec.structs.replace(
        result,
        differences=[
            Difference(
                workload="w.py",
                shape=None,
                ending=None,
                gc="off",
                python="3.11.7",
                baseline="old",
                candidate="new",
                subject="type",
                name="w.Thing",
                measure="cyclic",
                before=3.0,
                after=1.0,
                change="less",
                ratio=1 / 3,
                worse=False,
            )
        ],
    )
    page, _ = page_of(changed)
    assert "What changed" in page.text
    assert "Thing" in page.text
    assert "What changed" not in page_of(result)[0].text


def test_both_themes_and_print_are_styled(result: Result, page_of: PageOf) -> None:
    _, source = page_of(result)
    assert "light-dark(" in source
    assert "@media print" in source
