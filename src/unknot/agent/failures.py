"""Formats an exception of the workload: its message, and a traceback of the user's frames only."""

from __future__ import annotations

import os
from traceback import TracebackException, format_tb
from typing import List, Optional, Tuple

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
        shown = TracebackException(type(error), error, error.__traceback__)
        _keep_users_frames(shown)
        lines = "".join(shown.format())
        message = list(shown.format_exception_only())[-1].strip()
    except Exception:  # for example, a SyntaxError whose fields have other types
        lines = "".join(format_tb(error.__traceback__))
        message = f"{type(error).__name__}, which cannot be formatted"
    return clip(message, MESSAGE), clip(lines, TRACEBACK)


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
        frames = list(each.stack)
        callers = [at for at, frame in enumerate(frames) if frame.filename in CALLERS]
        begin = callers[-1] + 1 if callers else 0
        each.stack[:] = [frame for frame in frames[begin:] if not _is_foreign(frame.filename)]
        waiting += [each.__cause__, each.__context__, *(getattr(each, "exceptions", None) or ())]


def _is_foreign(filename: str) -> bool:
    return filename.startswith((AGENT, *IMPORTLIB))
