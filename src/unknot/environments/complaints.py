"""What pip and uv say when they cannot install, in one line of ours and the last of theirs."""

from __future__ import annotations

import re

from unknot.errors import UnknotError
from unknot.text import masked

__all__ = ["explain"]

MOST_LINES = 10
LONGEST = 300

REASONS = (
    (
        r"ensurepip is not\s+available|No module named '?(venv|ensurepip)",
        "this Python lacks the module venv or ensurepip; install it, or install uv",
    ),
    (
        r"Retrying \(Retry|Max retries exceeded|NewConnectionError|Failed to fetch"
        r"|error sending request|network was disabled|Temporary failure in name resolution",
        "the package index is not within reach; look at the network and the index settings",
    ),
    (
        r"Failed to build|Failed building|metadata-generation-failed|subprocess-exited-with-error"
        r"|build backend (failed|returned)|Failed to (prepare|generate)"
        r"|BackendUnavailable|Cannot import '.*backend",
        "it cannot be built",
    ),
    (
        r"does not satisfy Python|require a different python|requires a different Python"
        r"|not a supported wheel on this platform|no wheels with a matching"
        r"|not compatible with|incompatible with|(depends on|requires) Python",
        "it does not support this Python or this machine",
    ),
    (
        r"was not found in|from versions: none",
        "there is no such package; look at the spelling, and at the settings of the index",
    ),
    (
        r"there (is|are) no versions? of|from versions: (?!none)|only .* (is|are) available",
        "there is no such version",
    ),
    (
        r"conflicting dependencies|ResolutionImpossible|requirements are unsatisfiable",
        "the requirements do not fit together",
    ),
    (r"No space left on device|Disk quota exceeded", "there is no room left on the disk"),
)
"""The first that fits is told; where several do, an earlier one is the cause of a later."""

NOISE = re.compile(
    r"\s*$|Using (CPython|Python) |WARNING: Location |\[notice\]|DEPRECATION: |Collecting "
    r"|Looking in |Processing |  (Downloading|Using cached) "
)


def explain(refusal: str, said: str) -> UnknotError:
    """``refusal`` with its likely reason, and in its details the last lines that say something.

    No user or password of a URL is in them.
    """
    flowing = " ".join(said.split())  # uv wraps its lines
    reason = next((words for pattern, words in REASONS if re.search(pattern, flowing, re.I)), "")
    lines = [line.rstrip() for line in said.splitlines() if not NOISE.match(line)]
    details = [masked(_clipped(line)) for line in lines[-MOST_LINES:]]
    return UnknotError(masked(f"{refusal}{reason and f': {reason}'}"), details)


def _clipped(line: str) -> str:
    return line if len(line) <= LONGEST else f"{line[:LONGEST]}…"
