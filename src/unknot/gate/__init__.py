"""The gate: is a result worse than the baseline, or over its budget? Pure throughout.

The way through: ``pairing`` finds the cells to compare, ``difference`` what changed between them,
``growth`` what grows faster, ``times`` whether an operation takes longer; ``budgets`` reads a
project's limits and ``limits`` checks a cell against them; ``freshness`` finds stale results; and
``judging`` combines all of these. ``baseline`` makes a result small enough to commit.
"""

from __future__ import annotations

from unknot.gate.baseline import as_baseline
from unknot.gate.budgets import Budgets, parse_budgets
from unknot.gate.difference import compare, compare_in_turn
from unknot.gate.freshness import Source
from unknot.gate.judging import judge
from unknot.gate.pairing import Pairing, in_turn, pair, pair_by_name, pair_by_order

__all__ = [
    "Budgets",
    "Pairing",
    "Source",
    "as_baseline",
    "compare",
    "compare_in_turn",
    "in_turn",
    "judge",
    "pair",
    "pair_by_name",
    "pair_by_order",
    "parse_budgets",
]
