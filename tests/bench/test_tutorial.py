"""The tutorial's commands print what its page says."""

from __future__ import annotations

import sys

import pytest

from bench.tutorial import PAGE, differences, follow


@pytest.mark.skipif(sys.version_info[:2] != (3, 11), reason="blocks allocated differ by release")
def test_the_tutorial_followed_in_a_clean_folder_prints_what_its_page_says() -> None:
    page = PAGE.read_text(encoding="utf-8")
    assert list(differences(page, follow(page))) == []


def test_a_page_that_says_something_else_is_found_and_megabytes_are_not_compared() -> None:
    page = "text\n\n```console\n$ echo 12 MB of memory\n13 MB of memory\n$ false\n```\n"
    followed = follow(page)
    assert followed.endswith(
        "$ echo 12 MB of memory\n12 MB of memory\n$ false\n(exit code 1)\n```\n"
    )
    assert [line for line in differences(page, followed) if line.startswith("+")] == [
        "+++ what its commands print",
        "+(exit code 1)",
    ]
