"""The context variable that holds the dispatch in which a routine is running."""

from __future__ import annotations

from contextvars import ContextVar

from .session import DispatchSession

current_session: ContextVar[DispatchSession] = ContextVar("current_session")
