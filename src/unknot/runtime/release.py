"""What becomes of `session.worker_task` once its driver is done: three policies, one line each.

A policy is a field of the session and not a subclass, so that the type names stay equal and two
censuses can be subtracted from each other.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import TypeAlias

from .session import DispatchSession

Release: TypeAlias = Callable[[DispatchSession], None]

# Where `pin` files sessions. Clear it to let them go.
pinned: list[DispatchSession] = []


def sever(session: DispatchSession) -> None:
    """Nothing is left to the collector: the product."""
    # Severs session -> task -> context -> `current_session` -> session.
    # test_endings.py, test_a_severed_dispatch_leaves_nothing_to_the_collector, fails without it.
    session.worker_task = None


def keep(session: DispatchSession) -> None:
    """The cycle session -> task -> context -> session stays: the deliberately cyclic baseline."""


def pin(session: DispatchSession) -> None:
    """The session stays, reachable, for good: the deliberate true leak."""
    pinned.append(session)
