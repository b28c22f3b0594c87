"""What an operation leaves behind, by case, type and process."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence

from packaging.requirements import InvalidRequirement, Requirement
from packaging.utils import canonicalize_name

from unknot.records import Case, Cell, PerOp, Process, Result, TypeCount
from unknot.report.cases import cases, counted, differing, headline
from unknot.report.document import (
    NOTHING,
    Entry,
    Table,
    figures,
    heads,
    left_out,
    named,
    number,
    table,
    texts,
)
from unknot.report.verdict import cells_entry, verdict_entry
from unknot.text import clip, count, memory, rate, short_names, span, visible

_BRIEF = {
    "bytes": "Bytes",
    "cyclic": "Cyclic",
    "leaked": "Leaked",
    "garbage": "Garbage",
    "blocks": "Blocks",
}
_FULL = {
    **_BRIEF,
    "retained": "Retained",
    "blocks_leaked": "Blocks leaked",
    "asyncgen_finalizers": "Generator finalizers",
}
_BYTES = "Bytes: allocated, and not given back at once. "
_NOTE = (
    "Cyclic: freed by the collector alone. Garbage: the objects in cycles or reachable only from "
    "cycles, found before any collection. Leaked: still reachable."
)
_LONG = 40
"""A longer label is replaced by the number of cases, if most cases agree."""

CaseGroup = list[tuple[Case, Cell]]


def per_op_table(result: Result, merged: bool) -> Table | None:
    """Per-op counts: a row for each case or, with ``merged``, for cases that agree.

    Cases agree if their objects and verdict are equal; bytes and blocks are then ranges.
    """
    cells, known = counted(result), cases(result)
    fields = dict(_BRIEF if merged else _FULL)
    if not any(cell.per_op and cell.per_op.bytes is not None for cell in cells.values()):
        del fields["bytes"]
    labelled = [
        (variant, _label([case for case, _ in group], every, known), [cell for _, cell in group])
        for variant, groups in _groups(cells, merged).items()
        if (every := [case for group in groups for case, _ in group])
        for group in groups
    ]
    told = any(variant != label for variant, label, _ in labelled)
    columns = heads("Variant", *(["Case"] if told else []))
    columns += figures(*fields.values()) + texts("Verdict")
    rows = [
        (
            named(variant, 24, variant=True),
            *([named(label, 90)] if told else []),
            *_counts(group, list(fields)),
        )
        for variant, label, group in labelled
    ]
    if not merged:
        return table("cases", "Every case, every count", columns, rows, grouped=True)
    caption = "Left behind by one operation: objects, and blocks of memory"
    note = f"{_BYTES if 'bytes' in fields else ''}{_NOTE}"
    return table("per-op", caption, columns, rows, grouped=True, note=note)


def types_table(result: Result, most: int) -> Table | None:
    """The first ``most`` types that each variant leaves behind; ``None`` if there are none."""
    case = headline(result)
    rows: list[tuple[Entry, ...]] = []
    others = 0
    for (variant, counted_case), cell in counted(result).items():
        if counted_case == case:
            types = _left_behind(cell)
            others += len(types[most:])
            rows += [_type_row(variant, name, of_type) for name, of_type in types[:most]]
    columns = heads("Variant", "Type") + figures(
        "Bytes", "Retained", "Cyclic", "Leaked", "Garbage", "Before", "After"
    )
    caption = "Types left behind, objects per operation"
    return table("types", caption, columns, rows, True, left_out(others, "type"))


def by_process_table(result: Result) -> Table | None:
    """A row for each process of each counted cell; ``None`` if no cell had several.

    If only cells with the collector on had several, these are shown.
    """
    cells = [cell for cell in counted(result).values() if cell.processes]
    rows = [
        _process_row(cell, process, cases(result))
        for cell in cells or [cell for cell in result.cells if cell.processes]
        for process in cell.processes
    ]
    columns = (
        heads("Variant")
        + texts("Case")
        + figures("Process")
        + texts("Command", "Verdict")
        + figures("Cyclic", "Leaked", "Rounds")
        + texts("Ended")
    )
    note = (
        "Process 0 runs the operations. One that was not there for every round has no verdict, "
        "and is counted in no sum."
    )
    caption = "Left behind by one operation, in each process"
    return table("by-process", caption, columns, rows, True, note)


_ALWAYS = ("asyncio.Task", "contextvars.Context")
_TOTAL = "all objects"

Figures = dict[str, tuple[float, float]]
"""Cyclic and leaked per operation, by type."""


def processes_table(before: Cell, after: Cell) -> Table | None:
    """All objects, tasks, contexts and the measured packages' own types, by process.

    Unchanged figures are included. Processes with the same command share a row, with their
    figures added; ``None`` if there was only one process.
    """
    ours, theirs = _by_command(before), _by_command(after)
    own = _packages([*before.requirements, *after.requirements])
    rows = []
    for command in dict.fromkeys([*ours, *theirs]):
        old, new = ours.get(command, {}), theirs.get(command, {})
        names = [name for name in dict.fromkeys([*old, *new]) if _is_shown(name, own)]
        short = short_names(names)
        rows += [
            (
                Entry(clip(visible(command), 30)),
                Entry(clip(short[name], 24)),
                _pair(old.get(name)),
                _pair(new.get(name)),
            )
            for name in sorted(names, key=lambda name: (name != _TOTAL, name not in _ALWAYS, name))
        ]
    columns = heads("Process") + texts("What") + figures("Old", "New")
    caption = "Left behind by one operation in each process: cyclic, leaked"
    return table("processes", caption, columns, rows, grouped=True)


def _groups(cells: dict[tuple[str, Case], Cell], merged: bool) -> dict[str, list[CaseGroup]]:
    """The cases of each variant, equal ones grouped."""
    found: dict[str, dict[object, CaseGroup]] = {}
    for (variant, case), cell in cells.items():
        key = _likeness(cell) if merged else case
        found.setdefault(variant, {}).setdefault(key, []).append((case, cell))
    return {variant: list(groups.values()) for variant, groups in found.items()}


def _likeness(cell: Cell) -> object:
    assert cell.per_op is not None
    return cell.verdict, cell.per_op.cyclic, cell.per_op.leaked, cell.per_op.garbage


def _counts(cells: Sequence[Cell], fields: Sequence[str]) -> tuple[Entry, ...]:
    counts = [cell.per_op for cell in cells if cell.per_op is not None]
    return (*(_range(counts, field) for field in fields), cells_entry(cells))


def _range(counts: Sequence[PerOp], field: str) -> Entry:
    values = [value for one in counts if (value := getattr(one, field)) is not None]
    show = _bytes if field == "bytes" else rate
    return Entry(span(values, "–", show), max(values)) if values else Entry(NOTHING)


def _bytes(octets: float) -> str:
    return memory(octets) if octets else "0"


def _label(group: Sequence[Case], every: Sequence[Case], known: Sequence[Case]) -> str:
    """``all 8 cases``, or the endings of each shape, without parts that never vary."""
    if len(group) > 1 and len(group) == len(every):
        return f"all {len(group)} cases"
    by_endings: dict[str, list[str]] = {}
    for stem, endings in _endings(group, known).items():
        by_endings.setdefault(endings, []).append(stem)
    stems = list(_endings(every, known))
    parts = [
        endings if stems == shared and len(stems) > 1 else f"{' and '.join(shared)} {endings}"
        for endings, shared in by_endings.items()
    ]
    label = "; ".join(filter(None, map(str.strip, parts))) or group[0].workload
    if len(label) > _LONG and len(group) > len(every) / 2:
        return f"the other {len(group)} cases"
    return label


def _endings(group: Sequence[Case], known: Sequence[Case]) -> dict[str, str]:
    """The endings by the rest of the case's name."""
    found: dict[str, list[str]] = {}
    for case in group:
        stem = differing(case.without("ending"), known)
        found.setdefault(stem, []).append(case.ending)
    return {stem: ", ".join(endings) for stem, endings in found.items()}


