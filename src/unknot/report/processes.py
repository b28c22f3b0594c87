"""What operations leave behind in each process of a cell, as lines of text."""

from __future__ import annotations

from collections.abc import Sequence

from unknot.records import Process
from unknot.report.number import rate
from unknot.text import visible

__all__ = ["process_lines"]

COMMAND = 40
"""Characters of a command that are shown."""

MOST_CLEAN = 4
"""Clean processes that are named; where there are more they are only counted."""


def process_lines(processes: Sequence[Process]) -> list[str]:
    """A table with a line for each process; nothing for a lone one."""
    if not processes:
        return []
    clean = [process for process in processes if process.verdict == "clean"]
    shown = [process for process in processes if process not in clean or len(clean) <= MOST_CLEAN]
    rows = [
        (
            f"{process.number}",
            _command(process),
            process.verdict or _fate(process),
            *_rates(process),
        )
        for process in shown
    ]
    width = max([len("process"), *(len(command) for _, command, *_ in rows)])
    said = max([len("verdict"), *(len(verdict) for _, _, verdict, *_ in rows)])
    lines = ["", f"  {'process':<{width + 3}}  {'verdict':<{said}}  {'cyclic':>7}  {'leaked':>7}"]
    lines += [
        f"  {number:>2} {command:<{width}}  {verdict:<{said}}  {cyclic:>7}  {leaked:>7}"
        for number, command, verdict, cyclic, leaked in rows
    ]
    if len(shown) < len(processes):
        lines.append(f"  and {len(processes) - len(shown)} clean ones")
    return lines


def _command(process: Process) -> str:
    command = visible(process.command)
    if len(command) <= COMMAND:
        return command
    half = COMMAND // 2  # the program is at the begin, what tells two apart often at the end
    return f"{command[:half]}…{command[1 - half :]}"


def _fate(process: Process) -> str:
    return process.ended or "came late"


def _rates(process: Process) -> tuple[str, str]:
    if process.per_op is None:
        return "–", "–"
    return rate(process.per_op.cyclic), rate(process.per_op.leaked)
