"""The rounds of a cell: what one operation leaves behind, by type, and what frees it."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, TypeVar

from unknot.heap import Snapshot, garbage_by_type
from unknot.measure.growing import gained, suspects
from unknot.measure.growth import is_flat, is_suspect, rate, recurrence, spread, verdict
from unknot.measure.processes import Processes
from unknot.measure.spec import Effort
from unknot.records import GrowthKind, PerOp, Verdict, Window

__all__ = ["BLOCKS", "MeasuredRounds", "Rounds", "measure_rounds"]

Counts = Mapping[str, int]
Name = TypeVar("Name", bound=str)
BLOCKS = "allocated blocks"
UNTRACKABLE = {"builtins.dict", "builtins.tuple"}
FEW = 0.1


@dataclass(frozen=True, slots=True, kw_only=True)
class Round:
    """The counts of one round: at its begin, settled, and after collection to a fixed point."""

    ops: int
    base: Counts
    live: Counts
    garbage: Counts
    survived: Counts
    base_blocks: int
    live_blocks: int
    survived_blocks: int
    asyncgen_finalizers: int
    settled: bool
    outside: Mapping[GrowthKind, int]
    """What the process gained outside any counted object (:mod:`unknot.measure.growing`)."""

    def retained(self, name: str) -> int:
        return self.live.get(name, 0) - self.base.get(name, 0)

    def cyclic(self, name: str) -> int:
        """What the collection freed: garbage, and what followed it.

        A living dict that the collection emptied, say of weak references, is untracked and reads as
        freed; one that was empty and fills reads as kept. There are only ever a few, so where few
        objects of such a type make the difference, it is the garbage that counts.
        """
        freed = self.live.get(name, 0) - self.survived.get(name, 0)
        garbage = self.garbage.get(name, 0)
        if name in UNTRACKABLE and abs(freed - garbage) <= max(FEW * self.ops, 1):
            return garbage
        return freed

    def leaked(self, name: str) -> int:
        return self.survived.get(name, 0) - self.base.get(name, 0)

    def window(self) -> Window:
        return Window(
            ops=self.ops,
            base=sum(self.base.values()),
            live=sum(self.live.values()),
            garbage=sum(self.garbage.values()),
            survived=sum(self.survived.values()),
            blocks=self.live_blocks - self.base_blocks,
            blocks_survived=self.survived_blocks - self.base_blocks,
            asyncgen_finalizers=self.asyncgen_finalizers,
        )


class Rounds:
    """All rounds of a cell, and what they say. Rates are objects per operation, by type."""

    def __init__(self, rounds: Iterable[Round]) -> None:
        self._rounds = list(rounds)
        names = {name for round in self._rounds for name in (*round.live, *round.survived)}
        self._ops = [round.ops for round in self._rounds]
        self._leaks = {name: [r.leaked(name) for r in self._rounds] for name in names}
        self._leaks[BLOCKS] = [r.survived_blocks - r.base_blocks for r in self._rounds]
        self.objects_leak = any(map(is_suspect, self._leaks.values()))
        """Whether objects or blocks grew in every round and outlived collection."""
        tracked = [growths for name, growths in self._leaks.items() if name != BLOCKS]
        self.only_blocks_leak = self.objects_leak and not any(map(is_suspect, tracked))
        """Whether what grew is nothing that the collector tracks."""
        outside = [round.outside for round in self._rounds]
        self.growths = suspects(outside, self._ops, self.objects_leak) if self._rounds else {}
        """By kind, what the process gained in each round outside any counted object."""
        self.retained = self._rates({n: [r.retained(n) for r in self._rounds] for n in names})
        self.cyclic = self._recurrences({n: [r.cyclic(n) for r in self._rounds] for n in names})
        self.leaked = self._rates({n: self._leaks[n] for n in names})
        self.garbage = self._recurrences(
            {n: [r.garbage.get(n, 0) for r in self._rounds] for n in names}
        )

    def cyclic_spread(self, name: str) -> float:
        """Between the least and the greatest cyclic rate of a round."""
        return spread([round.cyclic(name) for round in self._rounds], self._ops)

    def leaked_spread(self, name: str) -> float:
        """Between the least and the greatest leaked rate of a round."""
        return spread([round.leaked(name) for round in self._rounds], self._ops)

    @property
    def grows(self) -> bool:
        """Whether anything grew in every round so far and outlived collection."""
        return self.objects_leak or bool(self.growths)

    @property
    def all_flat(self) -> bool:
        """Whether all that grows goes on at one rate."""
        leaks = [growths for growths in self._leaks.values() if is_suspect(growths)]
        return all(is_flat(growths, self._ops) for growths in leaks) and self._growths_are_flat

    @property
    def _growths_are_flat(self) -> bool:
        return all(growths.is_flat for growths in self.growths.values())

    @property
    def verdict(self) -> Verdict:
        if not self._growths_are_flat:
            return "undecided"
        return verdict(self.cyclic, self._leaks, bool(self.growths), self._ops)

    @property
    def windows(self) -> list[Window]:
        return [round.window() for round in self._rounds]

    @property
    def per_op(self) -> PerOp:
        blocks = [round.live_blocks - round.base_blocks for round in self._rounds]
        finalizers = [round.asyncgen_finalizers for round in self._rounds]
        return PerOp(
            retained=sum(self.retained.values()),
            cyclic=sum(self.cyclic.values()),
            leaked=sum(self.leaked.values()),
            garbage=sum(self.garbage.values()),
            blocks=rate(blocks, self._ops),
            blocks_leaked=rate(self._leaks[BLOCKS], self._ops),
            asyncgen_finalizers=rate(finalizers, self._ops),
        )

    @property
    def notes(self) -> list[str]:
        """Where the views contradict each other, or a count was taken in motion."""
        notes = []
        if not all(round.settled for round in self._rounds):
            notes.append("the process did not settle: it was counted while objects came and went")
        outlived = sum(
            max(count - round.cyclic(name), 0)
            for round in self._rounds
            for name, count in round.garbage.items()
        )
        if outlived:
            notes.append(
                f"objects that nothing held outlived the collection, {outlived:,} in all: "
                "a finalizer brought them back, or an extension type hides what it refers to"
            )
        return notes

    def _recurrences(self, counts: Mapping[str, list[int]]) -> dict[str, float]:
        rates = {name: recurrence(values, self._ops) for name, values in counts.items()}
        return {name: value for name, value in rates.items() if value}

    def _rates(self, growths: Mapping[str, list[int]]) -> dict[str, float]:
        rates = {name: rate(values, self._ops) for name, values in growths.items()}
        return {name: value for name, value in rates.items() if value}


class MeasuredRounds:
    """The rounds of each process that was there for some, and of all of them together."""

    def __init__(self, rounds: Sequence[Mapping[int, Round]]) -> None:
        self._rounds = rounds
        self.count = len(rounds)

    @property
    def lasting(self) -> set[int]:
        """Numbers of the processes that were there for every round."""
        return set.intersection(*map(set, self._rounds)) if self._rounds else set()

    @property
    def total(self) -> Rounds:
        """The sums over the lasting processes."""
        lasting = self.lasting
        return Rounds(_sum([round[number] for number in lasting]) for round in self._rounds)

    def attendance(self) -> Mapping[int, int]:
        """How many rounds each process was there for."""
        return Counter(number for round in self._rounds for number in round)

    def of(self, number: int) -> Rounds:
        """The rounds that one process was there for."""
        return Rounds(round[number] for round in self._rounds if number in round)


def _sum(rounds: Sequence[Round]) -> Round:
    """One round in several processes, as one."""
    if len(rounds) == 1:
        return rounds[0]
    return Round(
        ops=rounds[0].ops,
        base=_add(round.base for round in rounds),
        live=_add(round.live for round in rounds),
        garbage=_add(round.garbage for round in rounds),
        survived=_add(round.survived for round in rounds),
        base_blocks=sum(round.base_blocks for round in rounds),
        live_blocks=sum(round.live_blocks for round in rounds),
        survived_blocks=sum(round.survived_blocks for round in rounds),
        asyncgen_finalizers=sum(round.asyncgen_finalizers for round in rounds),
        settled=all(round.settled for round in rounds),
        outside=_add(round.outside for round in rounds),
    )


def _add(counts: Iterable[Mapping[Name, int]]) -> Mapping[Name, int]:
    total: Counter[Name] = Counter()
    for each in counts:
        total.update(each)
    return total


def measure_rounds(family: Processes, effort: Effort) -> MeasuredRounds:
    """Measure rounds until growth is told from a cache, or the effort's bound is reached.

    What grew in every round is suspected to leak, and has to go on at the same rate through a
    round of ``confirm_ops`` operations: four rounds alone cannot tell it from a large cache.
    """
    family.collect()
    counted = _count(family, collected=True, growable=True)
    rounds: list[Mapping[int, Round]] = []
    confirmed = False
    while True:
        measured = MeasuredRounds(rounds)
        said = measured.total
        if len(rounds) >= effort.rounds:
            in_doubt = said.grows and not (confirmed and said.all_flat)
            if not in_doubt or len(rounds) >= effort.rounds + effort.extra_rounds:
                return measured
        confirming = len(rounds) >= effort.rounds and said.all_flat and not confirmed
        ops = max(effort.confirm_ops, effort.round_ops) if confirming else effort.round_ops
        confirmed = confirmed or confirming
        growable = len(rounds) + 1 >= effort.rounds  # it takes a while: once, and while in doubt
        measured_round, counted = _measure_round(family, ops, counted, growable)
        rounds.append(measured_round)


def _count(
    family: Processes, collected: bool = False, growable: bool = False
) -> dict[int, dict[str, Any]]:
    """What each process counts; where it has collected, what it holds beside its objects too."""
    answers = family.ask_all(do="count", collected=collected, growable=growable)
    counted = {number: answer for number, (answer, _) in answers.items()}
    footprints = family.footprints() if collected else {}
    for number, answer in counted.items():
        figures = {"object": answer.get("growable"), "c heap": answer.get("c_heap")}
        answer["outside"] = {
            **footprints.get(number, {}),
            **{kind: figure for kind, figure in figures.items() if figure is not None},
        }
    return counted


def _measure_round(
    family: Processes, ops: int, base: Mapping[int, Mapping[str, Any]], growable: bool
) -> tuple[Mapping[int, Round], dict[int, dict[str, Any]]]:
    """A round of every process that is there from begin to end; the counts when it is over."""
    family.run(ops)
    settled = family.settle()
    live = _count(family)
    garbage = {
        number: garbage_by_type(Snapshot.from_raw(*heap))
        for number, heap in family.ask_all(do="snapshot").items()
    }
    reached = family.collect()
    survived = _count(family, collected=True, growable=growable)
    present = [
        number
        for number in base
        if all(number in each for each in (settled, live, garbage, reached, survived))
    ]
    rounds = {
        number: Round(
            ops=ops,
            base=base[number]["types"],
            live=live[number]["types"],
            garbage=garbage[number],
            survived=survived[number]["types"],
            base_blocks=base[number]["blocks"],
            live_blocks=live[number]["blocks"],
            survived_blocks=survived[number]["blocks"],
            asyncgen_finalizers=live[number]["asyncgen_finalizers"]
            - base[number]["asyncgen_finalizers"],
            settled=settled[number] and reached[number],
            outside=gained(base[number]["outside"], survived[number]["outside"]),
        )
        for number in present
    }
    for number in present:  # what was not read again is compared with the next reading
        survived[number]["outside"] = {**base[number]["outside"], **survived[number]["outside"]}
    return rounds, survived
