"""What a requirement is called, where the folder's own file tells it."""

from __future__ import annotations

from pathlib import Path

import pytest

from unknot.environments.requirements import parse_requirements, project_names
from unknot.errors import UsageError
from unknot.text import visible


def project(folder: Path, text: str) -> str:
    folder.mkdir()
    (folder / "pyproject.toml").write_text(text, encoding="utf-8")
    return str(folder)


def test_a_project_folder_has_the_name_of_its_project(tmp_path: Path) -> None:
    folder = project(tmp_path / "main", '[project]\nname = "My_App"\n')
    assert project_names([folder, "app==1.2", "app @ https://localhost/app.whl"]) == {
        folder: "My_App"
    }


def test_the_folder_one_is_in_has_it_too(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(project(tmp_path / "main", '[project]\nname = "app"\n'))
    assert project_names(["."]) == {".": "app"}


@pytest.mark.parametrize(
    "text",
    [
        "",
        "[project",
        "[project]\ndynamic = ['name']\n",
        "[project]\nname = 7\n",
        "[project]\nname = ''\n",
        '[project]\nname = "a\\u001b[31m"\n',
        "project = 'app'\n",
        "[tool.poetry]\nname = 'app'\n",
    ],
)
def test_a_file_that_tells_no_name_gives_none(tmp_path: Path, text: str) -> None:
    assert project_names([project(tmp_path / "main", text)]) == {}


def test_a_folder_that_cannot_be_read_has_no_name(tmp_path: Path) -> None:
    broken = project(tmp_path / "main", "")
    (tmp_path / "main" / "pyproject.toml").write_bytes(b"\xff\xfe")
    assert project_names([broken, str(tmp_path / "absent")]) == {}


@pytest.mark.parametrize(
    "text",
    ["git+https://ann:hidden@h.invalid/x.git", "https://ann:hidden@h.invalid/x-1-py3-none-any.whl"],
)
def test_a_url_without_a_name_is_refused_and_hides_who_may_read_it(text: str) -> None:
    with pytest.raises(UsageError, match="write 'name @ URL'") as caught:
        parse_requirements([text])
    assert "hidden" not in visible(str(caught.value))
    (named,) = parse_requirements([f"x @ {text}"])
    assert named.name == "x"
