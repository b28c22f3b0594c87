"""Finds, measures and gates what each operation leaves behind for CPython's cyclic collector.

The way through the package, in the order to read it:

- `cli` is the command line, one module a verb.
- `measuring` runs a workload in fresh processes and says what each operation left: its `cell` is
  one process, and the place to start.
- `agent` is what runs inside the measured process. Standard library alone, Python 3.8 and newer.
- `environments` finds interpreters and installs what is measured; `supervision` ends with us all
  that we start.
- `heap` takes the agent's raw snapshot and finds the garbage in it. Arrays in, numbers out.
- `attach` looks into a process that already runs, and keeps what it holds as a dump.
- `records` are the results, frozen, and their JSON; `errors` is every error and its exit code;
  `text` makes what others named safe to show, and `files` writes what a command is told to.
- `report` turns records into blocks, and shows these as text, a page, pictures and Markdown.
- `pytest_plugin` asks the same of each test of a suite, and `block` of a block inside a test.
- `api` has the functions for programs and notebooks, `outcomes` what they return. Stable are the
  names in `__all__` below, the command line and the result's JSON. All else is private.
- `runtime` is the specimen: the dispatch runtime that the benchmarks measure. It knows nothing
  of the rest.

A leaked object is an identity to the agent (`agent.snapshot`, `agent.labels`), and from
`heap.snapshot` on a place in that. `measuring.probe` alone turns a place into an identity, to ask
the agent (`attach.capture` and `block` where there is none), and `heap.replies` what it replies
into places. `heap.holders` finds its holder, `measuring.held_leaks` what to say of it, and
`heap.chains` replaces places by names: `records` and all that follows have nothing else.
`tests/test_identities.py` lists who knows identities.

What to do about a finding is worded by `heap.cut_advice` or `heap.leak_advice` (by
`measuring.running` for a task that still runs); `records.findings` holds it, with what the finding
is. `report.wording` makes lines of both, which `text` makes safe, and `report.terminal` prints
them. To the page, `report.findings` gathers equal findings of several cells and has `report.rings`
draw them, `report.sections` says where each stands, and the words go from `report.wording` by
`report.html` into the templates `blocks` and `page`. `tests/test_words.py` follows them, through
four files to the terminal and six to the page.

`--in-flight` goes from `cli.options` by `measuring.spec` to the agent's `service`, and in
`records.case` to every table and heading that tells cells apart.

Imports go one way only: `tests/test_layers.py` and the contracts in `pyproject.toml` see to it.
This module stays light, because every process that imports a part of the package runs it.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from unknot.agent.marking import workload
from unknot.api import compare, explain, load, measure
from unknot.attach.own import snapshot
from unknot.block import CyclesLeft, no_cycles
from unknot.errors import UnknotError
from unknot.version import __version__ as __version__

if TYPE_CHECKING:
    from unknot.outcomes import Changes, Garbage, Result
    from unknot.records.look import Look

__all__ = [
    "Changes",
    "CyclesLeft",
    "Garbage",
    "Look",
    "Result",
    "UnknotError",
    "compare",
    "explain",
    "load",
    "measure",
    "no_cycles",
    "snapshot",
    "workload",
]

_RECORDS = {
    "Changes": "unknot.outcomes",
    "Garbage": "unknot.outcomes",
    "Look": "unknot.records.look",
    "Result": "unknot.outcomes",
}
"""What the functions return, loaded when it is first used: msgspec takes longer than the rest."""


def __getattr__(name: str) -> Any:
    if name not in _RECORDS:
        raise AttributeError(f"module 'unknot' has no attribute {name!r}")
    from importlib import import_module

    return getattr(import_module(_RECORDS[name]), name)
