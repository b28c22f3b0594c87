"""The page needs nothing but itself, and takes no name for markup."""

from __future__ import annotations

import re
from base64 import b64encode
from collections.abc import Callable
from hashlib import sha256
from html.parser import HTMLParser
from pathlib import Path
from typing import Any

import msgspec
import pytest

from bench.made_up import huge
from tests.browser.made import everything, processes, rings, session_cycle, several_cycles
from tests.gate import made as gated
from tests.report.conftest import cell, failed_cell, of_cells, whole
from unknot.gate import Budgets, judge
from unknot.records import Cell, Difference, Leak, Result, Step
from unknot.report.cases import counted
from unknot.report.figures import missing_pictures
from unknot.report.page import write_page
from unknot.report.tables.allocations import flame_files

pytestmark = pytest.mark.once

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

    @property
    def rings(self) -> list[dict[str, str | None]]:
        """The drawings of cycles; pictures are ``svg`` elements, too."""
        return [one for one in self.all("svg") if one.get("class") == "drawn"]


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
    names = {f"#{attributes['id']}" for _, attributes in page.tags if "id" in attributes}
    assert set(links) <= {*names, "result.json"}
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
    assert keys(page)[0] == "errors"
    assert page.text.index("too <slow>") < page.text.index("Left behind by one operation")
    assert "last\nwords" in page.text
    assert "<slow>" not in source


def test_alternative_texts_state_the_numbers(result: Result, page_of: PageOf) -> None:
    page, _ = page_of(result)
    drawn = [str(image["aria-label"]) for image in page.all("svg") if "aria-label" in image]
    live, reduction, pauses, latency, memory = drawn
    assert "off cyclic: Task 4 → 1,004" in live
    assert "Ratio 251×, Claimed 40×" in reduction
    assert "auto cyclic: Passes 34" in pauses
    assert "collector auto, cyclic: 123 µs" in latency
    assert "off cyclic: Resident 40 MiB → 44 MiB" in memory


def test_the_page_says_why_a_picture_is_missing(result: Result, tmp_path: Path) -> None:
    page = Page(write_page(result, tmp_path, []).read_text("utf-8"))
    assert page.all("img") == []
    assert not any("aria-label" in image for image in page.all("svg"))
    assert page.text.count("No picture") >= 3


def test_what_was_not_measured_is_said(result: Result, page_of: PageOf) -> None:
    bare = msgspec.structs.replace(
        result, cells=[cell for cell in result.cells if cell.gc == "off"], latencies=[]
    )
    text = page_of(bare)[0].text
    assert "unknot run --allocations" in text
    assert "The time of an operation: not measured" in text
    assert "What the collector costs: no cell ran with it on" in text
    assert "Not measured" not in page_of(everything())[0].text


def test_the_page_tells_how_and_where_it_was_measured(result: Result, page_of: PageOf) -> None:
    page, _ = page_of(result)
    assert "python -m bench.dispatch --fast -o 'a folder'" in page.text
    assert "700, 10, 10" in page.text
    assert "cloudpickle 3.1.1" in page.text


def test_files_are_linked_only_where_they_are(tmp_path: Path) -> None:
    found = everything()
    bare = write_page(found, tmp_path, []).read_text("utf-8")
    assert "timing.json" not in bare
    assert "flame-" not in bare
    for name in ("timing.json", "flame-pinned.html"):
        (tmp_path / name).touch()
    page = Page(write_page(found, tmp_path, []).read_text("utf-8"))
    links = [attributes["href"] for attributes in page.all("a")]
    assert "timing.json" in links
    assert "flame-pinned.html" in links
    assert "flame-cyclic.html" not in links


@pytest.mark.parametrize(
    "name",
    [
        "../flame.html",
        "https://a.invalid/f.html",
        "javascript:f.html",
        "index.html",
        "a\x1b.html",
        "",
    ],
)
def test_a_result_cannot_name_any_file_to_link_or_copy(name: str) -> None:
    one = msgspec.structs.replace(everything().allocations[0], flame_graph=name)
    assert flame_files(of_cells()) == []
    assert flame_files(msgspec.structs.replace(of_cells(), allocations=[one])) == []


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


