"""Analyses a dump: what exists, what waits for the collector, and what holds most."""

from __future__ import annotations

import numpy as np

from unknot.attach.dump import Dump
from unknot.attach.growth import find_grown
from unknot.attach.holding import Holding, type_totals
from unknot.attach.tasks import find_tasks
from unknot.heap import find_garbage
from unknot.measuring.diagnosis import find_cycles
from unknot.records.look import Look

__all__ = ["explain"]


def explain(dump: Dump, before: Dump | None = None) -> Look:
    """What the dump shows, and what has grown since ``before``."""
    holding = Holding(dump)
    cycles = find_cycles(dump, 1).named
    return Look(
        facts=dump.facts,
        objects=dump.survey.tracked,
        bytes=int(dump.survey.sizes.sum()),
        types=type_totals(dump, np.arange(len(dump)), dump.survey.sizes),
        tasks=find_tasks(dump),
        garbage=int(np.count_nonzero(find_garbage(dump.snapshot()))),
        cycles=cycles,
        suspects=holding.suspects(),
        dominators=holding.dominators(),
        grown=[] if before is None else find_grown(dump, before, dump),
    )
