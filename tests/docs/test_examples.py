"""The Python examples of the documentation run as they stand, page by page.

Not those of ``advice.md``, which ``bench.advice`` writes and measures, nor those of ``attach.md``:
a look at all that pytest's own process holds takes long, and ``tests/attach/test_own.py`` has it.
"""

from __future__ import annotations

from pathlib import Path

import pytest
from sybil import Document, Sybil
from sybil.parsers.myst import PythonCodeBlockParser

DOCS = Path(__file__).parents[2] / "docs"
ELSEWHERE = {"advice.md", "attach.md"}
SYBIL = Sybil(parsers=[PythonCodeBlockParser()], path=str(DOCS))
PAGES = sorted(
    page.name
    for page in DOCS.glob("*.md")
    if page.name not in ELSEWHERE and "```python" in page.read_text(encoding="utf-8")
)


def parse(page: str) -> Document:
    return SYBIL.parse(DOCS / page)


def test_the_pages_with_examples_are_found() -> None:
    assert {"api.md", "jupyter.md", "pytest.md"} <= set(PAGES)


@pytest.mark.parametrize("page", PAGES)
def test_the_examples_of_a_page_run_one_after_the_other(
    page: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    document = parse(page)
    document.namespace["__name__"] = "__main__"
    for example in document.examples():
        example.evaluate()


def test_an_example_that_fails_is_an_error(tmp_path: Path) -> None:
    (tmp_path / "page.md").write_text("```python\nassert 1 == 2\n```\n")
    (example,) = SYBIL.parse(tmp_path / "page.md").examples()
    with pytest.raises(AssertionError):
        example.evaluate()
