"""The processes of a cell: the main one, and those that it starts, examined at the same points."""

from __future__ import annotations

import contextlib
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Literal, TypeVar

import psutil

from unknot.errors import CellFailed
from unknot.measuring.children import Child, Children
from unknot.measuring.duties import (
    Answer,
    BeginOperations,
    Collect,
    Collected,
    Duty,
    EndOperations,
    RunOperations,
    Settle,
)
from unknot.measuring.footprint import read_footprint, resident_sizes
from unknot.measuring.memory_room import room_for
from unknot.measuring.process import AgentProcess
from unknot.records import Ended, GcMode, GrowthKind

__all__ = ["MAIN", "Family", "Member"]

MAIN = 0
"""Number of the main process, which runs the operations."""

Reply = TypeVar("Reply")
T = TypeVar("T")


@dataclass(frozen=True, slots=True, kw_only=True)
class Member:
    """One process, as the result names it."""

    number: int
    role: Literal["main", "child"]
    command: str
    python: str
    started: Literal["agent", "spawn", "fork"]
    ended: Ended | None = None


class Family:
    """A main process and its children, which come and go."""

    def __init__(self, main: AgentProcess, children: Children) -> None:
        self._main = main
        self._children = children
        self.stray_passes = 0
        """How often the collector ran in the main process while it should have been off."""
        self.ran = 0
        """Completed operations."""
        self.alone = False
        """Whether nothing but operations could change the counts when it last settled."""

    def ask_all(self, duty: Duty[Reply]) -> dict[int, Answer[Reply]]:
        """Ask every process at once. Returns replies by number, without ended processes."""
        children = self._send(duty)
        answers = {MAIN: self._main.ask_for_arrays(duty)}
        for child in children:
            if (answer := child.receive(duty)) is not None:
                answers[child.number] = answer
        return answers

    def ask_one(self, number: int, duty: Duty[Reply]) -> Answer[Reply] | None:
        """Ask one process. Returns ``None`` if it has ended."""
        if number == MAIN:
            return self._main.ask_for_arrays(duty)
        child = self._children.all[number - 1]
        if child.ended is None:
            child.send(duty)
        return None if child.ended is not None else child.receive(duty)

    def run(self, ops: int, gc_mode: GcMode = "off", position: int = 0) -> float:
        """Run operations after ``position`` earlier ones; returns the seconds they took.

        The collector of every process is in ``gc_mode`` meanwhile, and off when this returns.
        """
        self._children.gc_mode = gc_mode
        self._ask_children(BeginOperations(gc_mode=gc_mode, position=position))
        told = self._main.ask(RunOperations(ops=ops, gc_mode=gc_mode))
        self.ran += ops
        if gc_mode == "off":
            self.stray_passes += told.get("passes", 0)
        self._children.gc_mode = "off"
        self._ask_children(EndOperations())
        return told["seconds"]

    def settle(self, quiet: float = 0.0, *, patient: bool = True) -> dict[int, bool]:
        """Wait until every process is at rest. Returns by number whether that was reached.

        A process is at rest when its number of objects does not change for ``quiet`` seconds; if
        ``patient``, this also waits for tasks and timers that end soon. The last message of one
        process may wake another, so several processes are asked twice.
        """
        answers = self._ask_twice(Settle(quiet=quiet, patient=patient))
        self.alone = len(answers) == 1 and answers[MAIN][-1]["alone"]
        return _all_settled(answers)

    def collect(self) -> dict[int, bool]:
        """Collect to a fixed point in every process. Returns by number whether it was reached."""
        return _all_settled(self._ask_twice(Collect()))

    def members(self) -> list[Member]:
        """All processes so far, the main one first."""
        main = Member(
            number=MAIN,
            role="main",
            command="the workload",
            python=self._main.python,
            started="agent",
        )
        return [main, *map(_describe, self._children.all)]

    def memory(self) -> tuple[int, int | None]:
        """Resident and unique set size in bytes, summed over the processes."""
        sizes = list(self._of_each(resident_sizes).values())
        unique = [size for _, size in sizes]
        return sum(size for size, _ in sizes), None if None in unique else sum(filter(None, unique))

    def resident(self) -> int:
        """Bytes of memory of all processes together."""
        return sum(rss for rss, _ in self._of_each(resident_sizes).values())

    def room(self) -> int:
        """Bytes that the main process can still allocate."""
        return room_for(self._main.pid)

    def footprints(self) -> dict[int, dict[GrowthKind, int]]:
        """Each process's footprint, by number; see :mod:`.footprint`."""
        return self._of_each(read_footprint)

    def _of_each(self, read: Callable[[int], T]) -> dict[int, T]:
        """``read(pid)`` of each process, by number, without children that have just ended."""
        found = {MAIN: read(self._main.pid)}
        for child in self._children.living:
            with contextlib.suppress(CellFailed):
                found[child.number] = read(child.pid)
        return found

    def unknown_processes(self) -> list[str]:
        """Command lines of Python processes among the descendants that have no agent."""
        known = {child.pid for child in self._children.all}
        return sorted(
            command
            for process in self._main.descendants()
            if process.pid not in known and (command := _python_command(process)) is not None
        )

    def _ask_twice(self, duty: Duty[Reply]) -> dict[int, list[Reply]]:
        """Each process's reply; several processes are asked twice."""
        answers = {number: [answer] for number, (answer, _) in self.ask_all(duty).items()}
        if len(answers) > 1:
            for number, (answer, _) in self.ask_all(duty).items():
                answers.setdefault(number, []).append(answer)
        return answers

    def _send(self, duty: Duty[object]) -> list[Child]:
        children = self._children.living
        for child in children:
            child.send(duty)
        return children

    def _ask_children(self, duty: Duty[object]) -> None:
        for child in self._send(duty):
            child.receive(duty)


def _all_settled(answers: Mapping[int, Sequence[Collected]]) -> dict[int, bool]:
    return {number: all(one["settled"] for one in each) for number, each in answers.items()}


def _describe(child: Child) -> Member:
    return Member(
        number=child.number,
        role="child",
        command=child.command,
        python=child.python,
        started=child.started,
        ended=child.ended,
    )


def _python_command(process: psutil.Process) -> str | None:
    """Its command line on one line; ``None`` if it does not run Python or has ended."""
    with contextlib.suppress(psutil.Error, OSError):
        words = process.cmdline()
        if words and "python" in words[0].rpartition("/")[2]:
            return " ".join(" ".join(words).split())
    return None
