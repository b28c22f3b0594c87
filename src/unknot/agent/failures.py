"""Formats an exception of the workload: its message, and a traceback of the user's frames only."""

from __future__ import annotations

import os
from traceback import FrameSummary, TracebackException, extract_tb, format_list
from types import TracebackType
from typing import List, Optional, Tuple

from .census import type_name

__all__ = ["MESSAGE", "clip", "describe_failure"]

AGENT = os.path.dirname(os.path.abspath(__file__)) + os.sep
CALLERS = tuple(
    AGENT + name for name in ("backends.py", "loopless.py", "service.py", "workload.py")
)
"""Files that call the workload's code: frames up to the last one in these are unknot's."""

IMPORTLIB = ("<frozen importlib", os.path.join(os.path.dirname(os.__file__), "importlib") + os.sep)

MESSAGE = 2_000
TRACEBACK = 40_000
"""Maximum number of characters shown of an exception's message and traceback."""


def describe_failure(error: BaseException) -> Tuple[str, str]:
    """The last line of an exception's traceback, and the whole of it. Never raises.

    The workload's own code may produce the text.
    """
    try:
        shown = TracebackException(type(error), error, _traceback_of(error))
        _keep_users_frames(shown)
        lines = "".join(shown.format())
        shown.__notes__ = None  # they would come last
        message = list(shown.format_exception_only())[-1].strip()
    except BaseException:  # for example, a SyntaxError whose fields have other types
        lines = "".join(format_list(_users_frames(extract_tb(_traceback_of(error)))))
        message = f"{type_name(type(error)).rpartition('.')[2]}, which cannot be formatted"
    return clip(message, MESSAGE), clip(lines, TRACEBACK)


def _traceback_of(error: BaseException) -> Optional[TracebackType]:
    """As the interpreter keeps it, whatever the class has under that name."""
    traceback: Optional[TracebackType] = BaseException.__dict__["__traceback__"].__get__(error)
    return traceback


def clip(text: str, longest: int) -> str:
    """``text``, without its middle if it is longer than ``longest`` characters."""
    if len(text) <= longest:
        return text
    half = longest // 2
    return f"{text[:half]} … {len(text) - 2 * half:,} characters … {text[-half:]}"


def _keep_users_frames(formatted: TracebackException) -> None:
    """Remove frames of the agent and importlib, from causes and contexts too."""
    seen = set()
    waiting: List[Optional[TracebackException]] = [formatted]
    while waiting:
        each = waiting.pop()
        if each is None or id(each) in seen:
            continue
        seen.add(id(each))
        each.stack[:] = _users_frames(each.stack)
        waiting += [each.__cause__, each.__context__, *(getattr(each, "exceptions", None) or ())]


def _users_frames(frames: List[FrameSummary]) -> List[FrameSummary]:
    """Without those of the agent and of importlib."""
    callers = [at for at, frame in enumerate(frames) if frame.filename in CALLERS]
    begin = callers[-1] + 1 if callers else 0
    return [frame for frame in frames[begin:] if not _is_foreign(frame.filename)]


def _is_foreign(filename: str) -> bool:
    return filename.startswith((AGENT, *IMPORTLIB))