def keys(page: Page) -> list[str]:
    """The sections, in order."""
    return [str(attributes["aria-labelledby"]) for attributes in page.all("section")]


def test_sections_stand_in_the_order_people_ask(page_of: PageOf) -> None:
    page, _ = page_of(everything())
    assert keys(page) == [
        *("errors", "differences", "findings", "left", "live", "reduction", "collector"),
        *("latency", "allocations", "memory", "processes", "notes", "repeat"),
    ]
    inside = [attributes["href"] for attributes in page.all("a") if attributes.get("href")]
    assert {f"#{key}" for key in keys(page)} <= set(inside)


def test_a_comparison_shows_each_process_before_and_after(page_of: PageOf) -> None:
    before = msgspec.structs.replace(cell("cyclic"), processes=processes())
    after = msgspec.structs.replace(before, variant="severed")
    compared = msgspec.structs.replace(
        of_cells(before, after), differences=everything().differences
    )
    page, _ = page_of(compared)
    assert "Left behind by one operation in each process: cyclic, leaked" in page.text
    alone = page_of(of_cells(before))[0].text
    assert "in each process: cyclic, leaked" not in alone
    assert "python -m app.worker --port 0" in alone


def test_sections_without_content_are_absent(page_of: PageOf) -> None:
    assert keys(page_of(of_cells())[0]) == ["repeat"]
    assert keys(page_of(of_cells(failed_cell("severed")))[0]) == ["errors", "repeat"]
    assert keys(page_of(of_cells(cell("severed", shape=None, ending=None)))[0]) == [
        *("left", "live", "memory", "repeat"),
    ]


def test_the_first_lines_answer_what_is_asked_first(page_of: PageOf) -> None:
    _, source = page_of(everything())
    begin, end = source.index("<header>"), source.index("</header>") + len("</header>")
    header = " ".join(Page(source[begin:end]).text.split())
    assert "Worse than before: 1 of 4 changes" in header
    assert "12 objects per op: clear DispatchSession.worker_task" in header
    assert "cyclic: 12 → 0" in header
    assert "1,004 → 4 Task (251×)" in header
    assert "cyclic: 34 passes" in header
    assert "112 µs" in header


def test_the_first_lines_tell_the_time_of_one_operation_only(page_of: PageOf) -> None:
    near = [one for one in whole().latencies if one.variant in {"severed", "cyclic"}]
    far = [msgspec.structs.replace(one, shape="grpc coroutine", mean_s=0.02) for one in near]
    both = msgspec.structs.replace(whole(), latencies=[*near, *far])
    _, page = page_of(both)
    answer = page[page.index("What an operation takes") :]
    answer = answer[: answer.index("Mean, collector")]
    assert answer.count("severed:") == answer.count("cyclic:") == 1
    assert "20 ms" not in answer


def test_one_variant_needs_no_sentence_about_all(result: Result, page_of: PageOf) -> None:
    assert "overall" not in page_of(of_cells(cell("severed")))[1].partition("<body>")[2]
    page, _ = page_of(result)
    assert "2 of 3 variants leave something behind" in page.text
    clean = of_cells(cell("severed"), cell("severed", shape="stream"))
    renamed = [*clean.cells, msgspec.structs.replace(clean.cells[0], variant="other")]
    assert (
        "All 2 variants are clean" in page_of(msgspec.structs.replace(clean, cells=renamed))[0].text
    )


def test_every_cycle_has_a_ring_and_its_text(page_of: PageOf) -> None:
    page, _ = page_of(rings())
    figures = [one for one in page.all("figure") if "ring" in str(one.get("class"))]
    signatures = {cycle.signature for cycle in several_cycles()}
    assert {one["data-signature"] for one in figures} == signatures
    assert len(page.rings) == len(figures)
    for cycle in several_cycles():
        assert f"signature {cycle.signature[:6]}" in page.text
    copies = [one for one in page.all("button") if one.get("class") == "copy"]
    assert len(copies) == len(figures) + 1


