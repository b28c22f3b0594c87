"""What happens to `session.worker_task` when its driver is done: three policies, one line each.

A policy is a field of the session, not a subclass, so that type names are equal and one census can
be subtracted from another.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import TypeAlias

from .session import DispatchSession

Release: TypeAlias = Callable[[DispatchSession], None]

# The sessions kept by `pin`. Clear it to free them.
pinned: list[DispatchSession] = []


def sever(session: DispatchSession) -> None:
    """Leave nothing to the collector: the product."""
    # Severs session -> task -> context -> `current_session` -> session.
    # test_endings.py, test_a_severed_dispatch_leaves_nothing_to_the_collector, fails without it.
    session.worker_task = None


def keep(session: DispatchSession) -> None:
    """Keep the cycle session -> task -> context -> session: the deliberately cyclic baseline."""


def pin(session: DispatchSession) -> None:
    """Keep the session reachable forever: the deliberate leak."""
    pinned.append(session)
