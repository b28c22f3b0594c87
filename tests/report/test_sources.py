"""An annotation names a file that is in the repository, by its path from the root, or none."""

from __future__ import annotations

from pathlib import Path

import msgspec
import pytest

from tests.gate.made import cell, cycle
from unknot.records.judgement import GateMessage
from unknot.report.exports import Location, Repository


def finding(where: str | None, workload: str = "jobs/w.py") -> GateMessage:
    made = msgspec.structs.replace(cycle(), where=where)
    case = cell(workload=workload).case
    return GateMessage(level="failure", kind="signature", case=case, text="new", cycle=made)


@pytest.fixture
def repository(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Repository:
    monkeypatch.delenv("GITHUB_WORKSPACE", raising=False)
    for name in ("root/sub/jobs/w.py", "root/sub/jobs/near.py", "root/sub/lib.py", "outside.py"):
        path = tmp_path / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text("")
    (tmp_path / "root" / ".git").mkdir()
    (tmp_path / "root" / "sub" / "link.py").symlink_to(tmp_path / "outside.py")
    return Repository.around(tmp_path / "root" / "sub")


@pytest.mark.parametrize(
    ("where", "line"),
    [
        ("lib.py:7", Location("sub/lib.py", 7)),
        ("near.py:8", Location("sub/jobs/near.py", 8)),
        ("jobs/../lib.py:7", Location("sub/lib.py", 7)),
        ("asyncio/tasks.py:100", Location("sub/jobs/w.py", 0)),
        ("../../outside.py:1", Location("sub/jobs/w.py", 0)),
        ("link.py:1", Location("sub/jobs/w.py", 0)),
        ("lib.py:x", Location("sub/jobs/w.py", 0)),
        ("a" * 5000 + ":1", Location("sub/jobs/w.py", 0)),
        ("a\0b:1", Location("sub/jobs/w.py", 0)),
        (None, Location("sub/jobs/w.py", 0)),
    ],
)
def test_a_finding_is_in_a_file_that_is_there(
    repository: Repository, where: str | None, line: Location
) -> None:
    assert repository.locate(finding(where)) == line


def test_a_module_that_is_no_file_of_the_repository_has_no_place(repository: Repository) -> None:
    assert repository.locate(finding("asyncio/tasks.py:100", "package.module:op")) is None
