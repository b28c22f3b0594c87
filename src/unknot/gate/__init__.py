"""The gate: is this result worse than the one before, or over its budget? Pure throughout.

The way through: ``pairing`` says which cells to compare, ``difference`` what changed between
them, ``times`` whether an operation takes longer; ``budgets`` are what a project allows itself,
``limits`` holds a cell against them; ``freshness`` says whether a result is out of date; and
:func:`judge` puts all of it together. ``baseline`` makes a result small enough to commit.
"""

from __future__ import annotations

from unknot.gate.baseline import as_baseline
from unknot.gate.budgets import Budgets, parse_budgets
from unknot.gate.difference import compare, compare_in_turn
from unknot.gate.freshness import Source
from unknot.gate.judgement import judge
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
