"""Which cells of a plan to measure here: a share, without cells already measured. Pure.

Every machine computes the same shares, and need not know of the others.
"""

from __future__ import annotations

import hashlib
import json
import statistics
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import NamedTuple, Self

from msgspec import structs

from unknot.errors import UsageError
from unknot.measuring.spec import CellSpec
from unknot.records import Case, Cell, Plan, Result

__all__ = ["Portion", "Share", "choose_portion"]


MOST_SHARES = 10_000
"""Maximum number of shares: each machine computes all of them."""


class Share(NamedTuple):
    """The ``number``-th of ``of`` shares of a plan, from 1."""

    number: int
    of: int

    @classmethod
    def parse(cls, text: str) -> Self:
        """``2/8``. Raises :class:`~unknot.errors.UsageError`."""
        number, slash, of = text.partition("/")
        if slash and number.isdecimal() and of.isdecimal() and len(text) < 16:
            share = cls(int(number), int(of))
            if 1 <= share.number <= share.of <= MOST_SHARES:
                return share
        raise UsageError(
            f"--shard {text}: give a number and how many there are, as 2/8; at most "
            f"{MOST_SHARES:,} shares"
        )

    def __str__(self) -> str:
        return f"{self.number}/{self.of}"


@dataclass(frozen=True, kw_only=True)
class Portion:
    """The places of a plan to measure, and the cells kept from an earlier result."""

    plan: Plan
    places: tuple[int, ...]
    kept: Mapping[int, Cell]

    def plan_with(self, measured: Iterable[int]) -> Plan:
        """The plan for a result with the cells at those places."""
        return structs.replace(self.plan, places=sorted(measured))


def choose_portion(
    specs: Sequence[CellSpec],
    versions: Sequence[str],
    share: Share | None = None,
    before: Result | None = None,
    resumed: Result | None = None,
) -> Portion:
    """The cells to measure of ``specs``, whose interpreters have ``versions``.

    ``before`` is an earlier result with the durations of cells; ``resumed`` is one of this
    plan, whose cells are kept unless they failed. Raises :class:`~unknot.errors.UsageError` if
    ``resumed`` is of another plan.
    """
    digest = digest_of_plan(specs, versions)
    chosen = tuple(range(len(specs)))
    if share is not None:
        chosen = divide(_weights(specs, versions, before), share.of)[share.number - 1]
    plan = Plan(digest=digest, cells=len(specs), places=[], shard=str(share) if share else None)
    kept = _kept(plan, resumed) if resumed is not None else {}
    places = tuple(place for place in chosen if place not in kept)
    return Portion(plan=plan, places=places, kept=kept)


def divide(weights: Sequence[float], shares: int) -> list[tuple[int, ...]]:
    """The places of each share, so that all take about equally long: the longest first, each to the
    share with the least so far (R. L. Graham, 1969: at most 4/3 of the optimum)."""
    loads = [(0.0, 0, number) for number in range(shares)]
    places: list[list[int]] = [[] for _ in range(shares)]
    for place in sorted(range(len(weights)), key=lambda place: (-weights[place], place)):
        load, held, number = min(loads)
        loads[loads.index((load, held, number))] = (load + weights[place], held + 1, number)
        places[number].append(place)
    return [tuple(sorted(share)) for share in places]


def digest_of_plan(specs: Sequence[CellSpec], versions: Sequence[str]) -> str:
    """Digest of everything in a plan that must be equal on two machines; not interpreter paths."""
    cells = [
        {**asdict(spec), "python": version, "packages": None}
        for spec, version in zip(specs, versions, strict=True)
    ]
    # json, not msgspec: a command line that is not UTF-8 has surrogates for its bytes.
    text = json.dumps(cells, sort_keys=True, default=str)
    return hashlib.sha256(text.encode()).hexdigest()[:16]


def _weights(
    specs: Sequence[CellSpec], versions: Sequence[str], before: Result | None
) -> list[float]:
    """Seconds that each cell took; for one not measured, the median of the others."""
    took = {cell.case: cell.seconds for cell in before.cells} if before is not None else {}
    usual = statistics.median(took.values()) if took else 1.0
    return [
        took.get(_case(spec, version), usual) or usual
        for spec, version in zip(specs, versions, strict=True)
    ]


def _case(spec: CellSpec, version: str) -> Case:
    return Case(
        workload=spec.workload,
        variant=spec.variant,
        shape=spec.shape or "",
        ending=spec.ending or "",
        gc=spec.gc,
        python=version,
        backend=spec.backend,
        in_flight=spec.in_flight,
        requirements=spec.requirements,
    )


def _kept(plan: Plan, resumed: Result) -> dict[int, Cell]:
    of = resumed.plan
    if of is None:
        raise UsageError("--resume: that result does not say what it was to measure")
    if of.digest != plan.digest:
        raise UsageError(
            f"--resume: that result is of another plan ({of.cells} cells, {of.digest}; "
            f"this one has {plan.cells}, {plan.digest}): other options, workload or interpreter"
        )
    pairs = zip(of.places, resumed.cells, strict=True)
    return {place: cell for place, cell in pairs if cell.error is None}
