"""A workload that touches its agent's connection is an error of its cell, and says what it did."""

from __future__ import annotations

from pathlib import Path

import pytest

from unknot.measuring.cell import measure_cell
from unknot.measuring.spec import CellSpec, Effort
from unknot.records import Cell

EFFORT = Effort(ops=40, warmup=4, samples=2, confirm_ops=40, time_limit=60)

FORGE = """
import gc, json, os, socket, struct

def sockets():
    for number in map(int, os.listdir("/proc/self/fd")):
        try:
            if os.readlink(f"/proc/self/fd/{number}").startswith("socket:"):
                yield number
        except OSError:
            pass

def write(noise):
    for number in sockets():
        os.write(number, noise)

def framed(**message):
    text = json.dumps(message).encode()
    return struct.pack("!I", len(text)) + text

def as_the_agent_does(message):
    for channel in [one for one in gc.get_objects() if type(one).__name__ == "Channel"]:
        channel.send(message)

count = 0

def op():
    global count
    count += 1
    if count == 20:
        ATTACK
"""


def measure(folder: Path, attack: str) -> Cell:
    path = folder / "workload.py"
    path.write_text(FORGE.replace("ATTACK", attack))
    return measure_cell(CellSpec(workload=str(path), effort=EFFORT))


@pytest.mark.parametrize(
    "attack",
    [
        "write(b'hello, world\\n')",
        "write(framed(schema=1, attachments=[]))",
        "write(framed(schema=1, settled=True, seconds=0.1, passes=0, attachments=[], token=''))",
        "write(framed(schema=1, attachments=[10**18], token=''))",
        "write(struct.pack('!I', 9999) + b'[' * 9999)",
        "as_the_agent_does({'seconds': 'long', 'passes': None})",
    ],
)
def test_what_the_workload_writes_to_the_agents_connection_is_no_answer(
    tmp_path: Path, attack: str
) -> None:
    cell = measure(tmp_path, attack)
    assert cell.error is not None
    assert cell.error.kind == "crashed"
    assert "wrote to the connection" in cell.error.message
    assert "Traceback" not in (cell.error.output or "")


@pytest.mark.parametrize(
    "attack", ["os.closerange(3, 1000)", "[os.close(number) for number in list(sockets())]"]
)
def test_a_workload_that_closes_the_agents_connection_is_told_so(
    tmp_path: Path, attack: str
) -> None:
    cell = measure(tmp_path, attack)
    assert cell.error is not None
    assert cell.error.kind == "crashed"
    assert "closed the connection" in cell.error.message
    assert "Traceback" not in (cell.error.output or "")


@pytest.mark.parametrize(
    "attack",
    [
        "one, other = socket.socketpair(); one.send(b'mine'); one.close(); other.close()",
        "os.closerange(0, 3)",
    ],
)
def test_a_workload_with_descriptors_of_its_own_is_clean(tmp_path: Path, attack: str) -> None:
    cell = measure(tmp_path, attack)
    assert cell.error is None, cell.error
    assert cell.verdict == "clean"


@pytest.mark.parametrize(
    ("attack", "message"),
    [
        ("raise ValueError('x' * 100_000_000)", "ValueError: xxx"),
        ("e = SyntaxError('x'); e.lineno = 1; e.text = 5; raise e", "SyntaxError"),
    ],
)
def test_an_exception_has_a_text_that_can_be_kept(
    tmp_path: Path, attack: str, message: str
) -> None:
    cell = measure(tmp_path, attack)
    assert cell.error is not None
    assert cell.error.kind == "raised"
    assert message in cell.error.message
    assert len(cell.error.message + str(cell.error.traceback)) < 100_000