def test_a_cycle_of_two_variants_is_drawn_once_and_told_of_both(page_of: PageOf) -> None:
    cells = [
        msgspec.structs.replace(cell("cyclic"), variant=name, cycles=[session_cycle()])
        for name in ("one", "two")
    ]
    page, _ = page_of(of_cells(*cells))
    assert len(page.rings) == 1
    assert "also two" in page.text


def test_a_cycle_without_steps_is_told_by_its_signature(page_of: PageOf) -> None:
    bare = msgspec.structs.replace(session_cycle(), steps=[])
    page, _ = page_of(of_cells(msgspec.structs.replace(cell("cyclic"), cycles=[bare])))
    assert page.rings == []
    assert f"signature {bare.signature}" in page.text


def test_a_huge_result_is_a_page_of_bounded_size(page_of: PageOf) -> None:
    page, source = page_of(huge(types=2_000, signatures=100))
    assert len(source) < 2_000_000
    assert len(page.rings) == 12
    assert len(page.all("tr")) < 1_000
    assert "Not drawn: 88 more; in result.json alone: 48 of them." in page.text
    assert "more rows are in result.json." in page.text


def test_releases_are_told_one_by_one(page_of: PageOf) -> None:
    cells = [
        msgspec.structs.replace(cell(variant), variant=f"wool==0.{number}")
        for number, variant in enumerate(("pinned", "cyclic", "severed") * 4)
    ]
    page, _ = page_of(of_cells(*cells))
    assert keys(page)[0] == "releases"
    assert "0.11" in page.text
    assert "8 of 12 releases leave something behind" in page.text
    assert "and 4 earlier releases, below" in page.text
    assert "wool==0.11: clean" in " ".join(page.text.split())


def test_of_many_variants_the_first_are_in_the_verdict(page_of: PageOf) -> None:
    cells = [msgspec.structs.replace(cell("severed"), variant=f"v{n}") for n in range(30)]
    page, _ = page_of(of_cells(*cells))
    assert "All 30 variants are clean" in page.text
    assert "and 22 more variants, below" in page.text


def test_what_the_gate_says_comes_first(tmp_path: Path) -> None:
    before = gated.result(gated.cell())
    after = gated.result(gated.cell({"w.Thing": gated.counts(1.0)}, [gated.cycle()]))
    judgement = judge(after, before, Budgets(), 1.1, False)
    page = Page(write_page(after, tmp_path, [], judgement=judgement).read_text("utf-8"))
    assert keys(page)[0] == "gate"
    text = " ".join(page.text.split())
    assert text.index("FAILED, 2 findings in 1 cell") < text.index("What the gate says")
    assert "cyclic per op: 0 → 1" in text


def test_a_finding_is_told_once_and_linked_from_the_header_and_the_gate(tmp_path: Path) -> None:
    before = gated.result(gated.cell())
    after = gated.result(gated.cell({"w.Thing": gated.counts(1.0)}, [gated.cycle()]))
    judgement = judge(after, before, Budgets(), 1.1, False)
    page = Page(write_page(after, tmp_path, [], judgement=judgement).read_text("utf-8"))
    [place] = [one["id"] for one in page.all("figure") if "ring" in str(one.get("class"))]
    assert [one["href"] for one in page.all("a")].count(f"#{place}") == 2
    assert page.text.count("signature aaaaaa") == 1
    assert "NEW cycle" in page.text


def test_bytes_come_first_where_they_are_known(page_of: PageOf) -> None:
    known = msgspec.structs.replace(gated.cycle(), bytes_per_op=2_113.0)
    one = gated.cell({"w.Thing": gated.counts(1.0)}, [known])
    assert one.per_op is not None
    per_op = msgspec.structs.replace(one.per_op, bytes=2_265.0, bytes_leaked=0.0)
    page, _ = page_of(gated.result(msgspec.structs.replace(one, per_op=per_op)))
    text = " ".join(page.text.split())
    assert "2.27 KB (1 object) per op wait for the collector" in text
    assert "2.11 KB per op: clear Thing.me" in text
    assert "Variant Case Bytes Cyclic" in text
    assert "Variant Type Bytes Retained" in text


