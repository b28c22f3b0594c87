"""The cycles worth a drawing: one of each signature, the application's own and largest first."""

from __future__ import annotations

from typing import NamedTuple

from unknot.records import Cycle, Result
from unknot.report.findings import findings

__all__ = ["Drawn", "gravest"]


class Drawn(NamedTuple):
    """A cycle, who left it in what cases, and whose figures it has where they differ."""

    subject: str
    shown: str
    cycle: Cycle


def gravest(result: Result) -> list[Drawn]:
    """All of them; a cycle of several variants is the first one's."""
    found: dict[str, Drawn] = {}
    for finding in findings(result):
        what = finding.what
        if isinstance(what, Cycle) and what.steps:
            found.setdefault(finding.key, Drawn(finding.subject, finding.shown, what))
    return sorted(
        found.values(),
        key=lambda one: (one.cycle.origin == "library", -one.cycle.objects_per_op),
    )
