"""Progress without a terminal: lines, not too many, and the last one always."""

from __future__ import annotations

import io

import pytest
from rich.console import Console

from unknot.cli import progress as module
from unknot.cli.progress import progress


def lines_of(steps: int, names: str = "step", width: int = 80) -> list[str]:
    """What a run of so many steps prints where there is no terminal."""
    file = io.StringIO()
    with progress(Console(file=file, width=width), "cells", steps) as advance:
        for number in range(steps):
            advance(f"{names} {number}")
    return file.getvalue().splitlines()


def test_without_a_terminal_each_line_says_how_far_it_is_and_with_what(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(module, "LINE_EVERY", 0.0)
    assert lines_of(3) == ["cells 1/3 step 0", "cells 2/3 step 1", "cells 3/3 step 2"]


def test_many_quick_steps_are_a_first_and_a_last_line(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "LINE_EVERY", float("inf"))
    assert lines_of(1000) == ["cells 1/1000 step 0", "cells 1000/1000 step 999"]


def test_names_are_not_read_as_markup(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "LINE_EVERY", 0.0)
    assert lines_of(1, "[bold]a[/b]") == ["cells 1/1 [bold]a[/b] 0"]


def test_a_step_that_raises_ends_the_progress_and_goes_on() -> None:
    file = io.StringIO()
    console = Console(file=file, force_terminal=True, width=80)

    def break_off() -> None:
        with progress(console, "cells", 2) as advance:
            advance("one")
            raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        break_off()
    with progress(console, "cells", 1) as advance:  # rich refuses a second one beside the first
        advance("two")
    assert "\x1b[?25h" in file.getvalue()  # the cursor is shown again


def test_on_a_terminal_the_bar_tells_steps_and_leaves_nothing() -> None:
    file = io.StringIO()
    with progress(Console(file=file, force_terminal=True, width=80), "cells", 2) as advance:
        advance("first one")
        advance("second one")
    assert "2/2" in file.getvalue()
    assert "second one" in file.getvalue()
    assert file.getvalue().endswith("\x1b[2K")  # the line is wiped
