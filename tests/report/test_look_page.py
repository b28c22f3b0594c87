"""A page of a look at a process: what grew, what waits, and the dominators as rows that open."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.browser.made import ATTACKS
from tests.report.made_look import look_file
from tests.report.test_page import Page
from unknot.errors import InvalidResult
from unknot.records.look_file import LookFile, encode_look, is_look, read_look
from unknot.report.look_page import write_look_page


def page_of(file: LookFile, folder: Path) -> Page:
    return Page(write_look_page(file, folder).read_text("utf-8"))


def test_the_page_says_what_grew_and_what_holds_it(tmp_path: Path) -> None:
    text = " ".join(page_of(look_file(), tmp_path).text.split())
    assert "21,000 objects in 9.00 MB → 23,000 objects in 9.00 MB" in text
    assert "Grown: 300 KB in 2,000 objects app.Session and 1,000 of other types" in text
    assert "dict retains 4.00 MB, 40% of what is reachable" in text
    assert "Clear `app.Session.me` when it is wanted no more." in text
    assert "21.5 ms (and held by a debugger, for at most 700 ms)" in text


def test_a_row_opens_onto_what_it_alone_keeps_and_a_leaf_does_not(tmp_path: Path) -> None:
    page = page_of(look_file(), tmp_path)
    depth, deepest = 0, 0
    for tag, _ in page.tags:
        depth += tag == "details"
        deepest = max(deepest, depth)
    assert len(page.all("details")) == len(page.all("summary")) == deepest == 2
    text = " ".join(page.text.split())
    assert "module app.Session 5.00 MB 50.0% .app.Session → dict 4.00 MB 40.0%" in text
    assert "3,000 × app.Session 3.90 MB 39.0% 30,000 × str 4.00 MB 40.0%" in text


def test_a_look_alone_shows_all_that_waits_and_claims_no_growth(tmp_path: Path) -> None:
    text = page_of(look_file(compared=False), tmp_path).text
    assert "What waits for the collector" in text
    assert "→ 23,000 objects" not in text


@pytest.mark.parametrize("attack", ATTACKS.values(), ids=ATTACKS)
def test_a_name_is_never_markup(attack: str, tmp_path: Path) -> None:
    tame = page_of(look_file("tame"), tmp_path)
    attacked = page_of(look_file(attack), tmp_path)
    assert [tag for tag, _ in attacked.tags] == [tag for tag, _ in tame.tags]


def test_what_is_read_is_what_was_written(tmp_path: Path) -> None:
    path = tmp_path / "look.json"
    path.write_bytes(encode_look(look_file()))
    assert is_look(path)
    assert read_look(path) == look_file()


@pytest.mark.parametrize(
    ("old", "new"),
    [
        (b'"schema": 1', b'"schema": 9'),
        (b'"objects": 20000', b'"objects": -1'),
        (b'"share": 0.4', b'"share": "x"'),
        (b"}", b""),
    ],
)
def test_what_does_not_fit_is_refused(old: bytes, new: bytes, tmp_path: Path) -> None:
    path = tmp_path / "look.json"
    whole = encode_look(look_file()).replace(b'"objects": 21000', b'"objects": 20000')
    assert old in whole
    path.write_bytes(whole.replace(old, new))
    with pytest.raises(InvalidResult) as caught:
        read_look(path)
    assert (caught.value.exit_code, len(str(caught.value).splitlines())) == (2, 1)
