"""A made-up look at a process, and the one before it. Nothing in it was measured."""

from __future__ import annotations

from unknot.records import Cut, Cycle, Leak, Step
from unknot.records.look import Dominator, Facts, Look, Suspect, TaskGroup, TypeTotal
from unknot.records.look_file import LookFile


def look_file(name: str = "app.Session", *, compared: bool = True) -> LookFile:
    """``name`` is what the process's types and variables are called."""
    before = made_look(name, 1_000) if compared else None
    return LookFile(
        unknot="0.0.0", title=f"process 4711 {name}", look=made_look(name, 3_000), before=before
    )


def made_look(name: str, objects: int) -> Look:
    held = Step(source=f"module {name}", label=f".{name}", target="builtins.dict")
    return Look(
        facts=Facts(
            python="3.14.0",
            collector="generational",
            enabled=True,
            thresholds=[2_000, 10, 0],
            passes=[12, 3, 0],
            frozen=17,
            pause=0.0215,
            halted=0.7,
            taken="2026-11-26T07:00:00+00:00",
        ),
        objects=20_000 + objects,
        bytes=9_000_000,
        types=[
            TypeTotal(type="builtins.dict", objects=2_000, bytes=4_000_000),
            TypeTotal(type=name, objects=objects, bytes=objects * 100),
        ],
        tasks=[TaskGroup(coroutine=name, state="done", tasks=40, where=f"/srv/{name}.py:12")],
        garbage=objects,
        cycles=[made_cycle(name, objects)],
        suspects=[
            Suspect(
                type="builtins.dict",
                bytes=4_000_000,
                share=0.4,
                path=[f"module {name}.{name}"],
                steps=[held],
                holds=[TypeTotal(type=name, objects=objects, bytes=3_900_000)],
            )
        ],
        dominators=[
            Dominator(
                title=f"module {name}",
                objects=1,
                bytes=5_000_000,
                share=0.5,
                below=[
                    Dominator(
                        title="builtins.dict",
                        label=f".{name}",
                        objects=1,
                        bytes=4_000_000,
                        share=0.4,
                        below=[Dominator(title=name, objects=objects, bytes=3_900_000, share=0.39)],
                    )
                ],
            ),
            Dominator(title="builtins.str", objects=30_000, bytes=4_000_000, share=0.4),
        ],
        grown=[
            Leak(
                type=name,
                per_op=float(objects - 1_000),
                objects_per_op=float(objects),
                bytes_per_op=300_000.0,
                path=[f"module {name}.{name}"],
                steps=[held],
            )
        ]
        * (objects > 1_000),
    )


def made_cycle(name: str, objects: int) -> Cycle:
    return Cycle(
        signature="3f9a1c0123456789",
        per_op=float(objects),
        objects_per_op=float(objects),
        component=1,
        path=[f"{name}.me"],
        steps=[Step(source=name, label=".me", target=name, cut=True)],
        cut=Cut(
            edge=f"{name}.me",
            edges=[f"{name}.me"],
            frees_per_op=float(objects),
            of_per_op=float(objects),
            sufficient=True,
            instruction=f"Clear `{name}.me` when it is wanted no more.",
            proven=objects,
        ),
        origin="application",
    )
