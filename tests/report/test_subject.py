"""What a cell was measured with, and what to do where a module was not there. All made up."""

from __future__ import annotations

import msgspec
import pytest

from tests.report.conftest import cell, failed_cell
from unknot.report.cell_text import subject, with_hint
from unknot.report.terminal import cell_lines

ABSENT = "ModuleNotFoundError: No module named {!r}"


def hint(module: str, *requirements: str) -> str | None:
    one = failed_cell("w.py", message=ABSENT.format(module))
    return with_hint(msgspec.structs.replace(one, requirements=list(requirements)))


def test_without_with_the_interpreter_that_lacks_unknot_is_measured_as_it_is() -> None:
    said = hint("unknot")
    assert said is not None
    assert "install unknot there" in said
    assert "write op()" in said
    assert "an environment made by --with" not in said


def test_an_environment_made_by_with_has_no_unknot() -> None:
    said = hint("unknot", "app==1.2")
    assert said is not None
    assert said.startswith("an environment made by --with holds")


@pytest.mark.parametrize(
    "module", ["unknot", "absent_thing", "x" * 5_000, "\x1b[31m", "two words " * 9]
)
def test_a_hint_stays_within_80_columns(module: str) -> None:
    lines = cell_lines(failed_cell("w.py", message=ABSENT.format(module)))
    begins = next(at for at, line in enumerate(lines) if line.startswith("hint: "))
    hinted = lines[begins : lines.index("", begins)]
    assert len(hinted) > 1
    assert max(map(len, hinted)) <= 80
    assert all(line.isprintable() for line in hinted)


@pytest.mark.parametrize(
    ("projects", "packages", "label"),
    [
        ({"work/main": "My_App"}, {"my-app": "1.2"}, "My_App 1.2"),
        ({"work/main": "My_App"}, {}, "My_App"),
        ({}, {"my-app": "1.2"}, "main"),
    ],
)
def test_a_project_folder_is_called_by_the_project_s_name_where_it_is_known(
    projects: dict[str, str], packages: dict[str, str], label: str
) -> None:
    one = msgspec.structs.replace(
        cell("w.py"), requirements=["work/main"], packages=packages, projects=projects
    )
    assert subject(one) == f"bundled, Python 3.11.7, {label}, collector off"


def test_after_a_time_limit_the_options_that_help_are_named() -> None:
    late = failed_cell("w.py")
    assert late.error is not None
    late = msgspec.structs.replace(late, error=msgspec.structs.replace(late.error, kind="timeout"))
    said = " ".join(cell_lines(late))
    for option in ("--fast", "-n", "--time-limit"):
        assert option in said
