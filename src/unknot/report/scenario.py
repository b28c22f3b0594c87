"""Which cells belong together: cases, the headline case, and the order to show things in."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from unknot.records import Case, Cell, Comparison, Difference, GcMode, Latency, Result
from unknot.report.palette import KNOWN_VARIANTS
from unknot.text import clip, visible

__all__ = [
    "MODES",
    "case_words",
    "cases",
    "counted",
    "failed",
    "headline",
    "headline_cells",
    "headline_comparisons",
    "is_of",
    "variants",
    "watched",
    "work",
]

MODES: tuple[GcMode, ...] = ("off", "auto", "forced")
_SHAPES = ("coroutine", "stream")
_ENDINGS = ("returned", "raised", "cancelled", "abandoned")
_MOST_WATCHED = 3
"""Types to show when the result does not say which were watched."""


def case_words(one: Cell | Difference | Latency) -> str:
    """How it ran, shape and ending; where there is nothing to say, the workload."""
    case = one.case
    return " ".join(filter(None, (*case.load, case.shape, case.ending))) or case.workload


def variants(result: Result) -> list[str]:
    """Every variant measured or timed: known ones first, the rest as the result has them."""
    seen = dict.fromkeys(cell.variant for cell in result.cells)
    seen.update(dict.fromkeys(latency.variant for latency in result.latencies))
    return _known_first(seen, KNOWN_VARIANTS)


def cases(result: Result) -> list[Case]:
    """Every case, whatever its variant and collector mode, in the order to show them in."""
    seen = list(dict.fromkeys(cell.case.work for cell in result.cells))
    workloads = list(dict.fromkeys(case.workload for case in seen))
    pythons = list(dict.fromkeys(case.python for case in seen))
    shapes = _known_first(dict.fromkeys(case.shape for case in seen), _SHAPES)
    endings = _known_first(dict.fromkeys(case.ending for case in seen), _ENDINGS)
    rank = {
        case: (
            workloads.index(case.workload),
            pythons.index(case.python),
            case.backend,
            case.in_flight,
            shapes.index(case.shape),
            endings.index(case.ending),
        )
        for case in seen
    }
    return sorted(seen, key=rank.__getitem__)


def failed(result: Result) -> list[Cell]:
    """The cells that something went wrong in, some of them with a measurement from before."""
    return [cell for cell in result.cells if cell.error is not None]


def counted(result: Result) -> dict[tuple[str, Case], Cell]:
    """For each variant and case the cell with the per-op counts: collector off, if there is one."""
    chosen: dict[tuple[str, Case], Cell] = {}
    for mode in MODES:
        for cell in result.cells:
            if cell.gc == mode and cell.per_op is not None:
                chosen.setdefault((cell.variant, cell.case.work), cell)
    keys = [(variant, case) for variant in variants(result) for case in cases(result)]
    return {key: chosen[key] for key in keys if key in chosen}


def headline(result: Result) -> Case | None:
    """The case measured under the most variants and modes; the first of those."""
    sizes = dict.fromkeys(cases(result), 0)
    for cell in result.cells:
        sizes[cell.case.work] += 1
    return max(sizes, key=sizes.__getitem__, default=None)


def headline_cells(result: Result) -> dict[tuple[GcMode, str], Cell]:
    """The headline's measured cells by mode and variant, in the order to show them in."""
    case = headline(result)
    found = {
        (cell.gc, cell.variant): cell
        for cell in reversed(result.cells)
        if cell.verdict is not None and cell.case.work == case
    }
    keys = [(mode, variant) for mode in MODES for variant in variants(result)]
    return {key: found[key] for key in keys if key in found}


def headline_comparisons(result: Result) -> list[Comparison]:
    """The headline's comparisons by mode, in the order to show them in."""
    case = headline(result)
    if case is None:
        return []
    return sorted((one for one in result.comparisons if is_of(one, case)), key=_mode_rank)


def is_of(one: Comparison | Difference | Latency, work: Case) -> bool:
    """Whether it belongs to the case; an older result leaves some parts of it out."""
    mine = one.case.work
    unknown = [name for name in ("workload", "python") if not getattr(mine, name)]
    return mine == work.without(*unknown)


def watched(result: Result) -> list[str]:
    """The types that were sampled; without samples the compared ones, or those that grew most."""
    cells = headline_cells(result).values()
    sampled = dict.fromkeys(
        name for cell in cells if cell.series is not None for name in cell.series.types
    )
    if sampled:
        return list(sampled)
    compared = dict.fromkeys(comparison.type for comparison in headline_comparisons(result))
    return list(compared) or _fastest_growing(cells)


def work(result: Result) -> str:
    """What the headline's cells did, in a line."""
    case = headline(result)
    if case is None:
        return ""
    words = " ".join(filter(None, (case.shape, case.ending))) or case.workload
    how = ", ".join([f"Python {case.python}"] * bool(case.python) + case.load)
    numbers = dict.fromkeys(cell.ops for cell in headline_cells(result).values())
    operations = " and ".join(f"{number:,}" for number in numbers)
    what = ", ".join(filter(None, (clip(visible(words), 60), visible(how))))
    return f"{what}, {operations} operations" if numbers else what


def _fastest_growing(cells: Iterable[Cell]) -> list[str]:
    growth: dict[str, float] = {}
    for cell in cells:
        for name, of_type in cell.types.items():
            growth[name] = max(growth.get(name, 0.0), of_type.retained_per_op)
    return sorted(growth, key=growth.__getitem__, reverse=True)[:_MOST_WATCHED]


def _known_first(seen: Iterable[str], known: Sequence[str]) -> list[str]:
    names = list(seen)
    return [name for name in known if name in names] + [n for n in names if n not in known]


def _mode_rank(comparison: Comparison) -> int:
    return MODES.index(comparison.gc)
