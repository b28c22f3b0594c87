"""The day up to which releases are taken, so that an old one meets the dependencies of its time."""

from __future__ import annotations

from datetime import UTC, date, datetime, time, timedelta

from unknot.errors import UsageError

__all__ = ["end_of_day"]


def end_of_day(text: str) -> str:
    """The moment in RFC 3339 at which the day ``2024-05-31`` is over in UTC, the same everywhere.

    Raises :class:`~unknot.errors.UsageError` for what is no such day.
    """
    try:
        day = date.fromisoformat(text) + timedelta(days=1)
    except (ValueError, OverflowError):
        raise UsageError(f"--as-of must be a day such as 2024-05-31, got {text!r}") from None
    return datetime.combine(day, time(), UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
