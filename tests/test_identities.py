"""An object's identity is known to the agent, to a snapshot and to what asks the agent: no further.

A leaked object's way from the agent to a page is short in files that have to know what an identity
is. All others speak of places in a snapshot, or of names.
"""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from pathlib import Path

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

import unknot
from tests.heap.made import make_snapshot
from unknot.heap.snapshot import Identity, locate

PACKAGE = Path(unknot.__file__).parent
NAMED = re.compile(r"(?:^|_)(?<!native_)(?:ids?|identit(?:y|ies))(?:$|_)", re.IGNORECASE)
MOST = 27
"""With the agent, where some know the identities of types alone."""
OUTSIDE = {
    "attach/capture.py": "asks the process for a dump's names",
    "attach/dump_file.py": "the file of a dump",
    "attach/duties.py": "what goes over the wire",
    "block.py": "asks its own process",
    "heap/replies.py": "reads replies: every identity becomes a place",
    "heap/snapshot.py": "has identity and place side by side",
    "heap/survey.py": "reads a reply",
    "measuring/bounds.py": "knows a container again, from one reply to the next",
    "measuring/heap_duties.py": "what goes over the wire",
    "measuring/probe.py": "asks the agent",
    "measuring/tracer.py": "runs in the measured process",
    "pytest_plugin/instrument.py": "runs in the measured process",
}
"""Files outside the agent, and why they know identities."""


def test_few_files_know_what_an_identity_is() -> None:
    files = {
        str(path.relative_to(PACKAGE))
        for path in PACKAGE.rglob("*.py")
        if knows_identities(path.read_text()) and "runtime" not in path.parts
    }
    outside = {name for name in files if not name.startswith("agent/")}
    assert outside == OUTSIDE.keys()
    assert len(files) <= MOST


def knows_identities(source: str) -> bool:
    return any(map(NAMED.search, names(ast.parse(source))))


def names(tree: ast.AST) -> Iterator[str]:
    """Names in code and short texts, such as keys of messages.

    Without the builtin ``id``, by which code also tells things apart that it holds.
    """
    for node in ast.walk(tree):
        match node:
            case ast.Name(name) | ast.Attribute(attr=name) if name != "id":
                yield name
            case ast.arg(name) | ast.keyword(name) | ast.alias(name):
                yield name or ""
            case ast.FunctionDef(name) | ast.AsyncFunctionDef(name) | ast.ClassDef(name):
                yield name
            case ast.Constant(str(text)):
                yield text


def test_what_knows_identities_is_told() -> None:
    assert not knows_identities("def f(places): return {id(each): each for each in places}")
    for source in ("heap.ids[place]", "def f(identity): ...", "ask(ids=some)", "one['id']"):
        assert knows_identities(source)


addresses = st.lists(st.integers(1, 40).map(lambda number: 32 * number), unique=True)


@given(addresses, addresses)
def test_what_is_not_there_has_no_place(wanted: list[int], there: list[int]) -> None:
    found = locate(np.array(wanted, dtype=np.uint64), np.array(there, dtype=np.uint64)).tolist()
    assert found == [there.index(each) if each in there else -1 for each in wanted]


def test_an_identity_leads_back_to_its_place_and_unknown_ones_are_left_out() -> None:
    heap = make_snapshot(["a", "b", "c"], [])
    last, first = heap.identities([2, 0])
    assert heap.places([last, Identity(7), first, last]) == {first: 0, last: 2}
    assert list(heap.places([last, first]).values()) == [0, 2]