def test_what_frees_most_bytes_is_drawn_first(page_of: PageOf) -> None:
    few = msgspec.structs.replace(gated.cycle("a1", objects=9.0), bytes_per_op=900.0)
    many = msgspec.structs.replace(gated.cycle("b2", objects=2.0), bytes_per_op=5_000.0)
    page, _ = page_of(gated.result(gated.cell({"w.Thing": gated.counts(11.0)}, [few, many])))
    drawn = [one["data-signature"] for one in page.all("figure") if "data-signature" in one]
    assert drawn == ["b2", "a1"]


def test_both_themes_and_print_are_styled(result: Result, page_of: PageOf) -> None:
    _, source = page_of(result)
    assert "prefers-color-scheme: dark" in source
    assert '[data-theme="dark"]' in source
    assert "@media print" in source


LEAK = Leak(
    type="w.Thing",
    per_op=1.0,
    objects_per_op=1.0,
    path=["module w.KEPT"],
    steps=[Step(source="module w", label=".KEPT", target="w.Thing")],
)


def leaking(leak: Leak = LEAK, **fields: Any) -> Cell:
    return gated.cell({"w.Thing": gated.counts(leaked=1.0)}, leaks=[leak], **fields)


def test_how_to_end_a_leak_and_where_it_was_made_stand_beside_its_chain(page_of: PageOf) -> None:
    advice = "Give `KEPT` a bound."
    known = msgspec.structs.replace(LEAK, advice=advice, made=["w.py:4"])
    _, source = page_of(gated.result(leaking(known)))
    caption = source[source.index("<figcaption>") : source.index("</figcaption>")]
    assert "Give <code>KEPT</code> a bound." in caption
    assert "made at w.py:4" in caption


def test_a_leak_has_no_sentence_about_rings_and_no_green(page_of: PageOf) -> None:
    page, source = page_of(gated.result(leaking()))
    assert "Each ring" not in page.text
    assert "w.Thing leaks, held by module w.KEPT" in page.text
    assert "#009e73" not in source
    page, _ = page_of(gated.result(gated.cell(cycles=[gated.cycle()])))
    assert "Each ring" in page.text


def test_interpreter_backend_and_in_flight_are_in_the_headings(page_of: PageOf) -> None:
    page, _ = page_of(gated.result(leaking(backend="trio", in_flight=8)))
    assert "w.py, Python 3.11.7, trio, 8 in flight, 1,000 operations" in page.text


def test_cells_that_differ_in_their_load_are_all_there(page_of: PageOf) -> None:
    both = gated.result(leaking(), leaking(in_flight=8), leaking(python="3.12.1"))
    text = page_of(both)[0].text
    for words in ("8 in flight", "1 in flight", "Python 3.12.1"):
        assert words in text
    assert len(counted(both)) == 3


def test_the_lines_at_the_cut_stand_beside_the_ring_and_names_are_code(
    tmp_path: Path,
) -> None:
    cycle = msgspec.structs.replace(gated.cycle(), where="w.py:2")
    cut = msgspec.structs.replace(cycle.cut, instruction="Clear `Thing.<me>` (w.py:2).")
    result = gated.result(gated.cell(cycles=[msgspec.structs.replace(cycle, cut=cut)]))
    path = write_page(result, tmp_path, [], sources={"w.py": "one\ntwo < three\n"})
    source = path.read_text("utf-8")
    assert 'aria-label="Source at the cut">  1  one\n→ 2  two &lt; three</pre>' in source
    assert "Clear <code>Thing.&lt;me&gt;</code> (w.py:2)." in source
    assert '<pre class="source"' not in write_page(result, tmp_path, []).read_text("utf-8")
