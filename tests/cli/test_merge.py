"""A plan in shards, joined, is the plan measured at once; a run that was stopped goes on."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from msgspec import structs

from unknot.records import Cell, encode_result, read_result

pytestmark = pytest.mark.once

COMMAND = [sys.executable, "-c", "from unknot.cli import main; main()"]
RUN = ("run", "w.py", "-n", "40", "--warmup", "4", "--gc", "off", "--gc", "auto", "--gc", "forced")
CODE = "class Node: pass\ndef op():\n    node = Node(); node.me = node\n"


@pytest.fixture
def unknot(tmp_path: Path) -> Any:
    (tmp_path / "w.py").write_text(CODE)

    def run(*arguments: str) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            [*COMMAND, *arguments], cwd=tmp_path, stdin=subprocess.DEVNULL, capture_output=True,
            text=True, timeout=120, check=False,
        )  # fmt: skip

    return run


def told(cells: list[Cell]) -> list[Any]:
    """All that chance and the clock have no part in."""
    return [
        (cell.case, cell.verdict, cell.per_op, [one.signature for one in cell.cycles])
        for cell in cells
    ]


def test_shards_joined_are_the_whole(unknot: Any, tmp_path: Path) -> None:
    assert unknot(*RUN, "-o", "whole.json").returncode == 1
    for share in ("1", "2"):
        assert unknot(*RUN, "--shard", f"{share}/2", "-o", f"{share}.json").returncode == 1
    done = unknot("merge", "1.json", "2.json", "-o", "joined.json")
    assert (done.returncode, done.stdout) == (0, "")
    assert done.stderr == "3 of 3 cells in joined.json\n"
    whole, joined = (read_result(tmp_path / f"{name}.json") for name in ("whole", "joined"))
    assert told(joined.cells) == told(whole.cells)
    assert joined.plan == whole.plan
    assert [part.shard for part in joined.parts] == ["1/2", "2/2"]


def test_an_empty_share_is_a_part_like_any_other(unknot: Any, tmp_path: Path) -> None:
    one = (*RUN[:6], "--shard")
    assert unknot(*one, "1/2", "-o", "1.json").returncode == 1
    done = unknot(*one, "2/2", "-o", "2.json")
    assert done.returncode == 0
    assert done.stderr == "unknot: nothing to measure: share 2/2 is empty (of 1 cell planned)\n"
    done = unknot("merge", "2.json", "1.json", "-o", "joined.json")
    assert (done.returncode, done.stderr) == (0, "1 of 1 cell in joined.json\n")
    assert [part.places for part in read_result(tmp_path / "joined.json").parts] == [[], [0]]


def test_a_part_goes_on_with_what_is_missing(unknot: Any, tmp_path: Path) -> None:
    path = tmp_path / "r.json"
    assert unknot(*RUN, "-o", "r.json").returncode == 1
    whole = read_result(path)
    assert whole.plan is not None
    stopped = structs.replace(
        whole,
        cells=whole.cells[:2],
        plan=structs.replace(whole.plan, places=[0, 1]),
        interrupted=True,
    )
    path.write_bytes(encode_result(stopped))
    assert unknot("merge", "r.json", "-o", "m.json").stderr.endswith("missing: cell 3\n")
    assert unknot(*RUN, "--resume", "r.json").returncode == 1
    resumed = read_result(path)
    assert not resumed.interrupted
    assert told(resumed.cells) == told(whole.cells)
    took = [cell.seconds for cell in whole.cells]
    assert [cell.seconds for cell in resumed.cells][:2] == took[:2]
    assert resumed.cells[2].seconds != took[2]


def test_what_cannot_be_gone_on_with_stays_as_it_is(unknot: Any, tmp_path: Path) -> None:
    assert unknot(*RUN, "-o", "r.json").returncode == 1
    before = (tmp_path / "r.json").read_bytes()
    done = unknot(*RUN[:4], "--resume", "r.json")
    assert done.returncode == 2
    assert "of another plan (3 cells" in done.stderr
    (tmp_path / "w.py").write_text(CODE + "\n")
    assert unknot(*RUN, "--resume", "r.json").returncode == 2
    assert (tmp_path / "r.json").read_bytes() == before


def test_no_part_is_overwritten_and_wrong_use_is_one_line(unknot: Any, tmp_path: Path) -> None:
    assert unknot(*RUN, "--shard", "1/3", "-o", "1.json").returncode == 1
    before = (tmp_path / "1.json").read_bytes()
    for arguments in (
        ("merge", "1.json", "-o", "1.json"),
        ("merge", "1.json", "none.json", "-o", "j.json"),
        (*RUN, "--shard", "4/3"),
        ("merge", "-o", "j.json"),
    ):
        done = unknot(*arguments)
        assert done.returncode == 2, arguments
        assert "Traceback" not in done.stderr
    assert (tmp_path / "1.json").read_bytes() == before
    assert not (tmp_path / "j.json").exists()
