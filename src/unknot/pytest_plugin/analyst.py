"""The process that analyses a test run: ``python -m unknot.pytest_plugin.analyst FD``.

It measures tests one by one over the inherited socket ``FD`` until that is closed, with the same
rounds, rules and diagnosis as ``unknot run``.
"""

from __future__ import annotations

import contextlib
import re
import socket
import sys
import traceback
from collections.abc import Iterable, Mapping
from dataclasses import replace
from typing import Any, NamedTuple, TypeVar

from unknot.agent.channel import Channel, ChannelClosed
from unknot.block import is_ignored
from unknot.measuring.diagnosis import find_cycles
from unknot.measuring.duties import (
    Answer,
    Collect,
    Count,
    Duty,
    Freeze,
    RunOperations,
    Settle,
    Thaw,
)
from unknot.measuring.heap_duties import TakeSnapshot
from unknot.measuring.leaks import find_leaks, look
from unknot.measuring.probe import Probe
from unknot.measuring.roads import RUNNING
from unknot.measuring.rounds import MeasuredRounds, Rounds
from unknot.measuring.series import measure_briefly, measure_rounds
from unknot.measuring.spec import Effort
from unknot.pytest_plugin.known_leaks import KnownLeaks
from unknot.records import Cycle, GrowthKind, Leak
from unknot.report.wording import cycle_trace, leak_trace, type_label
from unknot.text import visible

__all__ = ["main"]

MAIN = 0
BRIEF_ROUNDS = 2
"""Short rounds that may decide. The first does not where a test replaces or imports something."""
FIXTURES = ("_pytest.", "pluggy.", "unknot.pytest_plugin", "module unknot.")
"""Prefixes of names on chains through fixtures, or through what pytest or unknot keep."""
RUNS_AGAIN = (".instead", ".instead_async")
"""Suffixes of the functions that run a body again (:mod:`.repetition`) and hold its fixtures."""

Message = dict[str, Any]
Reply = TypeVar("Reply")


class CannotRepeat(Exception):
    """The test's body raised when it ran again; the message says what."""


class Subject:
    """The test process as :class:`~unknot.measuring.processes.Processes`."""

    alone = True

    def __init__(self, channel: Channel) -> None:
        self._channel = channel

    def ask(self, duty: Duty[Reply]) -> Answer[Reply]:
        self._channel.send(duty.message())
        answer, arrays = self._channel.receive()
        if "raised" in answer:
            raise CannotRepeat(answer["raised"])
        return duty.read(answer), arrays

    def ask_one(self, number: int, duty: Duty[Reply]) -> Answer[Reply]:
        return self.ask(duty)

    def ask_all(self, duty: Duty[Reply]) -> Mapping[int, Answer[Reply]]:
        return {MAIN: self.ask(duty)}

    def run(self, ops: int) -> None:
        self.ask(RunOperations(ops=ops))

    def settle(self, quiet: float = 0.0) -> Mapping[int, bool]:
        return {MAIN: self.ask(Settle(quiet=quiet))[0]["settled"]}

    def footprints(self) -> Mapping[int, Mapping[GrowthKind, int]]:
        """Empty: the process is pytest's, so its growth is not the test's."""
        return {}

    def collect(self) -> Mapping[int, bool]:
        return {MAIN: self.ask(Collect())[0]["settled"]}


def main(descriptor: int) -> None:
    """Serve until the test process closes the connection."""
    channel = Channel(socket.socket(fileno=descriptor))
    channel.send({"ready": True})
    known = KnownLeaks()
    while True:
        try:
            order, _ = channel.receive()
            channel.send({"outcome": _answer(Subject(channel), order, known)})
        except ChannelClosed:
            return


def _answer(subject: Subject, order: Message, known: KnownLeaks) -> Message:
    try:
        return _measure(subject, order, known)
    except CannotRepeat as error:
        return {"unrepeatable": str(error)}
    except ChannelClosed:
        raise
    except Exception as error:
        return {"failed": "".join(traceback.format_exception(error))}


def _measure(subject: Subject, order: Message, known: KnownLeaks) -> Message:
    ignore, test, named = order.pop("ignore"), order.pop("test"), order.pop("named", False)
    brief_ops, leaks = order.pop("look"), order.pop("leaks", True)
    effort = Effort(**order, time_limit=1.0)
    if not leaks:
        effort = replace(effort, extra_rounds=0)
    subject.ask(Freeze())  # so that warming up costs no count of all there is
    subject.run(max(effort.warmup - brief_ops, 0))
    subject.collect()  # frozen, garbage would never go, nor what a weak reference finds through it
    for duty in (Count(), TakeSnapshot()):  # what they fill for the first time is filled
        subject.ask(duty)
    subject.ask(Freeze(replaced=True))
    found = None
    if brief_ops:
        found = _decide_briefly(
            subject, brief_ops, effort.round_ops, known if leaks else KnownLeaks()
        )
    if found is None:
        found = _measure_rounds(subject, effort, known if leaks else None)
    return _outcome(*found, ignore, test, named)


class _Found(NamedTuple):
    rounds: Rounds
    cycles: list[Cycle]
    leaks: list[Leak]


