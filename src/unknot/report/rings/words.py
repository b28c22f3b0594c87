"""What a ring says: the cut, its gain, what else is in it, and all of it in sentences."""

from __future__ import annotations

from collections.abc import Sequence

from unknot.records import Cut, Cycle, Leak
from unknot.report.rings.links import Link
from unknot.report.trace import type_label
from unknot.text import amount, clip, count, memory, rate, visible

__all__ = [
    "HELD",
    "LONGEST",
    "chain_sentence",
    "cut_verdict",
    "gain",
    "hanging",
    "inside",
    "leaks",
    "left_out",
    "ring_sentence",
    "task",
]

LONGEST = 300
"""Characters of a name in a tooltip or a sentence."""
HELD = "\N{NO-BREAK SPACE}"
"""Where a line shall not end."""
_VERBS = {".": "clear", "[": "remove"}
"""By how a reference's name begins."""
_CANNOT = "no statement clears"
"""So begins the instruction for what belongs to C code."""


def task(cycle: Cycle) -> str:
    """``clear DispatchSession.worker_task``: what to do, in the fewest words."""
    edges = [visible(edge) for edge in cycle.cut.edges or [cycle.cut.edge] if edge]
    if not edges:
        return "no cut was found"
    more = f" and {count(len(edges) - 1)} more" if len(edges) > 1 else ""
    return f"{_task(cycle, edges[0])}{more}"


def gain(cut: Cut) -> str:
    """``frees 14 of 14 objects per operation``."""
    octets = f", {memory(cut.bytes_per_op)}" if cut.bytes_per_op else ""
    objects = amount(cut.of_per_op, "object")
    return f"frees {rate(cut.frees_per_op)} of {objects}{octets} per operation"


def cut_verdict(cut: Cut, first: bool) -> str:
    """Beside a reference that is to be cut."""
    if not first:
        return "cut too"
    return f"cut: frees {rate(cut.frees_per_op)}{HELD}of{HELD}{rate(cut.of_per_op)}"


def inside(cycle: Cycle, links: Sequence[Link]) -> str:
    """How many objects refer to each other in one copy, and how many of them are drawn."""
    shown = sum(link.times for link in links if not link.hidden)
    few = f", {count(shown)} shown" if shown < cycle.component else ""
    return f"{amount(cycle.component, 'object')} in the circle{few}"


def hanging(cycle: Cycle) -> str:
    """What else one copy keeps alive; empty where it is nothing."""
    if not cycle.per_op:
        return ""
    more = round(cycle.objects_per_op / cycle.per_op - cycle.component, 3)
    if more <= 0:
        return ""
    return f"+ {amount(more, 'object')} {'hangs' if more == 1 else 'hang'} from it"


def leaks(leak: Leak) -> str:
    """How much stays, what else the same holder keeps included."""
    if not leak.per_op:
        return "and fills"
    verb = "leaks" if leak.per_op == 1 else "leak"
    octets = f" ({memory(leak.bytes_per_op)})" if leak.bytes_per_op else ""
    said = f"{amount(leak.per_op, 'object')} per operation {verb}{octets}"
    more = leak.objects_per_op - leak.per_op
    return f"{said}, and {rate(more)} more with it" if more > 0 else said


def left_out(link: Link) -> str:
    """``… 9,984 more``, and how many of them are to be cut."""
    cuts = f", {count(link.hidden_cuts)} cut" if link.hidden_cuts else ""
    return f"… {count(link.hidden)} more{cuts}"


def ring_sentence(cycle: Cycle, links: Sequence[Link]) -> str:
    """The drawing for those who do not see it."""
    copies = amount(cycle.per_op, "reference cycle")
    sentences = [f"{copies} per operation, {inside(cycle, links)}", *_references(links, cycle.cut)]
    sentences += filter(None, [hanging(cycle).removeprefix("+ ")])
    return ". ".join(sentences) + "."


def chain_sentence(leak: Leak, links: Sequence[Link]) -> str:
    """The chain for those who do not see it."""
    first = f"{type_label(leak.type)} stays reachable, {leaks(leak)}"
    return ". ".join([first, *_references(links, None)]) + "."


def _references(links: Sequence[Link], cut: Cut | None) -> list[str]:
    said = []
    for link in links:
        if link.hidden:
            verb = "is" if link.hidden == 1 else "are"
            said.append(f"{amount(link.hidden, 'more reference')} {verb} not shown")
            continue
        label = clip(visible(link.label), LONGEST)
        often = f", {count(link.times)} times" if link.times > 1 else ""
        here = f" (cut here: {gain(cut)})" if link.cut and cut is not None else ""
        source, target = type_label(link.source), type_label(link.target)
        said.append(f"{source} refers by {label} to {target}{often}{here}")
    return said


def _task(cycle: Cycle, edge: str) -> str:
    """The verb that fits the reference, and its name."""
    label = next((visible(step.label) for step in cycle.steps if step.cut), "")
    if edge.startswith("class "):
        return f"avoid {edge}"
    if label.startswith("local ") and edge.endswith(f" {label}"):
        return f"delete {label} in {edge.removesuffix(label).rstrip()}"
    fits = label and edge.endswith((label, label.removesuffix(".__self__")))
    if not fits or _CANNOT in cycle.cut.instruction.lower():
        return f"cut {edge}"
    return f"{_VERBS.get(label[0], 'cut')} {edge}"
