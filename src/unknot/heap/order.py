"""Counts and orders many small numbers in linear time and in little memory."""

from __future__ import annotations

from typing import Any, TypeVar

import numpy as np
import numpy.typing as npt

__all__ = ["PART", "places_of", "read", "stable_order", "tally"]

Value = TypeVar("Value", bound=np.generic)

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


def places_of(mask: npt.NDArray[np.bool_]) -> npt.NDArray[np.int32]:
    """(k,) the places at which the mask is true, in half the memory of ``np.flatnonzero``."""
    places = np.empty(np.count_nonzero(mask), dtype=np.int32)
    count = 0
    for begin in range(0, len(mask), PART):
        found = np.flatnonzero(mask[begin : begin + PART])
        row = places[count : count + len(found)]
        row[:] = found
        row += np.int32(begin)
        count += len(found)
    return places


def read(values: npt.NDArray[Value], places: npt.NDArray[np.int32]) -> npt.NDArray[Value]:
    """(k,) the values at those places. Indices of 32 bits are copied to 64 bits, part by part."""
    if len(places) <= PART:
        return values.take(places)
    found = np.empty(len(places), dtype=values.dtype)
    for begin in range(0, len(places), PART):
        found[begin : begin + PART] = values.take(places[begin : begin + PART])
    return found


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
