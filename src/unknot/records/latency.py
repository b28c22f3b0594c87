"""How long an operation takes."""

from __future__ import annotations

import msgspec

from unknot.records.case import Case, case_of
from unknot.records.collector import GcMode
from unknot.records.quantity import Amount, Count

__all__ = ["Latency"]


class Latency(msgspec.Struct, frozen=True, kw_only=True):
    """Wall time of one operation, from pyperf's values in interleaved processes.

    ``ratio`` is this mean divided by the reference variant's in the same collector mode.
    ``significant`` says whether the means of the two sets of processes differ, by Student's
    two-sample t-test at 95 %; ``None`` if there are too few processes.
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
    """The mean of each process, with which a later result is compared."""
    values_s: list[float] = []
    """All values, each the mean time of an operation in one loop."""

    @property
    def case(self) -> Case:
        """What the figures belong to."""
        return case_of(self, self.variant)
