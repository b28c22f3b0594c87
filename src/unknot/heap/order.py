"""Counts and orders many small numbers in linear time and in little memory."""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt

__all__ = ["PART", "stable_order", "tally"]

PART = 1 << 16
"""Elements of a large array that are handled at a time, small enough for the CPU's cache."""
DIGIT = 16
"""Bits of a number that numpy's radix sort takes."""


def tally(values: npt.NDArray[np.int32], size: int) -> npt.NDArray[np.int32]:
    """(size,) how often each number occurs. ``np.bincount`` makes 64-bit numbers of all of them."""
    counts = np.zeros(size, dtype=np.int32)
    ones = np.ones(min(PART, len(values)), dtype=np.int32)
    for begin in range(0, len(values), PART):
        part = values[begin : begin + PART]
        np.add.at(counts, part, ones[: len(part)])
    return counts


def stable_order(values: npt.NDArray[Any], end: int) -> npt.NDArray[np.int64]:
    """(n,) indices that sort ``values``, integers from 0 to below ``end``; equal ones keep theirs.

    Sorts digit by digit, the least first. A sort of 64-bit keys takes two to five times as long.
    """
    lowest = (values & 0xFFFF).astype(np.uint16)
    order: npt.NDArray[np.int64] = np.argsort(lowest, kind="stable")
    for shift in range(DIGIT, max(1, end - 1).bit_length(), DIGIT):
        digit = (values >> shift).take(order) & 0xFFFF
        order = order.take(np.argsort(digit.astype(np.uint16), kind="stable"))
    return order
