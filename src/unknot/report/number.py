"""Numbers as people read them: thousands separators, no false digits, no zero that is not one."""

from __future__ import annotations

import re
from collections.abc import Collection
from math import inf

__all__ = [
    "amount",
    "amounts",
    "count",
    "duration",
    "magnitude",
    "memory",
    "rate",
    "ratio",
    "share",
    "size",
    "span",
]

_UNITS = ((1.0, "s"), (1e-3, "ms"), (1e-6, "µs"), (1e-9, "ns"))
_SIZES = ((2**30, "GiB"), (2**20, "MiB"), (2**10, "KiB"))
_DECIMAL = ((1e9, "GB"), (1e6, "MB"), (1e3, "KB"))
_FACTORS = {name: float(factor) for factor, name in (*_UNITS, *_SIZES)}
_FIGURE = re.compile(
    r"((?<![\d\w])-)?(∞|\d[\d,]*(?:\.\d+)?(?:e[+-]?\d+)?)(?: ([nµm]?s|[KMG]iB)\b)?"
)


def count(value: int) -> str:
    """``1,184``."""
    return f"{value:,}"


def rate(value: float) -> str:
    """A figure per operation: ``14``, ``0.25``, ``22.005``; an integer only where it is one."""
    if value == int(value):
        return f"{int(value):,}"
    if abs(value) < 0.001:
        return "<0.001" if value > 0 else ">-0.001"
    text = f"{value:,.3f}"
    trimmed = text.rstrip("0")
    return text if trimmed.endswith(".") else trimmed


def amount(value: float, noun: str, ending: str = "s") -> str:
    """``1 cycle``, ``0.25 cycles``, ``1,184 passes``."""
    return amounts((value,), noun, ending)


def amounts(values: Collection[float], noun: str, ending: str = "s") -> str:
    """``11 to 23 objects``, ``1 object`` where all of them are one."""
    return f"{span(values)} {noun}{'' if set(values) == {1} else ending}"


def span(values: Collection[float], joint: str = " to ") -> str:
    """``11 to 23``: the least and the greatest; one of them where they look equal."""
    low, high = rate(min(values)), rate(max(values))
    return low if low == high else f"{low}{joint}{high}"


def ratio(value: float) -> str:
    """``1.02×``, ``40.2×``, ``1,184×``."""
    return f"{_significant(value)}×"


def duration(seconds: float) -> str:
    """``112 µs``, ``1.23 ms``, ``2.50 s``."""
    for unit, name in _UNITS:
        if abs(seconds) >= unit:
            return f"{_digits(seconds / unit)} {name}"
    return "0 s" if seconds == 0 else "<1 ns"


def size(octets: int) -> str:
    """``34.5 MiB``."""
    for unit, name in _SIZES:
        if abs(octets) >= unit:
            return f"{_significant(octets / unit)} {name}"
    return f"{octets:,} B"


def memory(octets: float) -> str:
    """``80 bytes``, ``10.0 KB``, ``1.20 MB``: decimal, as a rate per operation is read."""
    for unit, name in _DECIMAL:
        if abs(octets) >= unit:
            return f"{_digits(octets / unit)} {name}"
    return amount(round(octets), "byte") if octets >= 0.5 else "<1 byte"


def share(part: float, whole: float) -> str:
    """``part`` of ``whole`` in per cent."""
    return f"{_digits(100 * part / whole)} %" if whole > 0 and part else "0 %"


def magnitude(text: str) -> float | None:
    """What to sort a shown figure by; ``None`` where there is none in it.

    ``2.4 ms`` is 0.0024. Of several figures, as in ``5 → 1,005`` and ``16–17``, it is the last:
    what the first became, or the most.
    """
    found = _FIGURE.findall(text)
    if not found:
        return None
    sign, digits, unit = found[-1]
    value = inf if digits == "∞" else float(digits.replace(",", ""))
    return value * _FACTORS.get(unit, 1.0) * (-1 if sign else 1)


def _significant(value: float) -> str:
    """The integer, or three significant digits."""
    return f"{int(value):,}" if value == int(value) else _digits(value)


def _digits(value: float) -> str:
    """Three significant digits."""
    magnitude = abs(value)
    if magnitude >= 100:
        return f"{value:,.0f}"
    if magnitude >= 10:
        return f"{value:.1f}"
    if magnitude >= 1:
        return f"{value:.2f}"
    return f"{value:.2g}" if magnitude >= 1e-4 else "<0.0001"
