"""What all processes of a cell count before a round and after it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from unknot.heap import Snapshot, garbage_by_type
from unknot.measuring.growing import gained
from unknot.measuring.processes import Processes
from unknot.measuring.rounds import Round

__all__ = ["Counted", "count", "count_round"]

Counted = Mapping[int, Mapping[str, Any]]
"""By process, what it counted."""


def count(
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


def count_round(
    family: Processes,
    ops: int,
    base: Counted,
    growable: bool,
    quiet: float,
    objects_alone: bool = False,
) -> tuple[Mapping[int, Round], Counted, object]:
    """A round of every process that is there from begin to end.

    With it come the counts when it is over, and the seconds that its operations took. Where
    ``objects_alone`` matter, and there are as many of each type as before, none of them is garbage
    and nothing is collected.
    """
    seconds = family.run(ops)
    settled = family.settle(quiet)
    live = count(family)
    if objects_alone and _is_unchanged(base, live):
        return {number: _unchanged_round(ops, one) for number, one in live.items()}, live, seconds
    garbage = {
        number: garbage_by_type(Snapshot.from_raw(*heap))
        for number, heap in family.ask_all(do="snapshot").items()
    }
    reached = family.collect()
    survived = count(family, collected=True, growable=growable)
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
            bytes_gained=_gained(base[number], live[number]),
            bytes_survived=_gained(base[number], survived[number]),
            asyncgen_finalizers=live[number]["asyncgen_finalizers"]
            - base[number]["asyncgen_finalizers"],
            settled=settled[number] and reached[number],
            outside=gained(base[number]["outside"], survived[number]["outside"]),
        )
        for number in present
    }
    for number in present:  # what was not read again is compared with the next reading
        survived[number]["outside"] = {**base[number]["outside"], **survived[number]["outside"]}
    return rounds, survived, seconds


def _gained(before: Mapping[str, Any], after: Mapping[str, Any]) -> int | None:
    """Bytes that were allocated in between and not given back, where both counts tell."""
    was, is_now = before.get("bytes"), after.get("bytes")
    return None if was is None or is_now is None else int(is_now) - int(was)


def _is_unchanged(base: Counted, live: Counted) -> bool:
    """Whether the same processes have as many objects of each type."""
    return base.keys() == live.keys() and all(
        base[number]["types"] == live[number]["types"] for number in live
    )


def _unchanged_round(ops: int, counted: Mapping[str, Any]) -> Round:
    types, blocks = counted["types"], counted["blocks"]
    return Round(
        ops=ops,
        base=types,
        live=types,
        garbage={},
        survived=types,
        base_blocks=blocks,
        live_blocks=blocks,
        survived_blocks=blocks,
        asyncgen_finalizers=0,
        settled=True,
        outside={},
    )
