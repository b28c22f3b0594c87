"""What a test leaves each time its body runs, in plain text and numbers."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field, replace
from typing import Any

__all__ = ["Measured"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Measured:
    """What a test leaves each time its body runs; plain text and numbers, for the other side of
    xdist too. ``reason`` says why there is no figure, where there is none."""

    test: str
    reason: str = ""
    cyclic: float = 0.0
    leaked: float = 0.0
    cycles: list[dict[str, Any]] = field(default_factory=list)
    leaks: list[dict[str, Any]] = field(default_factory=list)
    was_left: bool = False
    """Whether the budget had no time for it."""
    seconds: float = 0.0
    """What measuring took; 0 if the test was not run again."""
    digest: str = ""
    """Of the test's code, where a budget needs to know it."""

    @property
    def is_clean(self) -> bool:
        return not self.cycles and not self.leaks

    @property
    def octets(self) -> float:
        """Bytes of all that a run leaves, so far as they are known."""
        return sum(float(found.get("bytes", 0)) for found in (*self.cycles, *self.leaks))

    def of_own(self) -> Measured:
        """The same without the findings of installed packages and of the standard library."""
        cycles = [found for found in self.cycles if not found.get("package")]
        leaks = [found for found in self.leaks if not found.get("package")]
        return replace(
            self,
            cyclic=round(self.cyclic - _objects(self.cycles) + _objects(cycles), 9),
            leaked=round(self.leaked - _objects(self.leaks) + _objects(leaks), 9),
            cycles=cycles,
            leaks=leaks,
        )


def _objects(findings: Iterable[dict[str, Any]]) -> float:
    return sum(float(found["objects"]) for found in findings)
