"""How long an operation takes."""

from __future__ import annotations

import msgspec

from unknot.records.case import Case, case_of
from unknot.records.collector import GcMode
from unknot.records.quantity import Amount, Count

__all__ = ["Latency"]


class Latency(msgspec.Struct, frozen=True, kw_only=True):
    """Wall time of one operation, from pyperf's values in interleaved processes.

    ``ratio`` is this mean over the reference variant's under the same collector mode;
    ``significant`` tells whether the means of the two sets of processes differ, by Student's
    two-sample t-test at 95 %; ``None`` where there are too few processes to tell.
    """

    name: str
    variant: str
    gc: GcMode
    values: Count
    mean_s: Amount
    stdev_s: Amount
    reference: str | None
    ratio: float | None
    significant: bool | None
    shape: str | None = None
    ending: str | None = None
    workload: str = ""
    python: str = ""
    backend: str = "asyncio"
    in_flight: int = 1
    requirements: list[str] = []
    process_means_s: list[float] = []
    """The mean of each process; what a later result is compared with, as ``significant`` is."""
    values_s: list[float] = []
    """Every value: the mean time of one operation in one loop of many."""

    @property
    def case(self) -> Case:
        """What the figures belong to."""
        return case_of(self, self.variant)
