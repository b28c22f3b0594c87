"""What of a string is the name of a folder where code lies."""

from __future__ import annotations

import os
import sys
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from unknot.agent.folder_names import LONGEST, code_folders, folder_sizes

FOLDERS = ["/srv/app", "/srv/app/src", "/srv/a"]


def sizes(*things: object, folders: list[str] = FOLDERS) -> list[int]:
    found = folder_sizes(list(things), folders)
    return [found.get(str(id(thing)), 0) for thing in things]


@pytest.mark.parametrize(
    ("text", "bare"),
    [
        ("/srv/app/src/thing.py", "/thing.py"),
        ('File "/srv/app/a.py"\nFile "/srv/app/src/b.py"', 'File "/a.py"\nFile "/b.py"'),
        ("/srv/app", ""),
        ("/srv/apper/a.py", "/srv/apper/a.py"),
        ("/srv/app-2/a.py", "/srv/app-2/a.py"),
        ("/mnt/srv/app", "/mnt/srv/app"),
        ("nothing of the kind", "nothing of the kind"),
    ],
)
def test_a_name_counts_where_it_is_the_name_of_the_folder(text: str, bare: str) -> None:
    assert sizes(text, os.fsencode(text)) == [len(text) - len(bare)] * 2


def test_wide_characters_count_with_their_width() -> None:
    assert sizes("/srv/app/\u20ac") == [2 * len("/srv/app")]


def test_what_is_no_string_and_what_is_very_long_is_passed_over() -> None:
    class Own(str):
        pass

    assert sizes(7, None, Own("/srv/app"), ["/srv/app"], "x" * LONGEST + "/srv/app") == [0] * 5
    assert sizes("/srv/app", folders=[]) == [0]
    assert sizes("/srv/app", folders=["/"]) == [0]


@given(st.text(alphabet="/abw .", max_size=40), st.lists(st.text(alphabet="/abw", max_size=9)))
def test_no_more_is_a_name_than_there_is(text: str, folders: list[str]) -> None:
    (size,) = sizes(text, folders=folders)
    assert 0 <= size <= len(text)


def test_the_folders_are_those_of_the_interpreter_of_modules_and_the_current_one() -> None:
    found = code_folders()
    assert {sys.prefix, str(Path.cwd()), str(Path(os.__file__).parent)} <= set(found)
    assert all(map(os.path.isabs, found))
