"""Frozen records that cross layers, and their JSON.

A result is one JSON document per run (:class:`Result`). It holds names and counts, never live
objects. Reading is strict: a wrong type, a missing field or another schema number raises
:class:`~unknot.errors.InvalidResult`. Unknown fields are ignored, so a newer version may add fields
without a new schema number.

Units: counts are objects; ``*_per_op`` are objects (or blocks) per operation; ``*_s`` are seconds;
memory is bytes.

The way through: ``result`` holds everything; ``cell`` is one measurement, made of ``counts``,
``collector`` and ``findings``, and identified by its ``case``; ``latency`` and ``allocations`` come
from separate runs; ``plan`` lists what the run was to measure; ``judgement`` is what the gate made
of a result; ``document`` reads and writes results, ``file`` reads bytes.

Terms: a *cell* is one measurement in fresh processes. A *round* is a number of operations between
two counts, a *window* the record of one. A *finding* is a cycle, a leak or a growth.
"""

from __future__ import annotations

from unknot.records.allocations import Allocations, Holders, Made, Site
from unknot.records.blame import count_blame, is_mine
from unknot.records.case import Case
from unknot.records.cell import Cell, CellError, Ended, Process
from unknot.records.collector import Collections, CollectorPass, GcMode
from unknot.records.counts import Memory, PerOp, Series, TypeCount, Verdict, Window
from unknot.records.document import SCHEMA, decode_result, encode_result, read_result
from unknot.records.environment import Environment
from unknot.records.findings import Cut, Cycle, Growth, GrowthKind, Leak, Step, Unnamed
from unknot.records.latency import Latency
from unknot.records.plan import Machine, Part, Plan
from unknot.records.result import Comparison, Difference, Result

__all__ = [
    "SCHEMA",
    "Allocations",
    "Case",
    "Cell",
    "CellError",
    "Collections",
    "CollectorPass",
    "Comparison",
    "Cut",
    "Cycle",
    "Difference",
    "Ended",
    "Environment",
    "GcMode",
    "Growth",
    "GrowthKind",
    "Holders",
    "Latency",
    "Leak",
    "Machine",
    "Made",
    "Memory",
    "Part",
    "PerOp",
    "Plan",
    "Process",
    "Result",
    "Series",
    "Site",
    "Step",
    "TypeCount",
    "Unnamed",
    "Verdict",
    "Window",
    "count_blame",
    "decode_result",
    "encode_result",
    "is_mine",
    "read_result",
]
