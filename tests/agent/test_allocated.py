"""Bytes in use are what the allocator handed out, to the block, tracked or not."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from tests.interpreters import need_interpreter
from unknot.agent.allocated import allocated_bytes

ASK = """
import sys
sys.path.insert(0, sys.argv[1])
from agent.allocated import allocated_bytes
allocated_bytes()
before = allocated_bytes()
kept = [bytes(95) for _ in range(1000)], bytearray(1_000_000)
print(allocated_bytes() - before)
"""
SOURCE = Path(__file__).parents[2] / "src" / "unknot"
KEPT = 1000 * 128 + 1_000_000 + 8_856  # of 95 + 33 each; the buffer, in whole pages; the list


def test_what_is_kept_counts_and_what_is_given_back_does_not() -> None:
    allocated_bytes()
    before = allocated_bytes()
    assert before is not None
    kept = [bytes(95) for _ in range(1000)]
    while_kept = allocated_bytes()
    del kept
    after = allocated_bytes()
    assert while_kept is not None
    assert after is not None
    assert while_kept - before == pytest.approx(1000 * 128 + 8_856, abs=5_000)
    assert after - before == pytest.approx(0, abs=5_000)


@pytest.mark.once
@pytest.mark.parametrize("malloc", ["pymalloc", "malloc"])
@pytest.mark.parametrize("version", ["3.8", "3.11", "3.12", "3.13", "3.14", "3.15"])
def test_every_interpreter_tells_it_whatever_its_allocator(version: str, malloc: str) -> None:
    python = str(need_interpreter(version)) if version != "3.11" else sys.executable
    done = subprocess.run(
        [python, "-c", ASK, str(SOURCE)],
        env={"PYTHONMALLOC": malloc},
        capture_output=True,
        text=True,
        check=True,
        timeout=60,
    )
    slack = 24_000 if malloc == "malloc" else 0  # the C library's own header of each block
    assert KEPT - 2_000 <= int(done.stdout) <= KEPT + 6_000 + slack
