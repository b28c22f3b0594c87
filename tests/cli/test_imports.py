"""What a verb imports: nothing that it does not use."""

from __future__ import annotations

import subprocess
import sys

import pytest

from unknot.cli.commands import VERBS

pytestmark = pytest.mark.once

HEAVY = {"jinja2", "matplotlib", "memray", "numpy", "objgraph", "pyperf"}
LIBRARIES = {*HEAVY, "asyncio", "msgspec", "psutil", "rich"}
PACKAGES = {"unknot.measuring.spec", "unknot.outcomes", "unknot.records", "unknot.report"}
PROGRAM = """
import sys
sys.argv = ["unknot", *sys.argv[1:]]
from unknot.cli import main
try:
    main()
finally:
    print(*sys.modules, file=sys.stderr)
"""


def imported_by(*arguments: str) -> set[str]:
    """The modules that are loaded when the command with those arguments is over."""
    done = subprocess.run(
        [sys.executable, "-c", PROGRAM, *arguments], capture_output=True, text=True, check=True
    )
    assert done.stdout
    return set(done.stderr.split())


def test_the_version_needs_no_library() -> None:
    found = imported_by("--version")
    assert not found & {
        *LIBRARIES,
        "click",
        "unknot.measuring.spec",
        "unknot.records",
        "unknot.report",
    }


def test_the_help_needs_click_and_none_of_the_verbs() -> None:
    found = imported_by("--help")
    assert "click" in found
    assert not found & {*LIBRARIES, *PACKAGES}


OF_HEAPS = {"attach", "dump", "explain"}
"""What these are for needs numpy, whatever is asked of them."""


@pytest.mark.parametrize("verb", VERBS)
def test_a_verb_loads_nothing_that_it_does_not_use_yet(verb: str) -> None:
    found = imported_by(verb, "--help")
    assert f"unknot.cli.{verb}" in found
    assert not found & (HEAVY - {"numpy"} if verb in OF_HEAPS else HEAVY)


def test_a_clean_heap_needs_no_library_of_graphs() -> None:
    code = (
        "import sys; from unknot.measuring.measurement import Measurement; "
        "from unknot.heap import Snapshot, find_garbage; "
        "import numpy as np; one = np.ones(1, int); none = np.zeros(0, np.int32); "
        "print(find_garbage(Snapshot(one, ('a',), one * 0, one, none, none))[0]); "
        "print('rustworkx' in sys.modules)"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.split() == ["False", "False"]
