"""What the functions of :mod:`unknot` return: records that show themselves.

As text they are what the command line prints; in a notebook, the verdict and what to cut.
"""

from __future__ import annotations

import io
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from os import PathLike
from pathlib import Path
from typing import Any, Self

from msgspec import structs
from rich.console import Console

from unknot import gate, records
from unknot.errors import CellFailed, TimeLimitExceeded, UsageError
from unknot.files import replace
from unknot.gate import Pairing
from unknot.measuring.environment import result_of
from unknot.measuring.function import findable
from unknot.measuring.plan import measure_cells
from unknot.measuring.spec import CellSpec, Effort
from unknot.records import Cell, Cycle, Difference, GcMode, encode_result
from unknot.report.document import Line, Trace
from unknot.report.findings import ranked
from unknot.report.html import as_html
from unknot.report.rings import ring_of
from unknot.report.terminal import cell_lines, print_comparison
from unknot.report.verdict import overall, verdict_lines
from unknot.report.wording import cycle_trace, to_do
from unknot.text import amount

__all__ = ["Changes", "Garbage", "Result", "changes", "measured"]

WIDTH = 100
"""Columns of a comparison as text."""


class Result(records.Result, frozen=True, kw_only=True):
    """All of one run: ``cells`` have the counts, cycles and leaks.

    ``print`` shows what ``unknot run`` prints, and a notebook the verdict and what to cut.
    """

    @classmethod
    def of(cls, record: records.Result) -> Self:
        """The same, as this class."""
        return cls(**{name: getattr(record, name) for name in record.__struct_fields__})

    @property
    def clean(self) -> bool:
        """Whether all cells were measured and are clean."""
        return bool(self.cells) and all(
            cell.verdict == "clean" and cell.error is None for cell in self.cells
        )

    def save(self, path: str | PathLike[str]) -> None:
        """Write it as JSON, for the commands. Raises :class:`~unknot.errors.UsageError`."""
        replace(Path(path), encode_result(self))

    def __str__(self) -> str:
        return "\n".join(line for cell in self.cells for line in cell_lines(cell)).rstrip()

    def _repr_html_(self) -> str:
        whole = overall(self)
        lines = [*([whole] if whole else []), *verdict_lines(self)]
        return as_html(lines, [one.drawing for one in ranked(self)], str(self))


@dataclass(frozen=True, slots=True)
class Garbage:
    """What of a process waits for the collector; the cycles' figures are totals."""

    objects: int
    """Those in cycles, and those that only these hold."""
    cycles: list[Cycle]

    def __str__(self) -> str:
        return "\n\n".join([self._verdict.text, *map(_text, self.cycles)])

    def _repr_html_(self) -> str:
        return as_html([self._verdict], list(map(_drawn, self.cycles)), str(self))

    @property
    def _verdict(self) -> Line:
        if not self.objects:
            return Line("nothing waits for the collector", "good")
        verb = "waits" if self.objects == 1 else "wait"
        return Line(f"{amount(self.objects, 'object')} {verb} for the collector", "bad")


def _text(cycle: Cycle) -> str:
    return "\n".join(cycle_trace(cycle, per=""))


def _drawn(cycle: Cycle) -> Trace:
    ring = ring_of(cycle) if cycle.steps else None
    return Trace(to_do(cycle) or "", _text(cycle), ring=ring)


@dataclass(frozen=True, slots=True)
class Changes:
    """What changed from one result to the next."""

    differences: list[Difference]
    """Every figure that is not what it was, biggest change first."""
    pairing: Pairing
    """Which cells were compared, and which are on one side alone."""

    @property
    def worse(self) -> bool:
        """Whether a figure is worse, or a cell is gone or failed that was measured before."""
        lost = self.pairing.gone or self.pairing.failed
        return bool(lost) or any(one.worse for one in self.differences)

    def __str__(self) -> str:
        text = io.StringIO()
        console = Console(
            file=text, width=WIDTH, highlight=False, color_system=None, force_jupyter=False
        )
        print_comparison(self.differences, self.pairing.pairs, console)
        return text.getvalue().rstrip()

    def _repr_html_(self) -> str:
        said = "worse" if self.worse else "not worse" if self.differences else "no difference"
        return as_html([Line(said, "bad" if self.worse else "good")], [], str(self))


def changes(before: records.Result, after: records.Result) -> Changes:
    """Raises :class:`~unknot.errors.UsageError` where nothing can be compared."""
    pairing = gate.pair(before.cells, after.cells)
    if not pairing.pairs and not pairing.failed:
        raise UsageError("the two have no cell in common: nothing can be compared")
    return Changes(gate.compare(before.cells, after.cells, lambda *_: pairing), pairing)


def measured(
    operation: Callable[..., Any] | str,
    effort: Effort,
    modes: Sequence[GcMode],
    in_flight: int,
    backend: str,
) -> Result:
    """A cell for each mode. Raises what :func:`unknot.measure` does."""
    started = datetime.now(UTC).astimezone()
    with findable(operation) as named:
        specs = [
            CellSpec(
                workload=named.workload,
                variant=named.name,
                gc=mode,
                effort=effort,
                in_flight=in_flight,
                backend=backend,
                makers=True,
            )
            for mode in modes
        ]
        cells = [cell for _, cell in sorted(measure_cells(specs, 1), key=lambda pair: pair[0])]
    if named.name != named.workload:  # the file is gone, and was nobody's
        cells = [structs.replace(one, workload=named.name, workload_digest=None) for one in cells]
    for cell in cells:
        if cell.verdict is None:
            raise _failure(cell)
    record = result_of(named.name, cells, ["unknot.measure", named.name], started)
    return Result.of(record)


def _failure(cell: Cell) -> CellFailed:
    error = cell.error
    if error is None:
        return CellFailed("nothing was measured")
    message = f"{cell.workload}: {error.message}"
    if error.kind == "timeout":
        return TimeLimitExceeded(message)
    return CellFailed(
        message,
        traceback=error.traceback,
        exit_status=error.exit_status,
        details=(error.traceback or error.output).splitlines(),
    )
