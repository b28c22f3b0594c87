"""Places in code are the same wherever they were measured."""

from __future__ import annotations

from pathlib import Path

import pytest

from unknot.measuring.places import measured_for, shorten


def test_what_is_below_the_folder_of_who_wants_the_cell_is_short_on_a_worker_too(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    home, worker = tmp_path / "home", tmp_path / "worker"
    for folder in (home, worker):
        folder.mkdir()
    place = f"{home}/src/app.py:3"
    monkeypatch.chdir(home)
    assert shorten(place) == "src/app.py:3"
    monkeypatch.chdir(worker)
    with measured_for(str(home)):
        assert [shorten(place), shorten(f"{worker}/w.py:1")] == ["src/app.py:3", "w.py:1"]
        assert shorten("/venv/lib/python3.12/site-packages/a/b.py:2") == "a/b.py:2"
    with measured_for(""):
        assert shorten(place) == place
    assert shorten(place) == place