def _decide_briefly(subject: Subject, brief_ops: int, ops: int, known: KnownLeaks) -> _Found | None:
    """The findings of a test that a few runs decide; ``None`` if it takes more."""
    probe = Probe(subject, MAIN)
    for _ in range(BRIEF_ROUNDS):
        brief = measure_briefly(subject, brief_ops)
        rounds = MeasuredRounds(brief.rounds).total
        if brief.decides:
            # One copy of each kind is labelled: there are many tests, and a second adds little.
            cycles = find_cycles(probe, brief_ops, samples=1).named if rounds.cyclic else []
            if any(cycle.per_op < 1 for cycle in cycles):
                # Each run left as much: copies have different names. Two are too few to tell.
                subject.collect()
                cycles = _find_cycles(subject, probe, ops)
            return _Found(rounds, cycles, [])
        if known.may_be(rounds):
            again = measure_briefly(subject, ops)
            rounds = MeasuredRounds([*brief.rounds, *again.rounds]).total
            same = known.recognise(subject, probe, rounds, ops)
            if same is not None:
                return _Found(rounds, *same)
            subject.ask(Freeze(replaced=True))
            return None
    return None


def _measure_rounds(subject: Subject, effort: Effort, known: KnownLeaks | None) -> _Found:
    """The findings of a test. Its leaks become ``known``; without that, none is looked for."""
    probe, ops = Probe(subject, MAIN), effort.round_ops
    rounds = measure_rounds(subject, effort).total
    cycles = _find_cycles(subject, probe, ops) if rounds.cyclic else []
    if known is None or not _grows(rounds):
        return _Found(rounds, cycles, [])
    # Holders are among what is frozen. Passes over all there is take long; there is none between
    # the two looks that could untrack an object of the one and not of the other.
    whole = Probe(subject, MAIN, normal=False)
    subject.ask(Thaw())
    before = look(whole, dicts=False)
    subject.ask(Freeze())
    subject.run(ops)
    subject.settle()
    subject.collect()
    subject.ask(Thaw())
    found = find_leaks(whole, rounds, before, ops)
    if not any(map(_is_of_pytest, found.leaks)):
        with contextlib.suppress(CannotRepeat):  # what is found stays
            known.remember(subject, probe, rounds, found, ops)
    return _Found(rounds, cycles, found.leaks)


def _find_cycles(subject: Subject, probe: Probe, ops: int) -> list[Cycle]:
    """The cycles of ``ops`` more runs."""
    subject.run(ops)
    subject.settle()
    return find_cycles(probe, ops).named


def _grows(rounds: Rounds) -> bool:
    """Whether the total grew in every round: one type may grow at the expense of another."""
    return rounds.objects_leak and all(window.survived > window.base for window in rounds.windows)


def _outcome(
    rounds: Rounds,
    cycles: list[Cycle],
    leaks: list[Leak],
    ignore: list[str],
    test: str,
    named: bool,
) -> Message:
    """What one run of the body leaves, without ignored findings and pytest's own.

    With ``named``, the counts include more than the body, so only named findings count.
    """
    mine = [cycle for cycle in cycles if not is_ignored(cycle, ignore)]
    # Of what grew in the rounds, and not when it was looked for, there is an empty record.
    held = [
        leak for leak in leaks if (leak.path or leak.objects_per_op) and not _is_of_pytest(leak)
    ]
    cyclic = sum(cycle.objects_per_op for cycle in mine)
    leaked = sum(leak.objects_per_op for leak in held)
    is_part = named or len(mine) < len(cycles)
    return {
        "cyclic": cyclic if is_part else max(cyclic, rounds.per_op.cyclic),
        "leaked": leaked,
        "cycles": [_tell_cycle(cycle, test) for cycle in mine],
        "leaks": [_tell_leak(leak) for leak in held],
    }


def _is_of_pytest(leak: Leak) -> bool:
    """Whether it grows in a fixture, which all runs of the body share, unlike real tests.

    Running functions hold the test runner and its event loop. Objects reachable from a module or
    held from C belong to the program.
    """
    names = [leak.type, *(name for step in leak.steps for name in (step.source, step.target))]
    first = leak.steps[0] if leak.steps else None
    runs = RUNNING in (leak.note or "") or (
        # CPython 3.12 keeps the task that runs in a dict of asyncio's, where others have C code.
        first is not None and first.label == "._current_tasks"
    )
    return runs or any(name.startswith(FIXTURES) or name.endswith(RUNS_AGAIN) for name in names)


def _tell_cycle(cycle: Cycle, test: str) -> Message:
    """The cycle as plain data. The test's own name is replaced, so that the same cycle through
    another test's frame is the same finding."""
    name = re.compile(rf"\b{re.escape(test)}\b")
    path = [name.sub("test", text) for text in cycle.path]
    return {
        "key": cycle.signature if path == cycle.path else " ".join(path),
        "cause": name.sub("test", visible(cycle.cut.edge or cycle.path[0])),
        "library": cycle.origin == "library",
        "package": cycle.package,
        "objects": cycle.objects_per_op,
        "bytes": cycle.bytes_per_op,
        "is_whole": cycle.per_op.is_integer() and cycle.objects_per_op.is_integer(),
        "trace": cycle_trace(cycle),
    }


def _tell_leak(leak: Leak) -> Message:
    return {
        "key": " ".join((leak.type, *leak.path)),
        "cause": f"leak: {_holder(leak)}",
        "library": False,
        "package": leak.package,
        "objects": leak.objects_per_op or leak.per_op,
        "bytes": leak.bytes_per_op,
        "is_whole": True,  # such rates are means: a table that grows does so now and then
        "trace": leak_trace(leak),
    }


def _holder(leak: Leak) -> str:
    """The first steps of the chain; further down, names differ for the same holder."""
    if not leak.steps:
        return type_label(leak.type)
    labels = [step.label for step in leak.steps[:2]]
    return visible(leak.steps[0].source + _joined(labels))


def _joined(labels: Iterable[str]) -> str:
    return "".join(label if label.startswith((".", "[")) else f" {label}" for label in labels)


if __name__ == "__main__":
    main(int(sys.argv[1]))
