"""Made-up cycles, for tests of how they are drawn: nothing was measured."""

from __future__ import annotations

from unknot.records import Cut, Cycle, Step

__all__ = ["HOSTILE_NAMES", "made_cycle"]

HOSTILE_NAMES = (
    "x" * 5_000,
    "\u202eevil שלום עולם",
    "<script>alert(1)</script>",
    "😀" * 300,
    "a\n\x1b[31m",
    "مرحبا بالعالم",
    "Z\u0351\u0352\u0353" * 50,
    "漢字" * 40,
    "a." * 200,
)


def made_cycle(
    *steps: Step, component: int = 5, per_op: float = 1, cut: Cut | None = None
) -> Cycle:
    """A cycle of those steps, of which 14 objects per operation wait."""
    edges = [f"{step.source.split('.')[-1]}{step.label}" for step in steps if step.cut]
    return Cycle(
        signature="3f9a1c0123456789",
        per_op=per_op,
        objects_per_op=14,
        component=component,
        path=[],
        steps=list(steps),
        cut=cut
        or Cut(
            edge=" and ".join(edges),
            edges=edges,
            frees_per_op=14,
            of_per_op=14,
            sufficient=True,
            instruction="Set it to None when its owner is done with it.",
            proven=20,
        ),
        origin="application",
    )
