"""A finding's words are made once, and few modules have them in hand before a reader has.

All others pass on the record that holds them. What is followed here is real: a workload is measured
and shown, and every call and return in the package is asked for strings that have the words.
"""

from __future__ import annotations

import ast
import io
import sys
import threading
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path
from types import FrameType
from typing import Any

import pytest
from rich.console import Console

import unknot
from unknot.records import Result
from unknot.report.page import write_page
from unknot.report.terminal import print_cell

pytestmark = pytest.mark.once

PACKAGE = Path(unknot.__file__).parent
PREFIX = f"{PACKAGE}/"
WORKLOAD = """
import asyncio

class Session: pass
class Job: pass

KEPT = []

async def routine(session):
    return session

async def op():
    KEPT.append(Job())
    session = Session()
    session.task = asyncio.ensure_future(routine(session))
    await session.task
"""
CUT = "in a done-callback"
LEAK = "give `KEPT` a bound"

SHOWN = {"text.py", "report/wording.py"}
TO_TERMINAL = {*SHOWN, "report/terminal.py"}
TO_PAGE = {
    *SHOWN,
    "report/html.py",
    "report/templates/blocks.html.j2",
    "report/templates/page.html.j2",
}


class Followed:
    """By words, the files of the package in which a frame had them in a string, but no document."""

    def __init__(self, words: Iterable[str]) -> None:
        self.files: dict[str, set[str]] = {each: set() for each in words}

    def __call__(self, frame: FrameType, event: str, arg: Any) -> None:
        file = frame.f_code.co_filename
        if not file.startswith(PREFIX) or event not in ("call", "return"):
            return
        for value in (arg, *frame.f_locals.values()):
            for text in value if type(value) in (list, tuple) else (value,):
                if isinstance(text, str) and "<html" not in text:
                    for words, files in self.files.items():
                        if words in text:
                            files.add(file.removeprefix(PREFIX))


@contextmanager
def following(*words: str) -> Iterator[dict[str, set[str]]]:
    followed = Followed(words)
    before = sys.getprofile()
    threading.setprofile(followed)
    sys.setprofile(followed)
    try:
        yield followed.files
    finally:
        sys.setprofile(before)
        threading.setprofile(None)


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> tuple[Result, dict[str, set[str]]]:
    """A result, and the files that had the words before it was there."""
    workload = tmp_path_factory.mktemp("workload") / "workload.py"
    workload.write_text(WORKLOAD)
    with following(CUT, LEAK) as files:
        result = unknot.measure(str(workload), ops=64, rounds=4)
    return result, files


def test_the_words_are_made_in_one_module(made: tuple[Result, dict[str, set[str]]]) -> None:
    assert made[1] == {CUT: {"heap/cut_advice.py"}, LEAK: {"heap/leak_advice.py"}}


def test_four_modules_have_the_words_on_their_way_to_the_terminal(
    made: tuple[Result, dict[str, set[str]]],
) -> None:
    result, before = made
    out = io.StringIO()
    with following(CUT, LEAK) as after:
        print_cell(result.cells[0], Console(file=out))
    said = " ".join(out.getvalue().split())
    for words in (CUT, LEAK):
        assert words in said
        assert after[words] == TO_TERMINAL
        assert len(before[words] | after[words]) == 4


def test_six_files_have_the_words_on_their_way_to_the_page(
    made: tuple[Result, dict[str, set[str]]], tmp_path: Path
) -> None:
    result, before = made
    with following(CUT, LEAK) as after:
        page = write_page(result, tmp_path, []).read_text()
    assert CUT in page
    assert LEAK.replace("`KEPT`", "<code>KEPT</code>") in page
    for words in (CUT, LEAK):
        assert after[words] == TO_PAGE
        assert len(before[words] | after[words]) == 6


def test_nobody_but_the_gate_reads_an_instruction_to_say_it_elsewhere() -> None:
    files = {
        path.relative_to(PACKAGE).as_posix()
        for path in PACKAGE.rglob("*.py")
        if "instruction" in names(ast.parse(path.read_text()))
    }
    holds, says = "records/findings.py", "report/wording.py"
    assert files == {"heap/cut_advice.py", holds, says, "gate/judging.py"}


def names(tree: ast.AST) -> Iterator[str]:
    """The names of attributes and fields."""
    for node in ast.walk(tree):
        match node:
            case (
                ast.Attribute(attr=name)
                | ast.keyword(arg=name)
                | ast.AnnAssign(target=ast.Name(name))
            ) if name is not None:
                yield name
