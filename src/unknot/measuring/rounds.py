"""The counts of a cell's rounds, and what one operation leaves behind, by type."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import TypeVar

from unknot.measuring.growing import suspects
from unknot.measuring.growth import (
    falls,
    is_decided,
    is_flat,
    is_suspect,
    rate,
    rate_above_noise,
    recurrence,
    spread,
    typical_rate,
    verdict,
)
from unknot.records import GrowthKind, PerOp, Verdict, Window
from unknot.records.findings import BLOCKS

__all__ = ["MeasuredRounds", "Round", "Rounds"]

Counts = Mapping[str, int]
Name = TypeVar("Name", bound=str)
UNTRACKABLE = {"builtins.dict", "builtins.tuple"}
FEW = 0.1
MOST_FALLING = 3
"""Maximum number of types with slowing growth in the notes."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Round:
    """The counts of one round: before it, after settling, and after collecting to a fixed point."""

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
    """What the process gained outside any counted object (:mod:`unknot.measuring.growing`)."""
    bytes_gained: int | None = None
    """Bytes allocated since its start and not freed, before collection; ``None`` if not known."""
    bytes_survived: int | None = None
    """The same after collection."""
    in_motion: bool = False
    """Whether objects were freed by themselves while others were collected."""

    def retained(self, name: str) -> int:
        return self.live.get(name, 0) - self.base.get(name, 0)

    def cyclic(self, name: str) -> int:
        """What the collection freed: garbage, and what was freed with it.

        A live dict that the collection emptied, for example of weak references, becomes untracked
        and appears freed; one that was empty and fills appears kept. There are only ever a few, so
        if the difference is a few objects of such a type, the garbage count is used. It is also
        used if something ended by itself meanwhile.
        """
        freed = self.live.get(name, 0) - self.survived.get(name, 0)
        garbage = self.garbage.get(name, 0)
        if self.in_motion:
            return min(freed, garbage)
        if name in UNTRACKABLE and abs(freed - garbage) <= max(FEW * self.ops, 1):
            return garbage
        return freed

    def leaked(self, name: str) -> int:
        return self.survived.get(name, 0) - self.base.get(name, 0)

    @property
    def gained(self) -> int:
        """Objects gained in the round, by types that grew."""
        return sum(max(self.retained(name), 0) for name in self.live)

    @property
    def is_plain_garbage(self) -> bool:
        """Whether all that it left was freed, the same number of each type per operation.

        That is garbage, and what only garbage holds where the collector does not look.
        """
        freed = [self.cyclic(name) for name in self.live]
        return (
            self.survived == self.base
            and self.settled
            and all(count % self.ops == 0 for count in [*freed, *self.garbage.values()])
        )

    @property
    def excess(self) -> int:
        """Objects that were freed during the collection but were not garbage."""
        names = {*self.live, *self.garbage}
        return sum(max(self.cyclic(name) - self.garbage.get(name, 0), 0) for name in names)

    def less(self, idle: Round) -> Round:
        """The round minus the gains of an idle round, which come from waiting alone."""
        kept = {name: max(idle.leaked(name), 0) for name in idle.survived}
        made = {name: max(idle.retained(name), 0) for name in idle.live}
        return replace(
            self,
            live=_subtract(self.live, made),
            garbage=_subtract(self.garbage, idle.garbage),
            survived=_subtract(self.survived, kept),
            live_blocks=self.live_blocks - max(idle.live_blocks - idle.base_blocks, 0),
            survived_blocks=self.survived_blocks - max(idle.survived_blocks - idle.base_blocks, 0),
            bytes_gained=_less(self.bytes_gained, idle.bytes_gained),
            bytes_survived=_less(self.bytes_survived, idle.bytes_survived),
        )

    def window(self) -> Window:
        return Window(
            ops=self.ops,
            base=sum(self.base.values()),
            live=sum(self.live.values()),
            garbage=sum(self.garbage.values()),
            survived=sum(self.survived.values()),
            blocks=self.live_blocks - self.base_blocks,
            blocks_survived=self.survived_blocks - self.base_blocks,
            bytes=self.bytes_gained,
            bytes_survived=self.bytes_survived,
            asyncgen_finalizers=self.asyncgen_finalizers,
        )


