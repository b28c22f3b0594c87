"""A result's pictures: one module a figure, all drawn on the same canvas.

matplotlib belongs to the ``report`` extra and takes half a second to import, so nothing here
imports it before a picture is wanted.
"""

from __future__ import annotations

from collections.abc import Mapping
from functools import partial
from pathlib import Path

from unknot.errors import UsageError
from unknot.records import Result
from unknot.report.claims import NO_CLAIMS
from unknot.report.figures.captions import Caption, captions, missing_pictures
from unknot.report.files import remove, replace

__all__ = ["NAMES", "Caption", "captions", "missing_pictures", "write_pictures"]

NAMES = (
    "cycles.png",
    "differences.png",
    "live.png",
    "reduction.png",
    "pauses.png",
    "latency.png",
    "memory.png",
    "allocations.png",
)


def write_pictures(
    result: Result, folder: Path, claims: Mapping[str, float] = NO_CLAIMS
) -> list[Path]:
    """The pictures that the result has data for, written to ``folder``.

    A picture without data is not drawn, and an older one of its name is removed;
    :func:`missing_pictures` says which and why. Raises :class:`~unknot.errors.UsageError` where
    matplotlib is missing or the folder cannot be written.
    """
    missing = missing_pictures(result)
    for name in missing:
        remove(folder / name)
    if len(missing) == len(NAMES):
        return []
    try:
        from unknot.report.figures.allocations import draw_allocations
        from unknot.report.figures.canvas import png
        from unknot.report.figures.cycles import draw_cycles
        from unknot.report.figures.differences import draw_differences
        from unknot.report.figures.latency import draw_latency
        from unknot.report.figures.live import draw_live, draw_pauses
        from unknot.report.figures.memory import draw_memory
        from unknot.report.figures.reduction import draw_reduction
    except ModuleNotFoundError as error:
        raise UsageError(
            f"pictures need {error.name}: python -m pip install 'unknot[report]'"
        ) from error
    drawings = {
        "cycles.png": partial(draw_cycles, result),
        "differences.png": partial(draw_differences, result),
        "live.png": partial(draw_live, result),
        "reduction.png": partial(draw_reduction, result, claims),
        "pauses.png": partial(draw_pauses, result),
        "latency.png": partial(draw_latency, result),
        "memory.png": partial(draw_memory, result),
        "allocations.png": partial(draw_allocations, result),
    }
    return [replace(folder / name, png(drawings[name])) for name in NAMES if name not in missing]
