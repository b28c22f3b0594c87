"""Made-up results, for tests of the page in a browser. Nothing in them was measured."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from functools import partial
from typing import Any, Literal

import msgspec
from msgspec import inspect
from msgspec.structs import replace

from bench.made_up import huge, small
from bench.page import REFERENCE
from tests.report.conftest import (
    ENDINGS,
    SESSION,
    TASK,
    VARIANTS,
    cell,
    failed_cell,
    of_cells,
    whole,
)
from tests.report.made_look import look_file
from unknot.records import (
    Allocations,
    Cut,
    Cycle,
    Difference,
    Holders,
    Leak,
    Process,
    Result,
    Site,
    Step,
    read_result,
)
from unknot.records.look_file import LookFile

ATTACKS = {
    "script": "<script>alert(1)</script>",
    "image": "<img src=x onerror=alert(1)>",
    "end of script": "</script></style></svg><script>alert(1)</script>",
    "quotes": "\"' onfocus=alert(1) autofocus x=\"'`",
    "scheme": "javascript:alert(1)//",
    "elsewhere": "https://example.invalid/",
    "template": "{{ 7*7 }}{% raw %}${7*7}&lt;b&gt;&#60;",
    "right to left": "\u202e\u2067\u05e9\u05dc\u05d5\u05dd \u0627\u0644\u0639\u0631\u2069",
    "emoji": "\N{PILE OF POO}\N{FAMILY}\N{WOMAN}\N{ZERO WIDTH JOINER}\N{PERSONAL COMPUTER}",
    "terminal": "\x1b[31mred\x07\r\n\x00\x85\u2028[bold]",
    "long": "x" * 5_000,
    "long words": "words and words " * 300,
}


def step(source: str, label: str, target: str, cut: bool = False) -> Step:
    return Step(source=source, label=label, target=target, cut=cut)


def cycle(*steps: Step, signature: str = "3f9a1c0123456789", hanging: int = 9) -> Cycle:
    """One copy per operation of a circle from which ``hanging`` objects hang."""
    edges = [f"{one.source.split('.')[-1]}{one.label}" for one in steps if one.cut]
    waiting = len(steps) + hanging
    return Cycle(
        signature=signature,
        per_op=1.0,
        objects_per_op=float(waiting),
        component=len(steps),
        path=[f"{one.source}{one.label}" for one in steps],
        steps=list(steps),
        cut=Cut(
            edge=" and ".join(edges),
            edges=edges,
            frees_per_op=float(waiting),
            of_per_op=float(waiting),
            sufficient=True,
            instruction=f"Set `{edges[0]}` to None in `Worker.done` (app/worker.py:50).",
            proven=250,
        ),
        origin="application",
        where="app/worker.py:50",
    )


def session_cycle() -> Cycle:
    context = "contextvars.Context"
    return cycle(
        step(SESSION, ".worker_task", TASK, cut=True),
        step(TASK, "._context", context),
        step(context, "[current_session]", SESSION),
        signature="530af27dd902f6a2",
    )


def self_cycle() -> Cycle:
    return cycle(step("app.Node", ".me", "app.Node", cut=True), signature="1" * 16, hanging=0)


def long_cycle(steps: int) -> Cycle:
    """Of objects with names as people give them, two references to cut."""
    names = [f"package_{number}.module.LongNamedThing{number}" for number in range(steps)]
    return cycle(
        *(
            step(name, f".attribute_number_{number}", names[(number + 1) % steps], number in (1, 4))
            for number, name in enumerate(names)
        ),
        signature=f"{steps:016x}",
        hanging=1_234,
    )


def shortened_cycle() -> Cycle:
    """As the records have one of 10,000 steps: its begin, its end, and between them how many."""
    whole_ = long_cycle(14)
    gap = step("", "… 9,986 more …", "package_9993.module.Node")
    return replace(
        whole_,
        signature="abcdef0123456789",
        component=10_000,
        steps=[*whole_.steps[:7], gap, *whole_.steps[7:]],
        path=[*whole_.path[:7], "… 9,986 more …", *whole_.path[7:]],
    )


def leak() -> Leak:
    return Leak(
        type=SESSION,
        per_op=1.0,
        path=["module app.registry", "list[…]"],
        steps=[
            step("module app", ".registry", "builtins.list"),
            step("builtins.list", "[…]", SESSION),
        ],
        note="11 objects of other types per op are leaked beside it",
    )


def processes() -> list[Process]:
    main = cell("cyclic")
    child = Process(
        number=1,
        role="child",
        command="python -m app.worker --port 0",
        python="3.11.7",
        started="spawn",
        rounds=4,
        ended="killed",
        notes=["ended before the last round"],
    )
    mother = Process(
        number=0,
        role="main",
        command="python -m app",
        python="3.11.7",
        started="agent",
        rounds=4,
        verdict="cyclic",
        per_op=main.per_op,
        types=main.types,
        cycles=[session_cycle()],
    )
    return [mother, child]


def difference(
    subject: Literal["total", "type", "signature"], name: str, before: float, after: float
) -> Difference:
    return Difference(
        workload="bundled",
        shape="coroutine",
        ending="returned",
        gc="off",
        python="3.11.7",
        baseline="cyclic",
        candidate="severed",
        subject=subject,
        name=name,
        measure="copies" if subject == "signature" else "cyclic",
        before=before,
        after=after,
        change="gone" if not after else "less" if after < before else "more",
        ratio=after / before if before else None,
        worse=after > before,
    )


def allocations(variant: str, error: str | None = None) -> Allocations:
    sites = [
        Site(
            function=f"function_{number}",
            file=f"src/app/module_{number}.py",
            line=10 * number,
            bytes_per_op=2_048.0 / (number + 1),
            allocations_per_op=4.0 / (number + 1),
        )
        for number in range(6)
    ]
    seen = Allocations(
        workload="bundled",
        variant=variant,
        shape="coroutine",
        ending="returned",
        python="3.11.7",
        gc="off",
        ops=1_000,
        error=error,
    )
    if error is not None:
        return seen
    return replace(
        seen,
        high_water_bytes=5 << 20,
        left_bytes=3 << 20,
        left_allocations=12_000,
        high_water=sites,
        left=sites,
        flame_graph=f"flame-{variant}.html",
    )


def holders() -> Holders:
    return Holders(
        workload="bundled",
        variant="pinned",
        shape="coroutine",
        ending="returned",
        python="3.11.7",
        type=SESSION,
        dot='digraph { a [label="list"]; b [label="DispatchSession"]; a -> b; }',
    )


def everything() -> Result:
    """A cell, a finding, a figure of every kind."""
    cells = []
    for one in whole().cells:
        if one.variant == "cyclic":
            one = replace(one, cycles=[session_cycle()])
        if one.variant == "pinned":
            one = replace(one, leaks=[leak()])
        cells.append(one)
    places = zip(ENDINGS, several_cycles(), strict=False)
    cells += [
        replace(cell("cyclic", "off", "stream", ending, sustained=False), cycles=[found])
        for ending, found in places
    ]
    cells[1] = replace(cells[1], processes=processes(), notes=["two views contradict"])
    return replace(
        whole(),
        cells=[*cells, failed_cell("cyclic", "auto")],
        differences=[
            difference("total", "cyclic", 12, 0),
            difference("total", "cyclic", 1_001, 1_002),
            difference("type", TASK, 1, 0),
            difference("signature", "530af27dd902f6a2", 1, 0),
        ],
        latencies=[
            replace(one, values_s=[one.mean_s * (1 + (i % 7 - 3) / 100) for i in range(one.values)])
            for one in whole().latencies
        ],
        allocations=[allocations(variant) for variant in VARIANTS],
        holders=[holders()],
    )


def several_cycles() -> list[Cycle]:
    """Rings as short, as long and as crooked as they come."""
    return [session_cycle(), self_cycle(), long_cycle(8), shortened_cycle()]


def rings() -> Result:
    """A cell with :func:`several_cycles`."""
    return of_cells(replace(cell("cyclic"), cycles=several_cycles()))


def without_tools() -> Result:
    """As measured where neither memray nor Graphviz is."""
    absent = "memray is not installed: python -m pip install 'unknot[allocations]'"
    return replace(everything(), allocations=[allocations("cyclic", absent)], holders=[])


def renamed(result: Result, name: Callable[[str], str]) -> Result:
    """The result with ``name`` of every text, but for fields that know a few words alone."""
    told = _renamed(msgspec.to_builtins(result), inspect.type_info(Result), name)
    return msgspec.convert(told, Result)


def _renamed(value: Any, kind: inspect.Type, name: Callable[[str], str]) -> Any:
    match kind:
        case inspect.StrType():
            return name(value) if value else value
        case inspect.StructType():
            return {
                field.encode_name: _renamed(value[field.encode_name], field.type, name)
                for field in kind.fields
            }
        case inspect.ListType():
            return [_renamed(item, kind.item_type, name) for item in value]
        case inspect.DictType():
            return {
                _renamed(key, kind.key_type, name): _renamed(item, kind.value_type, name)
                for key, item in value.items()
            }
        case inspect.UnionType() if value is not None:
            [other] = [one for one in kind.types if not isinstance(one, inspect.NoneType)]
            return _renamed(value, other, name)
    return value


def attacked(attacks: Iterable[str]) -> Result:
    """Everything, each text begun with one of ``attacks``; equal texts stay equal."""
    several = list(attacks)
    return renamed(everything(), lambda text: several[sum(text.encode()) % len(several)] + text)


RESULTS: dict[str, Callable[[], Result]] = {
    "small": small,
    "reference": lambda: read_result(REFERENCE),
    "everything": everything,
    "rings": rings,
    "without tools": without_tools,
    "empty": of_cells,
    "only errors": lambda: of_cells(failed_cell("severed"), failed_cell("cyclic", "auto")),
    "clean": lambda: of_cells(*(cell("severed", gc) for gc in ("off", "auto"))),
    "huge": huge,
    "every attack": lambda: attacked(ATTACKS.values()),
    "tame": lambda: renamed(everything(), lambda text: f"tame{text}"),
    **{name: partial(attacked, [text]) for name, text in ATTACKS.items()},
}
"""By name."""

LOOKS: dict[str, Callable[[], LookFile]] = {
    "look": look_file,
    "attacked look": lambda: look_file("".join(ATTACKS.values())),
}
"""Looks at a process by name."""

DRAWN = {"small", "reference", "everything", "huge", "every attack"}
"""Those whose pages have pictures; drawing takes most of the time."""
