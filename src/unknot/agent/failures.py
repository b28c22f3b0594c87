"""An exception of the workload as text: its message, and a traceback of the user's frames alone."""

from __future__ import annotations

import os
from traceback import TracebackException, format_tb
from typing import List, Optional, Tuple

__all__ = ["MESSAGE", "clip", "describe_failure"]

AGENT = os.path.dirname(os.path.abspath(__file__)) + os.sep
CALLERS = tuple(
    AGENT + name for name in ("backends.py", "loopless.py", "service.py", "workload.py")
)
"""What calls the workload's code: everything up to the last frame of these is unknot's."""

IMPORTLIB = ("<frozen importlib", os.path.join(os.path.dirname(os.__file__), "importlib") + os.sep)

MESSAGE = 2_000
TRACEBACK = 40_000
"""Characters of an exception's text that are shown: it may be of any length."""


def describe_failure(error: BaseException) -> Tuple[str, str]:
    """The last line of its traceback, and all of it: the workload's own code writes a part."""
    try:
        shown = TracebackException(type(error), error, error.__traceback__)
        _keep_users_frames(shown)
        lines = "".join(shown.format())
        message = list(shown.format_exception_only())[-1].strip()
    except Exception:  # a SyntaxError, say, whose fields are of other types
        lines = "".join(format_tb(error.__traceback__))
        message = f"{type(error).__name__}, which cannot be formatted"
    return clip(message, MESSAGE), clip(lines, TRACEBACK)


def clip(text: str, longest: int) -> str:
    """``text``, without its middle where it is longer than ``longest`` characters."""
    if len(text) <= longest:
        return text
    half = longest // 2
    return f"{text[:half]} … {len(text) - 2 * half:,} characters … {text[-half:]}"


def _keep_users_frames(told: TracebackException) -> None:
    """Drop the frames of the agent and of importlib, here and in what the exception came from."""
    seen = set()
    waiting: List[Optional[TracebackException]] = [told]
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
