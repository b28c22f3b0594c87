"""Merges the measurements of several processes into the records of one cell. Pure."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Iterable, Mapping, Sequence

import msgspec

from unknot.measuring.diagnosis import Found
from unknot.measuring.family import MAIN, Member
from unknot.measuring.growth import TAIL
from unknot.measuring.octets import Octets
from unknot.measuring.rounds import MeasuredRounds, Rounds
from unknot.measuring.sustained import Extent, Sustained
from unknot.records import Cycle, Growth, Leak, Process, TypeCount, Unnamed, Verdict

__all__ = [
    "count_types",
    "describe_absence",
    "describe_curve",
    "describe_doubt",
    "describe_processes",
    "describe_stray_passes",
    "merge_cycles",
    "merge_growths",
    "merge_leaks",
    "merge_octets",
    "merge_unnamed",
    "settle_verdict",
    "weigh_absence",
    "weigh_bounds",
    "weigh_length",
]

MOST_NAMED = 3
"""Maximum number of commands in a note."""

BOUNDED = ("functools._lru_cache_wrapper", "collections.deque", "cachetools.")
"""Types of containers with a bound."""

LONGEST = 100
"""Maximum number of characters of a command in a note."""


NOTHING = Found([], [], [])

ENDINGS = {
    "exited": "came to its end",
    "killed": "was killed, or ended without reporting",
    "silent": "answered no more",
}


def count_types(
    watch: Sequence[str], extent: Extent, rounds: Rounds, octets: Mapping[str, float]
) -> dict[str, TypeCount]:
    """The types that are watched, changed in number, or are left behind by operations."""
    before, after, peak = extent.before, extent.after, extent.peak
    counts = {
        name: TypeCount(
            before=before.get(name, 0),
            after=after.get(name, 0),
            peak=peak.get(name, 0),
            retained_per_op=rounds.retained.get(name, 0.0),
            cyclic_per_op=rounds.cyclic.get(name, 0.0),
            leaked_per_op=rounds.leaked.get(name, 0.0),
            garbage_per_op=rounds.garbage.get(name, 0.0),
            cyclic_spread=rounds.cyclic_spread(name),
            leaked_spread=rounds.leaked_spread(name),
            bytes_per_op=round(octets.get(name, 0.0), 9),
        )
        for name in sorted({*peak, *after, *watch, *rounds.retained})
    }
    return {
        name: count
        for name, count in counts.items()
        if name in watch
        or not count.before == count.after == count.peak
        or count.retained_per_op
        or count.cyclic_per_op
        or count.leaked_per_op
        or count.garbage_per_op
    }


def merge_cycles(found: Iterable[Sequence[Cycle]]) -> list[Cycle]:
    """The cycles of all processes, summed by signature, in display order."""
    merged: dict[str, Cycle] = {}
    for cycle in (cycle for cycles in found for cycle in cycles):
        same = merged.get(cycle.signature)
        merged[cycle.signature] = cycle if same is None else _add_cycles(same, cycle)
    return sorted(merged.values(), key=lambda cycle: cycle.rank)


def merge_octets(found: Iterable[Found]) -> Octets:
    """Bytes per operation in all processes."""
    return sum((each.octets for each in found), Octets())


def merge_unnamed(found: Iterable[Unnamed | None]) -> Unnamed | None:
    """The further kinds of all processes; a kind in two processes counts twice."""
    some = [each for each in found if each is not None]
    if not some:
        return None
    return Unnamed(
        kinds=sum(each.kinds for each in some),
        per_op=sum(each.per_op for each in some),
        objects_per_op=sum(each.objects_per_op for each in some),
        bytes_per_op=sum(each.bytes_per_op for each in some),
    )


def merge_leaks(found: Iterable[Sequence[Leak]]) -> list[Leak]:
    """The leaks of all processes, summed by type and chain; most objects first."""
    merged: dict[tuple[str, ...], Leak] = {}
    for leak in (leak for leaks in found for leak in leaks):
        place = (leak.type, *leak.path)
        same = merged.get(place)
        merged[place] = leak if same is None else _add_leaks(same, leak)
    return sorted(merged.values(), key=lambda leak: (-leak.objects_per_op, len(leak.path)))


def settle_verdict(verdict: Verdict, found: Collection[Found]) -> Verdict:
    """The rounds' verdict, adjusted if objects that grow in place explain all that leaks."""
    leaks = [leak for each in found for leak in each.leaks]
    growths = [growth for each in found for growth in each.growths]
    if "leaking" not in verdict or leaks or not growths:
        return verdict
    return "growing" if verdict == "leaking" else "cyclic+growing"


def merge_growths(found: Iterable[Sequence[Growth]]) -> list[Growth]:
    """The growth of all processes, summed by kind and chain; memory first."""
    merged: dict[tuple[str, ...], Growth] = {}
    for growth in (growth for growths in found for growth in growths):
        place = (growth.kind, growth.type, *growth.path)
        same = merged.get(place)
        more = 0.0 if same is None else same.per_op
        merged[place] = msgspec.structs.replace(growth, per_op=round(growth.per_op + more, 9))
    return sorted(merged.values(), key=lambda growth: (not growth.is_bytes, -growth.per_op))


def describe_stray_passes(passes: int) -> list[str]:
    """A note if the workload ran the collector, which freed objects before they were counted."""
    if not passes:
        return []
    return [
        f"the collector, which was off, ran {passes:,} times within operations (the workload calls "
        "gc.enable or gc.collect): what it freed is not counted, and the figures are too low"
    ]


