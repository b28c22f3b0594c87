"""What was read from source files, kept for the next time where many are to come.

As one string of bytes a file: the collector does not track that, so no count and no snapshot of the
heap has it. Only its dictionary grows, which is therefore made before anything is counted.
"""

from __future__ import annotations

import marshal
from typing import Dict, List, Optional

from .assignments import AttributeStore, Function, Key

__all__ = ["Functions", "find_remembered", "remember", "remember_from_now_on"]

Functions = Dict[Key, List[Function]]

MOST_BYTES = 1 << 26
"""Of all files together; then it begins anew."""

FILES: Dict[str, bytes] = {}
is_on = False


def remember_from_now_on() -> None:
    """For a process in which objects are named again and again, as that of a test run."""
    global is_on
    is_on = True


def remember(file: str, functions: Functions) -> None:
    """Keep what is in a file; ``file`` names that version of it."""
    if not is_on:
        return
    if sum(map(len, FILES.values())) > MOST_BYTES:
        FILES.clear()
    FILES[file] = marshal.dumps(
        [
            (key, [(one[0], list(one[1]), list(map(tuple, one[2])), one[3]) for one in found])
            for key, found in functions.items()
        ]
    )


def find_remembered(file: str) -> Optional[Functions]:
    """What is in that version of a file, if it is known."""
    kept = FILES.get(file)
    return None if kept is None else {key: _read(found) for key, found in marshal.loads(kept)}


def _read(found: List[tuple]) -> List[Function]:  # type: ignore[type-arg]
    return [
        Function(arguments, set(lines), [AttributeStore(*one) for one in attributes], variables)
        for arguments, lines, attributes, variables in found
    ]
