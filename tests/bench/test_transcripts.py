"""The commands of the documentation print what its pages say."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest

from bench.transcripts import PAGES, differences, follow


@pytest.mark.skipif(sys.version_info[:2] != (3, 11), reason="blocks allocated differ by release")
@pytest.mark.parametrize("path", PAGES, ids=lambda path: path.stem)
def test_the_commands_of_a_page_print_what_it_says(path: Path) -> None:
    page = path.read_text(encoding="utf-8")
    assert page.count("```console") >= 1
    assert list(differences(page, follow(page, path.with_suffix("")))) == []


def test_a_page_that_says_something_else_is_found_and_megabytes_are_not_compared(
    tmp_path: Path,
) -> None:
    page = "text\n\n```console\n$ echo 12 MB of memory\n13 MB of memory\n$ false\n```\n"
    followed = follow(page, tmp_path)
    assert followed.endswith(
        "$ echo 12 MB of memory\n12 MB of memory\n$ false\n(exit code 1)\n```\n"
    )
    assert [line for line in differences(page, followed) if line.startswith("+")] == [
        "+++ what its commands print",
        "+(exit code 1)",
    ]
