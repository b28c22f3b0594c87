"""The history of ``bench.instrument``: one record per run, in one small file.

``reports/instrument/history.json`` is committed, so that a change which costs time is visible next
to earlier ones. Each record has the machine, interpreter and commit, and how busy the machine was:
seconds are comparable only if these are similar, ratios nearly always.
"""

from __future__ import annotations

import os
import platform
import subprocess
from collections.abc import Sequence
from pathlib import Path
from statistics import median
from typing import Annotated

import msgspec

from bench.commands import Cost
from bench.peers import UNKNOT
from bench.rating import Sample, pick, ratio
from unknot.errors import UsageError
from unknot.files import replace

__all__ = [
    "Machine", "Record", "Row", "add", "command_rows", "commit", "heap_rows", "load", "machine",
]  # fmt: skip

FORMAT = 1
LARGEST = 10_000_000
"""Maximum size of a history in bytes."""


class Row(msgspec.Struct, frozen=True, forbid_unknown_fields=True, omit_defaults=True):
    """What one command or instrument took for one task; medians."""

    task: str
    name: str
    seconds: Annotated[float, msgspec.Meta(gt=0)]
    ratio: Annotated[float, msgspec.Meta(gt=0)] | None = None
    """Seconds as a multiple of those of ``over``."""
    over: str = ""
    cpu_ratio: float | None = None
    """The same for CPU time."""
    megabytes: float | None = None
    """Peak memory above that of the heap."""


class Machine(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    cores: int
    system: str
    """Empty if it was not recorded."""
    python: str
    load: float | None
    """Processes that ran or waited in the minute before; null if it was not recorded."""


class Record(msgspec.Struct, frozen=True, forbid_unknown_fields=True, omit_defaults=True):
    """One run."""

    date: str
    """In ISO 8601; only a day if the time is not known."""
    commit: str
    """Abbreviated, with a ``+`` if the code differs from it; empty without Git."""
    machine: Machine
    rows: tuple[Row, ...]
    fast: bool = False
    source: str = ""
    """Where the figures were written down, if ``bench.instrument`` has not written the record."""


class _History(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    format: int
    records: tuple[Record, ...]


def load(path: Path) -> tuple[Record, ...]:
    """The records, oldest first; none if there is no file.

    Raises :class:`~unknot.errors.UsageError` if the file is not a history.
    """
    try:
        if not path.exists():
            return ()
        if path.stat().st_size > LARGEST:
            raise UsageError(f"{path}: more than {LARGEST:,} bytes: not a history")
        history = msgspec.json.decode(path.read_bytes(), type=_History)
    except (OSError, msgspec.MsgspecError, UnicodeDecodeError) as error:
        raise UsageError(f"{path}: not a history of bench.instrument: {error}") from error
    if history.format != FORMAT:
        raise UsageError(f"{path}: format {history.format}; this reads format {FORMAT}")
    return history.records


def add(path: Path, record: Record) -> tuple[Record, ...]:
    """All records, with ``record`` as the last; the file is replaced as a whole."""
    records = (*load(path), record)
    data = msgspec.json.encode(_History(FORMAT, records))
    replace(path, _one_row_a_line(data))
    return records


def _one_row_a_line(data: bytes) -> bytes:
    """The same JSON with one line per record and row, so that a diff shows one run."""
    return (
        data.replace(b'{"date"', b'\n{"date"').replace(b'{"task"', b'\n {"task"').rstrip() + b"\n"
    )


def machine() -> Machine:
    """This machine, with its current load."""
    return Machine(
        cores=os.cpu_count() or 1,
        system=f"{platform.system()} {platform.machine()}",
        python=platform.python_version(),
        load=round(os.getloadavg()[0], 2),
    )


def commit(folder: Path) -> str:
    """The commit checked out in ``folder``, in the form of :class:`Record`."""
    said = _git(folder, "rev-parse", "--short=10", "HEAD")
    changed = _git(folder, "status", "--porcelain", "--untracked-files=no", "--", "src", "bench")
    return f"{said}+" if said and changed else said


def _git(folder: Path, *arguments: str) -> str:
    try:
        done = subprocess.run(
            ["git", "-C", str(folder), *arguments],
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            check=True,
        )
    except (OSError, subprocess.CalledProcessError):
        return ""
    return done.stdout.strip()


def heap_rows(tasks: Sequence[tuple[str, str, int]], samples: Sequence[Sample]) -> list[Row]:
    """A row for each instrument and each task, which is a title, a work and a size."""
    rows = []
    for title, work, size in tasks:
        mine = pick(samples, work, size, UNKNOT)
        for peer in dict.fromkeys(one.peer for one in samples):
            some = pick(samples, work, size, peer)
            if not some:
                continue
            rows.append(
                Row(
                    task=title,
                    name=peer,
                    seconds=_round(median(one.median for one in some)),
                    ratio=None if peer == UNKNOT else _rounded(ratio(some, mine)),
                    over="" if peer == UNKNOT else UNKNOT,
                    megabytes=round(max(0.0, median(one.added for one in some)) / 1e6, 1),
                )
            )
    return rows


def command_rows(costs: Sequence[Cost]) -> list[Row]:
    return [
        Row(
            task=cost.task,
            name=cost.name,
            seconds=_round(cost.wall),
            ratio=_rounded(cost.ratio),
            over="" if cost.ratio is None else cost.over,
            cpu_ratio=_rounded(cost.cpu_ratio),
        )
        for cost in costs
    ]


def _round(value: float) -> float:
    """Rounded to four significant digits: a time is not known more precisely."""
    return float(f"{value:.4g}")


def _rounded(value: float | None) -> float | None:
    return None if value is None else _round(value)
