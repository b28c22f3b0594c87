"""Caches what was read from source files, in processes that label objects repeatedly.

What is read from a file is one bytes object, which the collector does not track, so no count and no
snapshot includes it. Only the dict grows, and it exists before anything is counted.
"""

from __future__ import annotations

import marshal
from typing import Any, Dict, List, Optional

from .assignments import AttributeStore, Function, Key

__all__ = ["Functions", "cache", "cache_functions", "cached", "cached_functions", "enable"]

Functions = Dict[Key, List[Function]]

MOST_BYTES = 1 << 26
"""Maximum total size in bytes; beyond that, the cache is cleared."""

FILES: Dict[str, bytes] = {}
is_on = False


def enable() -> None:
    """Enable the cache, for a process such as a test run."""
    global is_on
    is_on = True


def cache(key: str, content: Any) -> None:
    """Cache tuples, lists, numbers and strings; ``key`` identifies a version of a file."""
    if not is_on:
        return
    if sum(map(len, FILES.values())) > MOST_BYTES:
        FILES.clear()
    FILES[key] = marshal.dumps(content)


def cached(key: str) -> Optional[Any]:
    """What was cached; ``None`` if it is not."""
    kept = FILES.get(key)
    return None if kept is None else marshal.loads(kept)


def cache_functions(file: str, functions: Functions) -> None:
    """Cache the functions of a version of a file, which ``file`` identifies."""
    cache(
        file,
        [
            (key, [(one[0], list(one[1]), list(map(tuple, one[2])), one[3]) for one in found])
            for key, found in functions.items()
        ],
    )


def cached_functions(file: str) -> Optional[Functions]:
    """The functions of that version of a file; ``None`` if it is not cached."""
    kept = cached(file)
    return None if kept is None else {key: _read(found) for key, found in kept}


def _read(found: List[tuple]) -> List[Function]:  # type: ignore[type-arg]
    return [
        Function(arguments, set(lines), [AttributeStore(*one) for one in attributes], variables)
        for arguments, lines, attributes, variables in found
    ]