def _left_behind(cell: Cell) -> list[tuple[str, TypeCount]]:
    some = [(name, of_type) for name, of_type in cell.types.items() if _weight(of_type) > 0]
    return sorted(some, key=lambda item: (-item[1].bytes_per_op, -_weight(item[1]), item[0]))


def _weight(of_type: TypeCount) -> float:
    return max(of_type.cyclic_per_op, of_type.leaked_per_op, of_type.garbage_per_op)


def _type_row(variant: str, name: str, of_type: TypeCount) -> tuple[Entry, ...]:
    return (
        named(variant, 24, variant=True),
        named(name, 70),
        number(of_type.bytes_per_op or None, memory),
        number(of_type.retained_per_op),
        number(of_type.cyclic_per_op),
        number(of_type.leaked_per_op),
        number(of_type.garbage_per_op),
        number(of_type.before, count),
        number(of_type.after, count),
    )


def _process_row(cell: Cell, process: Process, among: list[Case]) -> tuple[Entry, ...]:
    per_op = process.per_op
    return (
        named(cell.variant, 24, variant=True),
        named(differing(cell.case.work, among) or NOTHING, 40),
        number(process.number, str),
        named(process.command, 60),
        verdict_entry(process.verdict),
        number(per_op.cyclic if per_op is not None else None),
        number(per_op.leaked if per_op is not None else None),
        number(process.rounds, str),
        Entry(process.ended or ""),
    )


def _by_command(cell: Cell) -> dict[str, Figures]:
    found: dict[str, Figures] = {}
    for process in cell.processes:
        if process.per_op is None or process.verdict == "clean":
            continue
        of_command = found.setdefault(_command(process), {})
        _add(of_command, _TOTAL, process.per_op.cyclic, process.per_op.leaked)
        for name, of_type in process.types.items():
            _add(of_command, name, of_type.cyclic_per_op, of_type.leaked_per_op)
    return found


def _add(figures: Figures, name: str, cyclic: float, leaked: float) -> None:
    so_far = figures.get(name, (0.0, 0.0))
    figures[name] = so_far[0] + cyclic, so_far[1] + leaked


def _command(process: Process) -> str:
    """The command without numbers, as those of processes and descriptors differ between runs."""
    return re.sub(r"\d+", "#", process.command)


def _packages(requirements: Iterable[str]) -> set[str]:
    found = set()
    for requirement in requirements:
        try:
            found.add(canonicalize_name(Requirement(requirement).name).replace("-", "_"))
        except InvalidRequirement:
            continue
    return found


def _is_shown(name: str, packages: set[str]) -> bool:
    return name == _TOTAL or name in _ALWAYS or name.partition(".")[0] in packages


def _pair(of_type: tuple[float, float] | None) -> Entry:
    """Cyclic objects, and leaked ones if any, by which it is then sorted."""
    cyclic, leaked = of_type or (0.0, 0.0)
    return Entry(f"{rate(cyclic)}, {rate(leaked)}", leaked) if leaked else number(cyclic)