class Rounds:
    """All rounds of a cell, and rates by type in objects per operation."""

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
        """Whether what grew consists only of things that the collector does not track."""
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
        """Difference between the greatest and the least cyclic rate of a round."""
        return spread([round.cyclic(name) for round in self._rounds], self._ops)

    def leaked_spread(self, name: str) -> float:
        """Difference between the greatest and the least leaked rate of a round."""
        return spread([round.leaked(name) for round in self._rounds], self._ops)

    @property
    def grows(self) -> bool:
        """Whether anything that survives collection grew in every round so far."""
        return self.objects_leak or bool(self.growths)

    @property
    def all_flat(self) -> bool:
        """Whether everything that grows does so at a constant rate."""
        leaks = [growths for growths in self._leaks.values() if is_suspect(growths)]
        return all(is_flat(growths, self._ops) for growths in leaks) and self._growths_are_flat

    @property
    def falls(self) -> bool:
        """Whether some growth slows down, like that of a filling cache."""
        leaks = [growths for growths in self._leaks.values() if is_suspect(growths)]
        return any(falls(growths, self._ops) for growths in leaks)

    @property
    def _growths_are_flat(self) -> bool:
        return all(growths.is_flat for growths in self.growths.values())

    @property
    def verdict(self) -> Verdict:
        growing = bool(self.growths) if self._growths_are_flat else None
        return verdict(self.cyclic, self._leaks, growing, self._ops)

    @property
    def in_doubt(self) -> bool:
        """Whether it is not known if some growth continues."""
        leaks = [growths for growths in self._leaks.values() if is_suspect(growths)]
        decided = all(is_decided(growths, self._ops) for growths in leaks)
        return not (decided and self._growths_are_flat)

    @property
    def windows(self) -> list[Window]:
        return [round.window() for round in self._rounds]

    @property
    def per_op(self) -> PerOp:
        blocks = [round.live_blocks - round.base_blocks for round in self._rounds]
        finalizers = [round.asyncgen_finalizers for round in self._rounds]
        gained = [round.bytes_gained for round in self._rounds]
        survived = [round.bytes_survived for round in self._rounds]
        kept, leaked = rate(blocks, self._ops), rate(self._leaks[BLOCKS], self._ops)
        return PerOp(
            retained=sum(self.retained.values()),
            cyclic=sum(self.cyclic.values()),
            leaked=sum(self.leaked.values()),
            garbage=sum(self.garbage.values()),
            blocks=kept,
            blocks_leaked=leaked,
            asyncgen_finalizers=rate(finalizers, self._ops),
            # Where no block is kept, what a collection gives back are caches.
            bytes=self._bytes(gained if kept else survived, kept),
            bytes_leaked=self._bytes(survived, leaked),
        )

    @property
    def notes(self) -> list[str]:
        """Notes on contradictory counts, and on counts taken while objects were freed."""
        notes = []
        if not all(round.settled for round in self._rounds):
            notes.append("the process did not settle: it was counted while objects came and went")
        if any(round.in_motion for round in self._rounds):
            notes.append(
                "something was still running when objects were counted, and ended by itself: only "
                "what trial deletion finds counts as cyclic"
            )
        notes += [
            f"{name}: growth falls from round to round, {_listed(growths, self._ops)} per op"
            for name, growths in self._leaks.items()
            if is_suspect(growths) and falls(growths, self._ops)
        ][:MOST_FALLING]
        outlived = sum(
            max(count - round.cyclic(name), 0)
            for round in self._rounds
            for name, count in round.garbage.items()
        )
        if outlived:
            notes.append(
                f"unreachable objects survived the collection, {outlived:,} in all: a finalizer "
                "resurrected them, or an extension type hides what it refers to"
            )
        return notes

    def _bytes(self, growths: Sequence[int | None], blocks: float) -> float | None:
        """Bytes per operation; ``blocks`` is the rate of blocks."""
        known = [growth for growth in growths if growth is not None]
        if len(known) < len(growths):
            return None
        return typical_rate(known, self._ops) if blocks else rate_above_noise(known, self._ops)

    def _recurrences(self, counts: Mapping[str, list[int]]) -> dict[str, float]:
        rates = {name: recurrence(values, self._ops) for name, values in counts.items()}
        return {name: value for name, value in rates.items() if value}

    def _rates(self, growths: Mapping[str, list[int]]) -> dict[str, float]:
        rates = {name: rate(values, self._ops) for name, values in growths.items()}
        return {name: value for name, value in rates.items() if value}


def _listed(growths: Sequence[int], ops: Sequence[int]) -> str:
    return ", ".join(f"{growth / count:.3g}" for growth, count in zip(growths, ops, strict=True))


class MeasuredRounds:
    """The rounds of each process, and their sums."""

    def __init__(
        self, rounds: Sequence[Mapping[int, Round]], idle: Mapping[int, Round] | None = None
    ) -> None:
        self._rounds = [
            {n: one.less(idle[n]) if n in idle else one for n, one in each.items()}
            if idle
            else each
            for each in rounds
        ]
        self.count = len(rounds)

    @property
    def lasting(self) -> set[int]:
        """Numbers of the processes that took part in every round."""
        return set.intersection(*map(set, self._rounds)) if self._rounds else set()

    @property
    def total(self) -> Rounds:
        """The sums over the lasting processes."""
        lasting = self.lasting
        return Rounds(_sum([round[number] for number in lasting]) for round in self._rounds)

    def attendance(self) -> Mapping[int, int]:
        """Number of rounds by process."""
        return Counter(number for round in self._rounds for number in round)

    def of(self, number: int) -> Rounds:
        """The rounds of one process."""
        return Rounds(round[number] for round in self._rounds if number in round)


def _less(gained: int | None, idle: int | None) -> int | None:
    return None if gained is None or idle is None else gained - max(idle, 0)


def _total(figures: Iterable[int | None]) -> int | None:
    known = list(figures)
    return None if None in known else sum(figure or 0 for figure in known)


def _subtract(counts: Counts, less: Counts) -> Counts:
    return {name: count - min(less.get(name, 0), count) for name, count in counts.items()}


def _sum(rounds: Sequence[Round]) -> Round:
    """The sum of one round over several processes."""
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
        bytes_gained=_total(round.bytes_gained for round in rounds),
        bytes_survived=_total(round.bytes_survived for round in rounds),
        in_motion=any(round.in_motion for round in rounds),
        outside=_add(round.outside for round in rounds),
    )


def _add(counts: Iterable[Mapping[Name, int]]) -> Mapping[Name, int]:
    total: Counter[Name] = Counter()
    for each in counts:
        total.update(each)
    return total