def describe_processes(
    members: Sequence[Member],
    sustained: Sustained,
    measured: MeasuredRounds,
    found: Mapping[int, Found],
) -> list[Process]:
    """A record for each process that existed during a round, or ended; none for a single one."""
    attendance = measured.attendance()
    present = [member for member in members if attendance.get(member.number)]
    if len(present) < 2:
        return []
    return [
        _describe(
            member,
            sustained.extent(member.number),
            attendance[member.number],
            measured.of(member.number) if member.number in measured.lasting else None,
            found.get(member.number, NOTHING),
        )
        for member in present
    ]


def describe_absence(
    members: Sequence[Member], measured: MeasuredRounds, unknown: Sequence[str]
) -> list[str]:
    """Notes on processes that are not in the totals, and why."""
    attendance = measured.attendance()
    passing = [member for member in members if not attendance.get(member.number)]
    partly = [member for member in members if 0 < attendance.get(member.number, 0) < measured.count]
    notes = [
        f"process {member.number} ({_short(member.command)}) was there for "
        f"{attendance[member.number]} of {measured.count} rounds"
        + (f" and {ENDINGS[member.ended]}" if member.ended else "")
        + ": it is not in the sums"
        for member in partly
    ]
    if passing:
        notes.append(
            "processes came and went between two counts, or came too late, and were not counted, "
            f"{len(passing):,} in all: {_most_common(member.command for member in passing)}"
        )
    if unknown:
        notes.append(
            "Python processes have no agent, because they were started without the environment "
            f"or with -I, -E or -S, {len(unknown):,} in all: {_most_common(unknown)}"
        )
    return notes


def weigh_bounds(verdict: Verdict, filling: Sequence[str], leaks: Sequence[Leak]) -> Verdict:
    """The verdict without the leak if everything leaked may be in a cache below its bound."""
    if not filling or "leaking" not in verdict:
        return verdict
    bounded = all(
        any(name.startswith(BOUNDED) for step in leak.steps for name in (step.source, step.target))
        for leak in leaks
    )
    if not bounded:
        return verdict
    return "cyclic" if "cyclic" in verdict else "undecided"


def describe_curve(extent: Extent, done: int, planned: int) -> str:
    """A summary of the sustained stage alone, after ``done`` of its operations."""
    gained = {
        name: count - extent.before.get(name, 0)
        for name, count in extent.after.items()
        if count > extent.before.get(name, 0)
    }
    after = f"after {done:,} of {planned:,} operations"
    if not gained:
        return f"{after} no more objects were alive than before"
    most = sorted(gained, key=lambda name: (-gained[name], name))[:MOST_NAMED]
    named = ", ".join(f"{gained[name]:,} {name}" for name in most)
    more = ", …" if len(gained) > len(most) else ""
    return (
        f"{after} {sum(gained.values()):,} objects more were alive than before ({named}{more}), "
        "and whether a collection frees them was not measured"
    )


def describe_doubt(verdict: Verdict, in_doubt: bool) -> str | None:
    """A note on what remains in doubt for a verdict."""
    if not in_doubt or verdict in ("clean", "undecided"):
        return None
    more = "more leaks" if "leaking" in verdict else "anything leaks"
    return f"growth neither went on flat nor stopped, so whether {more} is undecided"


def weigh_length(verdict: Verdict, rounds: int) -> Verdict:
    """``undecided`` if too few rounds found nothing."""
    return "undecided" if verdict == "clean" and rounds < TAIL else verdict


def weigh_absence(
    verdict: Verdict,
    members: Sequence[Member],
    measured: MeasuredRounds,
    unknown: Sequence[str],
) -> Verdict:
    """``verdict``, but not clean if a process that still runs, or hangs, was not counted.

    Objects of a process that has ended are gone.
    """
    uncounted = [
        member
        for member in members
        if member.ended in (None, "silent") and member.number not in measured.lasting
    ]
    return "undecided" if verdict == "clean" and (unknown or uncounted) else verdict


def _describe(
    member: Member,
    extent: Extent,
    rounds: int,
    said: Rounds | None,
    found: Found,
) -> Process:
    return Process(
        number=member.number,
        role="main" if member.number == MAIN else "child",
        command=member.command,
        python=member.python,
        started=member.started,
        rounds=rounds,
        ended=member.ended,
        verdict=said.verdict if said else None,
        per_op=said.per_op if said else None,
        types=count_types((), extent, said, found.octets.by_type) if said else {},
        cycles=found.cycles,
        unnamed=found.unnamed,
        leaks=found.leaks,
        growths=found.growths,
        notes=said.notes if said else [],
    )


def _add_leaks(one: Leak, other: Leak) -> Leak:
    return msgspec.structs.replace(
        one,
        per_op=one.per_op + other.per_op,
        objects_per_op=one.objects_per_op + other.objects_per_op,
        bytes_per_op=one.bytes_per_op + other.bytes_per_op,
    )


def _add_cycles(one: Cycle, other: Cycle) -> Cycle:
    return msgspec.structs.replace(
        one,
        per_op=one.per_op + other.per_op,
        objects_per_op=one.objects_per_op + other.objects_per_op,
        bytes_per_op=one.bytes_per_op + other.bytes_per_op,
        cut=msgspec.structs.replace(
            one.cut,
            frees_per_op=one.cut.frees_per_op + other.cut.frees_per_op,
            of_per_op=one.cut.of_per_op + other.cut.of_per_op,
            sufficient=one.cut.sufficient and other.cut.sufficient,
            bytes_per_op=one.cut.bytes_per_op + other.cut.bytes_per_op,
            proven=one.cut.proven + other.cut.proven,
        ),
    )


def _most_common(commands: Iterable[str]) -> str:
    named = Counter(map(_short, commands)).most_common(MOST_NAMED)
    return "; ".join(
        f"{count} times {command}" if count > 1 else command for command, count in named
    )


def _short(command: str) -> str:
    return command if len(command) <= LONGEST else command[: LONGEST - 1] + "…"
