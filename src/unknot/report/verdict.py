"""The verdict on each variant in a sentence: what an operation leaves, and in how many cases."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from unknot.records import Cell, Result, Verdict
from unknot.report.cases import at_odds, decided, failed, is_history, variants
from unknot.report.document import NOTHING, Entry, Line, Tone
from unknot.report.wording import growth_headline
from unknot.text import amount, amounts, clip, memory, span, visible

VERDICT_TONES: dict[Verdict | None, Tone] = {
    "clean": "good",
    "cyclic": "bad",
    "leaking": "bad",
    "cyclic+leaking": "bad",
    "growing": "bad",
    "cyclic+growing": "bad",
    "undecided": "warn",
    None: "warn",
}


def verdict_entry(verdict: Verdict | None) -> Entry:
    """An entry for a process's verdict."""
    return Entry(verdict or NOTHING, tone=VERDICT_TONES[verdict])


def cells_entry(cells: Sequence[Cell]) -> Entry:
    """An entry for the verdict of cells that share it."""
    return Entry(cells[0].verdict or NOTHING, tone=_worst(cells))


def tone_of(cell: Cell) -> Tone:
    """Good only if everything planned was measured."""
    tone = VERDICT_TONES[cell.verdict]
    whole = cell.error is None and cell.unconfirmed is None and not cell.lost_a_process
    return tone if whole or tone != "good" else "warn"


def _worst(cells: Iterable[Cell]) -> Tone:
    tones = set(map(tone_of, cells))
    return "bad" if "bad" in tones else "warn" if "warn" in tones else "good"


def verdict_lines(result: Result) -> list[Line]:
    """What failed, then a line for each variant."""
    lines = []
    every = amount(len(result.cells), "cell")
    without = sum(cell.verdict is None for cell in failed(result))
    early = len(failed(result)) - without
    if without:
        lines.append(Line(f"{without} of {every} failed", "bad"))
    if early:
        lines.append(Line(f"{early} of {every} ended early", "warn"))
    if result.interrupted:
        lines.append(Line("Interrupted: only what was measured until then is shown", "warn"))
    cells, others = decided(result), at_odds(result)
    for variant in variants(result):
        mine = [cell for (name, _), cell in cells.items() if name == variant]
        if mine:
            lines.append(_variant_line(variant, mine))
        for mode in dict.fromkeys(cell.gc for cell in others if cell.variant == variant):
            odd = [cell for cell in others if (cell.variant, cell.gc) == (variant, mode)]
            lines.append(_variant_line(variant, odd, f"collector {mode}"))
    if not cells and not without:
        lines.append(Line("Nothing was measured", "warn"))
    return lines


def overall(result: Result) -> Line | None:
    """A sentence about the whole result; ``None`` if one variant's line says it all."""
    if result.differences:
        worse = sum(one.worse for one in result.differences)
        changes = amount(len(result.differences), "change")
        if worse:
            return Line(f"Worse than before: {worse} of {changes}", "bad")
        after = {one.candidate for one in result.differences}
        clean = all(tone_of(cell) == "good" for cell in result.cells if cell.variant in after)
        return Line(f"Not worse than before, {changes}", "good" if clean else "")
    tones: dict[str, set[Tone]] = {}
    for cell in (*decided(result).values(), *at_odds(result), *failed(result)):
        tones.setdefault(cell.variant, set()).add(tone_of(cell))
    if len(tones) < 2 or not decided(result):
        return None
    noun = "releases" if is_history(result) else "variants"
    bad = sum("bad" in mine for mine in tones.values())
    if bad:
        verb = "leaves" if bad == 1 else "leave"
        return Line(f"{bad} of {len(tones)} {noun} {verb} something behind", "bad")
    if result.interrupted or any("warn" in mine for mine in tones.values()):
        return Line(f"Not decided for all {len(tones)} {noun}", "warn")
    return Line(f"All {len(tones)} {noun} are clean", "good")


def _variant_line(variant: str, cells: list[Cell], how: str = "") -> Line:
    by_verdict: dict[Verdict | None, list[Cell]] = {}
    for verdict in VERDICT_TONES:
        if mine := [cell for cell in cells if cell.verdict == verdict]:
            by_verdict[verdict] = mine
    order = sorted(by_verdict, key=lambda verdict: -len(by_verdict[verdict]))
    parts = [
        f"{_says(verdict, by_verdict[verdict])}{_how_often(len(by_verdict[verdict]), len(cells))}"
        for verdict in order
    ]
    unsure = sum(cell.unconfirmed is not None for cell in cells)
    if unsure:
        parts.append(f"unconfirmed{_how_often(unsure, len(cells))}")
    lost = sum(cell.lost_a_process for cell in cells)
    if lost:
        parts.append(f"a process did not live to the end{_how_often(lost, len(cells))}")
    name = clip(visible(variant), 40) or "workload"
    subject = ", ".join(filter(None, (name, how)))
    return Line("; ".join(parts), _worst(cells), subject, variant)


def _says(verdict: Verdict | None, cells: list[Cell]) -> str:
    parts = [_SAYS[part](cells) for part in (verdict or "").split("+") if part in _SAYS]
    return " and ".join(parts) or verdict or "undecided"


def _waits(cells: list[Cell]) -> str:
    cyclic = _figures(cells, "cyclic")
    octets = [
        one.per_op.bytes - (one.per_op.bytes_leaked or 0.0)
        for one in cells
        if one.per_op is not None and one.per_op.bytes is not None
    ]
    return f"{_per_op(cyclic, 'object', octets, 'waits', 'wait')} for the collector"


def _leaks(cells: list[Cell]) -> str:
    """Leaked objects, or blocks if no object leaked."""
    leaked, noun = _figures(cells, "leaked"), "object"
    if not any(leaked):
        leaked, noun = _figures(cells, "blocks_leaked"), "block"
    return f"{_per_op(leaked, noun, _figures(cells, 'bytes_leaked'), 'is', 'are')} leaked"


def _per_op(found: list[float], noun: str, octets: list[float], one: str, several: str) -> str:
    """``2.11 KB (1 object) per op wait``; ``1 object per op waits`` if bytes are unknown."""
    said = amounts(found, noun)
    if len(octets) == len(found) and max(octets) >= 1:
        return f"{span(octets, show=memory)} ({said}) per op {several}"
    return f"{said} per op {one if set(found) == {1} else several}"


def _grows(cells: list[Cell]) -> str:
    """The first growth of each case."""
    said = dict.fromkeys(growth_headline(cell.growths[0]) for cell in cells if cell.growths)
    return " or ".join(said) or "the process grows"


_SAYS = {"cyclic": _waits, "leaking": _leaks, "growing": _grows}
"""By part of a verdict."""


def _how_often(some: int, every: int) -> str:
    if every == 1:
        return ""
    return f" in all {every} cases" if some == every else f" in {some} of {every} cases"


def _figures(cells: list[Cell], field: str) -> list[float]:
    """The known values of a per-op count."""
    found = (getattr(cell.per_op, field, None) for cell in cells)
    return [value for value in found if value is not None]
