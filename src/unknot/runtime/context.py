"""The context variable that tells a routine which dispatch it is running in."""

from __future__ import annotations

from contextvars import ContextVar

from .session import DispatchSession

current_session: ContextVar[DispatchSession] = ContextVar("current_session")
