"""The context variable that tells a routine which dispatch it is running in."""

from __future__ import annotations

from contextvars import ContextVar
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from .session import DispatchSession

current_session: ContextVar[DispatchSession] = ContextVar("current_session")
