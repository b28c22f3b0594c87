"""Foreign text is shown, and does nothing."""

from __future__ import annotations

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from unknot import text as name

COMMAND = re.compile(r"\s*(::[a-z][\w-]*(\s[^:]*)?::|##\[)", re.IGNORECASE)
"""As the runner of GitHub's workflows reads a line."""


@given(st.text())
def test_a_visible_name_cannot_move_the_cursor_or_turn_the_line(text: str) -> None:
    seen = name.visible(text)
    assert not set(seen) & set("\x1b\r\n\t\x07\x9b\u202e\u2066\u2028")
    seen.encode("utf-8")


@given(st.text(), st.integers(min_value=1, max_value=50))
def test_a_clipped_name_fits_and_keeps_both_ends(text: str, limit: int) -> None:
    short = name.clip(text, limit)
    assert len(short) <= limit
    assert short == text or (short.count("…") >= 1 and text.startswith(short.split("…")[0]))


def test_short_names_are_told_apart_by_as_much_as_it_takes() -> None:
    short = name.short_names(["asyncio.Task", "anyio.Task", "a.b.Context", "int"])
    assert list(short.values()) == ["asyncio.Task", "anyio.Task", "Context", "int"]


@given(st.lists(st.text(alphabet="ab.", max_size=6), unique=True))
def test_different_types_never_share_a_short_name(types: list[str]) -> None:
    short = name.short_names(types)
    assert len(set(short.values())) == len(types)


@pytest.mark.parametrize(
    "hostile",
    [
        "::error file=x.py::gone",
        "  ::warning::gone",
        "so far ::set-output name=a::b",
        "folded at any column::ERROR::gone",
        "before ##[group]after",
        "a line\n::stop-commands::token",
    ],
)
def test_no_line_of_it_is_a_workflow_command_however_it_is_wrapped(hostile: str) -> None:
    seen = name.visible(hostile, keep="\n")
    assert not [at for at in range(len(seen)) if COMMAND.match(seen, at)]


@pytest.mark.parametrize("harmless", ["tests/a.py::TestA::test_b", "a: b", "c:::d", "# [x]", "é→"])
def test_what_is_harmless_is_shown_as_it_is(harmless: str) -> None:
    assert name.visible(harmless) == harmless


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("p @ http://bob:token@h.invalid/x.whl", "p @ http://****@h.invalid/x.whl"),
        ("git+ssh://git@h.invalid/x and ftp://u@h", "git+ssh://****@h.invalid/x and ftp://****@h"),
        ("https://h.invalid/a@b", "https://h.invalid/a@b"),
        ("ann@h.invalid", "ann@h.invalid"),
        ("https://ann:a@b@h.invalid/x", "https://****@h.invalid/x"),
        (
            "p @ https://h.invalid/p.whl?v=1&X-Amz-Signature=abc&access_token=d#egg=p",
            "p @ https://h.invalid/p.whl?v=1&X-Amz-Signature=****&access_token=****#egg=p",
        ),
        ("https://h.invalid/?author=ann&page=2", "https://h.invalid/?author=ann&page=2"),
        ("what?token=none", "what?token=none"),
    ],
)
def test_users_and_passwords_of_urls_are_hidden(text: str, shown: str) -> None:
    assert name.visible(text) == shown
    assert name.masked(name.masked(text)) == shown


@pytest.mark.parametrize(
    ("variable", "value"),
    [
        ("PIP_INDEX_URL", "https://ann:hidden-word@h.invalid/simple"),
        ("UV_INDEX", "mine=https://ann:hidden-word@h.invalid"),
        ("UV_INDEX_MINE_PASSWORD", "hidden-word"),
        ("HTTPS_PROXY", "ann:hidden-word@proxy.invalid:3128"),
        ("PIP_PROXY", "http://ann:hidden-word@proxy.invalid:3128"),
    ],
)
def test_what_settings_of_an_index_hide_is_hidden_wherever_it_stands(
    monkeypatch: pytest.MonkeyPatch, variable: str, value: str
) -> None:
    monkeypatch.setenv(variable, value)
    name._secrets.cache_clear()
    try:
        assert "hidden-word" not in name.masked(f"{value} is refused: hidden-word, or https://x")
    finally:
        monkeypatch.undo()
        name._secrets.cache_clear()
