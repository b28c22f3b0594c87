"""Operations that leave objects where no module leads the collector to them."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from itertools import count

import numpy as np

import unknot

numbers = count()


class Entry:
    pass


# An array of numpy's, which the collector does not look into.

SLOTS = np.empty(100_000, dtype=object)


def array() -> None:
    SLOTS[next(numbers)] = Entry()


def array_clean() -> None:
    SLOTS[0] = Entry()


# A list that only the workload's own generator holds.


@unknot.workload
def local() -> Iterator[Callable[[], None]]:
    entries: list[Entry] = []

    def keep() -> None:
        entries.append(Entry())

    yield keep
