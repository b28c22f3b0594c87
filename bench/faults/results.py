"""Damaged results: each is read, checked and shown, or refused with a reason."""

from __future__ import annotations

import contextlib
import io
import json
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from pathlib import Path
from random import Random
from typing import Any

import click

from bench.faults.trial import Outcome, noise
from unknot.cli.commands import commands
from unknot.errors import UnknotError
from unknot.measuring.cell import measure_cell
from unknot.measuring.environment import result_of
from unknot.measuring.spec import CellSpec, Effort
from unknot.records import encode_result

__all__ = ["damaged_results", "measured"]

EFFORT = Effort(ops=80, warmup=8, samples=2, confirm_ops=80)

WORKLOAD = """
kept = []
class Node: pass
def op():
    node = Node()
    node.me = node
    kept.append([])
"""

PAGES = 20
"""One of this many damaged results is also rendered as a page, which takes longer."""

STRANGE: tuple[Any, ...] = (
    None, True, -1, 0, 10**30, 1.5, -0.0, 1e308, "", "x", "\x1b]0;t\x07", "::error::x\n", "\ud800",
    [], [None], [[]], {}, {"": None}, {"a": {"b": []}},
)  # fmt: skip
"""Replacements for a value."""


def damaged_results(folder: Path, random: Random, times: int) -> Iterator[Outcome]:
    """``times`` results of each kind of damage. In this process: a thousand would take long."""
    (folder / "w.py").write_text(WORKLOAD)
    path = folder / "result.json"
    whole = measured(folder / "w.py")
    for name, damage in DAMAGES.items():
        for number in range(times):
            path.write_bytes(damage(whole, random))
            verbs = [["check", str(path)], ["compare", str(path), str(path)]]
            if number % PAGES == 0:
                verbs.append(["report", str(path), "-o", str(folder / "page")])
            outcome = Outcome(fault=f"a result with {name}")
            for arguments in verbs:
                outcome.faults |= _call(arguments)
            if outcome.faults:
                outcome.faults["result"] = path.read_bytes()[:3000].decode(errors="replace")
            yield outcome


def measured(workload: Path) -> bytes:
    """A result of ``workload``."""
    cell = measure_cell(CellSpec(workload=str(workload), effort=EFFORT))
    return encode_result(result_of("damaged", [cell], [], datetime.now(UTC)))


def _call(arguments: list[str]) -> dict[str, str]:
    """What was wrong with the way a command ended, by column of the table."""
    said = io.StringIO()
    code: object
    try:
        with contextlib.redirect_stdout(said), contextlib.redirect_stderr(said):
            code = commands.main(arguments, prog_name="unknot", standalone_mode=False) or 0
    except SystemExit as end:
        code = end.code or 0
    except (UnknotError, click.ClickException) as error:
        code = error.exit_code
    except Exception as error:
        return {"traceback": f"{arguments[0]}: {error!r}"}
    wrong = "" if code in (0, 1, 2, 3, 124) else f"{arguments[0]}: {code!r}"
    found = {"exit code": wrong, "traceback": noise(said.getvalue().encode(errors="replace"))}
    return {name: text for name, text in found.items() if text}


def _random_bytes(whole: bytes, random: Random) -> bytes:
    damaged = bytearray(whole)
    for _ in range(random.choice((1, 1, 2, 10, 200))):
        damaged[random.randrange(len(damaged))] = random.randrange(256)
    return bytes(damaged)


def _truncated(whole: bytes, random: Random) -> bytes:
    return whole[: random.randrange(len(whole))]


def _other_types(whole: bytes, random: Random) -> bytes:
    document = json.loads(whole)
    for _ in range(random.choice((1, 1, 2, 5))):
        holder, key = random.choice(list(_places(document)) or [({}, "")])
        holder[key] = random.choice(STRANGE)
    return json.dumps(document).encode()


def _missing_fields(whole: bytes, random: Random) -> bytes:
    document = json.loads(whole)
    for _ in range(random.choice((1, 2, 5))):
        holder, key = random.choice(list(_places(document)) or [({"": 0}, "")])
        del holder[key]
    return json.dumps(document).encode()


def _places(value: Any) -> Iterator[tuple[Any, Any]]:
    """The positions in a document at which a value can be replaced."""
    keys = value.keys() if isinstance(value, dict) else range(len(value))
    for key in list(keys):
        yield value, key
        if isinstance(value[key], (dict, list)):
            yield from _places(value[key])


DAMAGES: dict[str, Callable[[bytes, Random], bytes]] = {
    "random bytes": _random_bytes,
    "its end cut off": _truncated,
    "values of other types": _other_types,
    "fields missing": _missing_fields,
}
