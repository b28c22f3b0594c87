"""Names that drivers are asked for, and cells that cannot be installed."""

from __future__ import annotations

import pytest

from bench.selection import not_installed, select
from unknot.environments.interpreters import Interpreter
from unknot.errors import UsageError
from unknot.measuring.spec import CellSpec


def test_what_cannot_be_installed_is_a_record_that_says_so() -> None:
    spec = CellSpec(workload="app.py", variant="app==1", requirements=("app==1",))
    cell = not_installed(spec, Interpreter("python", "3.11.7"), "there is no app==1")
    assert cell.error is not None
    assert (cell.error.kind, cell.error.message) == ("environment", "there is no app==1")
    assert (cell.python, cell.requirements) == ("3.11.7", ["app==1"])


def test_a_name_that_is_not_known_is_refused_with_those_that_are_near() -> None:
    known = ["formats.dump_json", "formats.literal", "tasks.shield"]
    assert select((), known, "operation") == known
    assert select(("formats.literal",), known, "operation") == ["formats.literal"]
    with pytest.raises(UsageError, match=r"'tasks\.shelf'; there are 3, such as tasks\.shield"):
        select(("formats.literal", "tasks.shelf"), known, "operation")
