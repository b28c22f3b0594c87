"""Groups the cells of a result by case, orders them, and names a case."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from typing import NamedTuple

from unknot.records import Case, Cell, Comparison, Difference, GcMode, Latency, Result
from unknot.records.judgement import GateMessage, Level
from unknot.report.palette import KNOWN_VARIANTS
from unknot.report.wording import type_label
from unknot.text import clip, one_line, visible

MODES: tuple[GcMode, ...] = ("off", "auto", "forced")
_SHAPES = ("coroutine", "stream")
_ENDINGS = ("returned", "raised", "cancelled", "abandoned")
_MOST_WATCHED = 3
"""Types shown if the result does not say which were watched."""


def case_words(one: Cell | Difference | Latency) -> str:
    """Load, shape and ending of a case; its workload if all of these are empty."""
    case = one.case
    return " ".join(filter(None, (*case.load, case.shape, case.ending))) or case.workload


def variants(result: Result) -> list[str]:
    """All variants measured or timed: known ones first, the others in the order of the result."""
    seen = dict.fromkeys(cell.variant for cell in result.cells)
    seen.update(dict.fromkeys(latency.variant for latency in result.latencies))
    return _known_first(seen, KNOWN_VARIANTS)


def cases(result: Result) -> list[Case]:
    """All cases in display order, without variant and collector mode."""
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
    """The cells with an error; some were measured before it."""
    return [cell for cell in result.cells if cell.error is not None]


def counted(result: Result) -> dict[tuple[str, Case], Cell]:
    """The cell with per-op counts for each variant and case, with the collector off if possible."""
    return _first_of(result, [cell for cell in result.cells if cell.per_op is not None])


def decided(result: Result) -> dict[tuple[str, Case], Cell]:
    """As :func:`counted`, and cells that have a verdict without counts."""
    return _first_of(result, [cell for cell in result.cells if cell.verdict is not None])


def at_odds(result: Result) -> list[Cell]:
    """Cells of other collector modes whose verdict differs from that of :func:`decided`."""
    first = decided(result)
    return [
        cell
        for cell in result.cells
        if cell.verdict is not None and cell.verdict != first[cell.variant, cell.case.work].verdict
    ]


def _first_of(result: Result, cells: Iterable[Cell]) -> dict[tuple[str, Case], Cell]:
    """One cell for each variant and case; those with counts and the collector off come first."""
    chosen: dict[tuple[str, Case], Cell] = {}
    for cell in sorted(cells, key=lambda cell: (cell.per_op is None, MODES.index(cell.gc))):
        chosen.setdefault((cell.variant, cell.case.work), cell)
    keys = [(variant, case) for variant in variants(result) for case in cases(result)]
    return {key: chosen[key] for key in keys if key in chosen}


def headline(result: Result) -> Case | None:
    """The first of the cases measured under the most variants and modes."""
    sizes = dict.fromkeys(cases(result), 0)
    for cell in result.cells:
        sizes[cell.case.work] += 1
    return max(sizes, key=sizes.__getitem__, default=None)


def headline_cells(result: Result) -> dict[tuple[GcMode, str], Cell]:
    """The measured cells of the headline case by mode and variant, in display order."""
    case = headline(result)
    found = {
        (cell.gc, cell.variant): cell
        for cell in reversed(result.cells)
        if cell.verdict is not None and cell.case.work == case
    }
    keys = [(mode, variant) for mode in MODES for variant in variants(result)]
    return {key: found[key] for key in keys if key in found}


def headline_comparisons(result: Result) -> list[Comparison]:
    """The comparisons of the headline case, ordered by mode."""
    case = headline(result)
    if case is None:
        return []
    return sorted((one for one in result.comparisons if is_of(one, case)), key=_mode_rank)


def is_of(one: Comparison | Difference | Latency, work: Case) -> bool:
    """Whether ``one`` belongs to the case; older results omit workload and Python."""
    mine = one.case.work
    unknown = [name for name in ("workload", "python") if not getattr(mine, name)]
    return mine == work.without(*unknown)


def watched(result: Result) -> list[str]:
    """The sampled types; without samples, the compared types or those that grew most."""
    cells = headline_cells(result).values()
    sampled = dict.fromkeys(
        name for cell in cells if cell.series is not None for name in cell.series.types
    )
    if sampled:
        return list(sampled)
    compared = dict.fromkeys(comparison.type for comparison in headline_comparisons(result))
    return list(compared) or _fastest_growing(cells)


def is_history(result: Result) -> bool:
    """Whether the variants are more than two releases, ``name==1.2``, of one package."""
    names = {cell.variant for cell in result.cells}
    packages = {name.partition("==")[0] for name in names}
    return len(names) > 2 and len(packages) == 1 and all("==" in name for name in names)


def work(result: Result) -> str:
    """Case and number of operations of the headline cells, in a line."""
    case = headline(result)
    if case is None:
        return ""
    words = " ".join(filter(None, (case.shape, case.ending))) or case.workload
    how = ", ".join([f"Python {case.python}"] * bool(case.python) + case.load)
    numbers = dict.fromkeys(cell.ops for cell in headline_cells(result).values())
    operations = " and ".join(f"{number:,}" for number in numbers)
    what = ", ".join(filter(None, (clip(visible(words), 60), visible(how))))
    return f"{what}, {operations} operations" if numbers else what


def run_words(result: Result) -> str:
    """The versions of unknot and Python, and :func:`work`."""
    made = f"unknot {result.unknot}"
    run = f"{result.environment.implementation} {result.environment.python}"
    return " · ".join(filter(None, [made, run, clip(work(result), 60)]))


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


_LONGEST = 40
_TEXT = 400


class MessageGroup(NamedTuple):
    """Equal findings of several cases; ``first`` is one of them."""

    where: str
    text: str
    first: GateMessage

    def __str__(self) -> str:
        return f"{self.where}: {self.text}" if self.where else self.text


def grouped(
    findings: Iterable[GateMessage], level: Level, among: Collection[Case]
) -> list[MessageGroup]:
    """The findings of one level in order, equal ones merged; ``among`` are all known cases."""
    found: dict[str, list[GateMessage]] = {}
    for finding in findings:
        if finding.level == level:
            found.setdefault(finding.text, []).append(finding)
    return [
        MessageGroup(
            where([one.case for one in equal], among), clip(one_line(text), _TEXT), equal[0]
        )
        for text, equal in found.items()
    ]


def where(cases: Sequence[Case], among: Collection[Case] = ()) -> str:
    """``severed, 10 cells``, or the name of a single case; empty for the whole result."""
    several = list(dict.fromkeys(case for case in cases if case != Case()))
    if not several:
        return ""
    if len(several) == 1:
        return name_of(several[0], among)
    names = [_names(case, among) for case in several]
    shared = [
        word
        for index, word in enumerate(names[0])
        if word and all(name[index] == word for name in names)
    ]
    said = " ".join(map(_short, shared))
    return f"{said}, {len(several)} cells" if said else f"{len(several)} cells"


def name_of(case: Case, among: Collection[Case] = ()) -> str:
    """What distinguishes a case from ``among``: variant or workload, and how it ran."""
    return " ".join(map(_short, filter(None, _names(case, among))))


def differing(case: Case, among: Collection[Case]) -> str:
    """Shape and ending, preceded by the parts that differ within ``among``."""
    words = [
        case.workload if _varies("workload", among) else "",
        f"Python {case.python}" if case.python and _varies("python", among) else "",
        case.backend if _varies("backend", among) else "",
        f"{case.in_flight:,} in flight" if _varies("in_flight", among) else "",
        case.shape,
        case.ending,
    ]
    return visible(" ".join(filter(None, words)))


def subject(name: str, kind: str) -> str:
    """The label of a type, or the first digits of a signature."""
    if kind == "type":
        return type_label(name)
    return f"cycle {visible(name)[:6]}" if kind == "signature" else visible(name)


def _names(case: Case, among: Collection[Case]) -> tuple[str, ...]:
    python = f"Python {case.python}" if case.python and _varies("python", among) else ""
    installed = ", ".join(case.requirements) if _varies_alone("requirements", case, among) else ""
    gc = f"gc {case.gc}" if case.gc else ""
    name = case.variant or case.workload
    return name, python, installed, " ".join(case.load), case.shape, case.ending, gc


def _varies(part: str, among: Collection[Case]) -> bool:
    return len({getattr(case, part) for case in among}) > 1


def _varies_alone(part: str, case: Case, among: Collection[Case]) -> bool:
    """Whether another case differs from this one only in ``part``."""
    rest = case.without(part)
    return _varies(part, [other for other in among if other.without(part) == rest])


def _short(word: str) -> str:
    return clip(visible(word), _LONGEST)
