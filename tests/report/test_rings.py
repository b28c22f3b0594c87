"""A ring shows every reference or counts it, marks the cut, and no name breaks it."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import combinations
from math import hypot

import jinja2
import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.report.made_cycles import HOSTILE_NAMES, made_cycle
from unknot.records import Cut, Cycle, Leak, Step
from unknot.report.rings.geometry import Box, Curve, Label, Oval, Ring, broken, cells, circle, line
from unknot.report.rings.links import links_of
from unknot.report.rings.ring import chain_of, ring_of

names = st.one_of(
    st.sampled_from(["asyncio.Task", "contextvars.Context", "app.web.Session"]),
    st.sampled_from([name[:100] for name in HOSTILE_NAMES]),  # a failure is read by people
    st.text(min_size=1, max_size=60),
)


@st.composite
def cycles(draw: st.DrawFn) -> Cycle:
    """Of any length, with runs, with any names, any steps to cut, and perhaps an excerpt."""
    types = draw(st.lists(names, min_size=1, max_size=30))
    labels = draw(st.lists(names, min_size=len(types), max_size=len(types)))
    cuts = draw(st.sets(st.integers(0, len(types) - 1)))
    steps: list[Step] = []
    for at, (source, label) in enumerate(zip(types, labels, strict=True)):
        step = Step(source=source, label=label, target=types[(at + 1) % len(types)], cut=at in cuts)
        steps += [step] * draw(st.sampled_from([1, 1, 1, 40]))
    if draw(st.booleans()):
        at = draw(st.integers(1, len(steps)))
        missing = draw(st.integers(1, 10_000))
        steps.insert(at, Step(source="", label=f"… {missing:,} more …", target=types[0]))
    frees = draw(st.floats(0, 1e7))
    return made_cycle(
        *steps,
        per_op=draw(st.sampled_from([1, 0.25, 22.005, 1e6])),
        cut=Cut(
            edge=labels[0],
            edges=draw(st.lists(names, max_size=5)),
            frees_per_op=frees,
            of_per_op=frees + 1,
            sufficient=False,
            instruction="",
            proven=3,
        ),
    )


def ring_steps(number: int, cut: int = 0) -> list[Step]:
    """A circle of ``number`` objects of types of their own."""
    return [
        Step(source=f"T{at}", label=f".a{at}", target=f"T{(at + 1) % number}", cut=at == cut)
        for at in range(number)
    ]


def text_of(label: Label | None) -> str:
    return "".join(label.lines) if label else ""


def points(ring: Ring) -> list[tuple[float, float]]:
    """Every place that a line or a circle goes through or is pulled to."""
    curves = [curve for arc in ring.arcs for curve in (*arc.lines, *arc.scissors)]
    curves += [*ring.scissors]
    for node in ring.nodes:
        curves += [circle((dot.x, dot.y), dot.radius) for dot in node.dots]
    heads = [corner for arc in ring.arcs for corner in arc.head]
    return [*heads, *(point for curve in curves for point in curve.points)]


def overlap(one: Box, other: Box) -> bool:
    """Whether they have more in common than an edge."""
    wide = min(one.right, other.right) - max(one.left, other.left)
    high = min(one.bottom, other.bottom) - max(one.top, other.top)
    return min(wide, high) > 0.01


def overlapping(labels: Sequence[Label]) -> list[tuple[str, str]]:
    return [
        (text_of(one), text_of(other))
        for one, other in combinations(labels, 2)
        if overlap(one.box, other.box)
    ]


def session() -> Cycle:
    return made_cycle(
        Step(source="app.DispatchSession", label=".worker_task", target="asyncio.Task", cut=True),
        Step(source="asyncio.Task", label="._context", target="contextvars.Context"),
        Step(source="contextvars.Context", label="[current]", target="app.DispatchSession"),
    )


def test_a_ring_says_what_to_clear_what_that_frees_and_what_hangs_from_it() -> None:
    ring = ring_of(session())
    assert [label.full for label in ring.headline] == [
        "clear DispatchSession.worker_task",
        "frees 14 of 14 objects per operation",
    ]
    assert [text_of(label) for label in ring.notes] == [
        "1",
        "cycle per op",
        "5 objects in the circle, 3 shown",
    ]
    assert text_of(ring.hanging) == "+ 9 objects hang from it"
    assert ring.title == (
        "Cycle: clear DispatchSession.worker_task, frees 14 of 14 objects per operation"
    )


def test_a_ring_is_told_in_sentences_step_by_step() -> None:
    assert ring_of(session()).description == (
        "1 reference cycle per operation, 5 objects in the circle, 3 shown. "
        "app.DispatchSession refers by .worker_task to asyncio.Task (cut here: frees 14 of 14 "
        "objects per operation). asyncio.Task refers by ._context to contextvars.Context. "
        "contextvars.Context refers by [current] to app.DispatchSession. "
        "9 objects hang from it."
    )


def test_objects_and_references_are_named_in_turn_and_the_cut_says_what_it_frees() -> None:
    ring = ring_of(session())
    assert [text_of(node.label) for node in ring.nodes] == [
        "app.DispatchSession",
        "asyncio.Task",
        "contextvars.Context",
    ]
    assert [text_of(arc.label) for arc in ring.arcs] == [".worker_task", "._context", "[current]"]
    cut = ring.arcs[0]
    assert cut.cut
    assert text_of(cut.verdict) == "cut: frees 14 of 14"
    assert cut.scissors
    assert [arc.cut for arc in ring.arcs] == [True, False, False]


def test_an_object_that_refers_to_itself_is_one_object_and_a_line_around() -> None:
    ring = ring_of(made_cycle(Step(source="T", label=".me", target="T", cut=True)))
    assert (len(ring.nodes), len(ring.arcs)) == (1, 1)
    assert text_of(ring.arcs[0].label) == ".me"


def test_a_linked_list_is_one_object_with_its_number() -> None:
    steps = [
        Step(source="app.List", label=".first", target="Node", cut=True),
        *[Step(source="Node", label=".next", target="Node")] * 40,
        Step(source="Node", label=".owner", target="app.List"),
    ]
    ring = ring_of(made_cycle(*steps, component=42))
    assert [text_of(node.label) for node in ring.nodes] == ["app.List", "Node× 40", "Node"]
    assert text_of(ring.notes[-1]) == "42 objects in the circle"
    assert "Node refers by .next to Node, 40 times" in ring.description


def test_of_a_very_long_cycle_both_ends_are_shown_and_the_rest_is_counted() -> None:
    steps = ring_steps(10_000)
    excerpt = [*steps[:8], Step(source="", label="… 9,984 more …", target="T1"), *steps[-8:]]
    ring = ring_of(made_cycle(*excerpt, component=10_000))
    hidden = [text_of(node.label) for node in ring.nodes if node.kind == "hidden"]
    assert hidden == ["… 9,992 more"]
    assert text_of(ring.notes[-1]) == "10,000 objects in the circle, 8 shown"


@pytest.mark.parametrize("cut", [0, 9, 17, 29])
def test_the_reference_to_cut_is_shown_wherever_it_is(cut: int) -> None:
    ring = ring_of(made_cycle(*ring_steps(30, cut)))
    assert [text_of(arc.label) for arc in ring.arcs if arc.cut] == [f".a{cut}"]


@pytest.mark.parametrize(
    ("step", "edge", "instruction", "task"),
    [
        ((".task", "Job"), "Job.task", "", "clear Job.task"),
        ((".method.__self__", "Job"), "Job.method", "", "clear Job.method"),
        (("['key']", "dict"), "Job.seen['key']", "", "remove Job.seen['key']"),
        (("[…]", "list"), "Signal.callbacks[…]", "", "remove Signal.callbacks[…]"),
        (("local error", "frame f"), "frame f local error", "", "delete local error in frame f"),
        (("closure job", "f"), "f closure job", "", "cut f closure job"),
        ((".__dict__", "Made"), "class Made made anew", "", "avoid class Made made anew"),
        (("._cb", "T"), "T._cb", "No statement clears `T._cb`, which …", "cut T._cb"),
    ],
)
def test_the_verb_is_one_that_can_be_done_to_it(
    step: tuple[str, str], edge: str, instruction: str, task: str
) -> None:
    label, source = step
    cycle = made_cycle(Step(source=source, label=label, target="x", cut=True))
    cut = msgspec.structs.replace(cycle.cut, edge=edge, edges=[edge], instruction=instruction)
    assert ring_of(msgspec.structs.replace(cycle, cut=cut)).headline[0].full == task


def test_where_one_cut_is_not_enough_the_others_are_marked_and_counted() -> None:
    cycle = made_cycle(
        Step(source="A", label=".x", target="B", cut=True),
        Step(source="B", label=".y", target="A", cut=True),
    )
    cut = msgspec.structs.replace(cycle.cut, edge="A.x and B.y", edges=["A.x", "B.y"])
    ring = ring_of(msgspec.structs.replace(cycle, cut=cut))
    assert ring.headline[0].full == "clear A.x and 1 more"
    assert [text_of(arc.verdict) for arc in ring.arcs] == ["cut: frees 14 of 14", "cut too"]


def test_a_cycle_without_a_known_cut_says_so() -> None:
    cycle = made_cycle(Step(source="A", label=".x", target="A"))
    cut = msgspec.structs.replace(cycle.cut, edge="", edges=[], frees_per_op=0)
    ring = ring_of(msgspec.structs.replace(cycle, cut=cut))
    assert ring.headline[0].full == "no cut was found"
    assert not ring.arcs[0].cut


@given(cycles())
def test_every_step_is_on_the_ring_or_counted_where_it_is_left_out(cycle: Cycle) -> None:
    links = links_of(cycle.steps)
    excerpts = [step for step in cycle.steps if not step.source]
    counted = sum(int("".join(filter(str.isdigit, step.label))) for step in excerpts)
    whole = len(cycle.steps) - len(excerpts) + counted
    assert sum(link.steps for link in links) == whole
    ring = ring_of(cycle)
    for link, node, arc in zip(links, ring.nodes, ring.arcs, strict=True):
        assert (node.kind == "hidden") == bool(link.hidden)
        assert (arc.label is None) == bool(link.hidden)
        if link.hidden:
            assert f"{link.hidden:,}" in node.label.full


@given(cycles())
def test_the_references_to_cut_are_marked_and_no_others(cycle: Cycle) -> None:
    links = links_of(cycle.steps)
    ring = ring_of(cycle)
    assert [arc.cut for arc in ring.arcs] == [link.cut for link in links]
    wanted = sum(step.cut for step in cycle.steps)
    assert sum(link.cut * link.times + link.hidden_cuts for link in links) == wanted
    assert any(arc.cut for arc in ring.arcs) == bool(wanted)
    for arc in ring.arcs:
        assert bool(arc.scissors) == bool(arc.verdict) == arc.cut
        assert len(arc.lines) == (2 if arc.cut else 1)


@given(cycles())
def test_no_name_leaves_the_drawing_or_lies_upon_another(cycle: Cycle) -> None:
    ring = ring_of(cycle)
    for label in ring.labels:
        assert 0 <= label.box.left < label.box.right <= ring.width, label
        assert 0 <= label.box.top < label.box.bottom <= ring.height, label
        assert label.size >= 12
    for x, y in points(ring):
        assert 0 <= x <= ring.width
        assert 0 <= y <= ring.height
    assert overlapping(ring.labels) == []


@given(cycles())
def test_no_name_lies_upon_an_object(cycle: Cycle) -> None:
    ring = ring_of(cycle)
    for node in ring.nodes:
        for x, y, radius in node.dots:
            disc = Box(x - radius, y - radius, x + radius, y + radius)
            assert not any(overlap(label.box, disc) for label in ring.labels)


@given(cycles())
def test_a_drawing_is_of_bounded_size(cycle: Cycle) -> None:
    ring = ring_of(cycle)
    assert len(ring.nodes) == len(ring.arcs) <= 13
    assert ring.width == 400
    assert ring.height < 900
    assert len(ring.description) < 12_000


def test_labels_that_lie_upon_each_other_are_found() -> None:
    one = Label(("name",), 10, 10, "start", 12, "name")
    assert overlapping([one, one._replace(x=20)]) == [("name", "name")]
    assert overlapping([one, one._replace(y=30), one._replace(x=60)]) == []


@pytest.mark.parametrize(
    ("text", "lines"),
    [
        ("asyncio.Task", ("asyncio.Task",)),
        ("contextvars.Context", ("contextvars.", "Context")),
        ("local kept_error", ("local kept_", "error")),
        ("frame of refuse", ("frame of ", "refuse")),
        ("SingleConnection", ("Single", "Connection")),
        ("x" * 99, ("x" * 12, "…" + "x" * 11)),
        ("漢字" * 3, ("漢字" * 3,)),
        ("", ("…",)),
    ],
)
def test_a_name_is_broken_where_it_has_an_end_of_its_own(text: str, lines: tuple[str, ...]) -> None:
    assert broken(text, 12, 2) == lines


@given(st.text(max_size=300), st.integers(4, 50), st.integers(1, 3))
def test_lines_are_as_short_and_few_as_asked_for(text: str, width: int, most: int) -> None:
    lines = broken(text, width, most)
    assert 1 <= len(lines) <= most
    assert all(cells(line.rstrip()) <= width for line in lines)


def test_a_curve_follows_the_ring() -> None:
    oval = Oval(100, 100, 60, 90)
    curve = oval.curve(0.4, 2.9)
    for at in range(0, len(curve.points), 3):
        x, y = curve.points[at]
        assert hypot((x - 100) / 60, (y - 100) / 90) == pytest.approx(1)
    assert line((0, 0), (1, 1)) == Curve(((0, 0), (0, 0), (1, 1), (1, 1)))


def test_what_holds_a_leak_is_a_chain_from_its_root_to_it() -> None:
    steps = [
        Step(source="module app", label=".REGISTRY", target="builtins.dict"),
        Step(source="builtins.dict", label="['seen']", target="app.Entry"),
    ]
    chain = chain_of(Leak(type="app.Entry", per_op=2, path=[], steps=steps))
    assert chain is not None
    assert [label.full for label in chain.headline] == [
        "app.Entry stays reachable",
        "2 objects per operation leak",
    ]
    assert [text_of(node.label) for node in chain.nodes] == ["module app", "dict", "app.Entry"]
    assert [text_of(arc.label) for arc in chain.arcs] == [".REGISTRY", "['seen']"]
    assert [node.kind for node in chain.nodes] == ["object", "object", "leak"]
    assert chain.description == (
        "app.Entry stays reachable, 2 objects per operation leak. "
        "module app refers by .REGISTRY to dict. dict refers by ['seen'] to app.Entry."
    )


def test_what_goes_with_a_leak_is_counted_beside_it() -> None:
    steps = [Step(source="module app", label=".KEPT", target="app.Entry")]
    leak = Leak(type="app.Entry", per_op=1, objects_per_op=3, path=[], steps=steps)
    chain = chain_of(leak)
    assert chain is not None
    assert chain.headline[1].full == "1 object per operation leaks, and 2 more with it"


def test_a_leak_that_nothing_known_holds_has_no_chain() -> None:
    assert chain_of(Leak(type="app.Entry", per_op=1, path=[], steps=[])) is None


@given(cycles())
def test_no_name_leaves_the_drawing_of_a_chain_or_lies_upon_another(cycle: Cycle) -> None:
    chain = chain_of(Leak(type="app.Entry", per_op=1, path=[], steps=cycle.steps))
    assert chain is not None
    assert len(chain.nodes) == len(chain.arcs) + 1 <= 14
    for label in chain.labels:
        assert 0 <= label.box.left < label.box.right <= chain.width, label
        assert 0 <= label.box.top < label.box.bottom <= chain.height, label
    assert all(0 <= x <= chain.width and 0 <= y <= chain.height for x, y in points(chain))
    assert overlapping(chain.labels) == []


def test_hostile_names_are_text_in_the_page() -> None:
    loader = jinja2.PackageLoader("unknot.report", "templates")
    environment = jinja2.Environment(loader=loader, autoescape=True)
    template = environment.from_string('{% from "ring.html.j2" import ring %}{{ ring(one) }}')
    steps = [Step(source=name, label=name, target=name, cut=True) for name in HOSTILE_NAMES]
    cycle = msgspec.structs.replace(made_cycle(*steps), signature="\"><script>'")
    html = template.render(one=ring_of(cycle))
    assert "<script" not in html
    assert "&lt;script&gt;" in html
    assert "\u202e" not in html
    assert len(html) < 40_000
