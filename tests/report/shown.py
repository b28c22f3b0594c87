"""A naive reader of shown numbers, to hold the numbers of a table's entries against their texts."""

from __future__ import annotations

import re
from math import inf

_UNITS = ((1.0, "s"), (1e-3, "ms"), (1e-6, "µs"), (1e-9, "ns"))
_SIZES = ((2**30, "GiB"), (2**20, "MiB"), (2**10, "KiB"))
_FACTORS = {name: float(factor) for factor, name in (*_UNITS, *_SIZES)}
_FIGURE = re.compile(
    r"((?<![\d\w])-)?(∞|\d[\d,]*(?:\.\d+)?(?:e[+-]?\d+)?)(?: ([nµm]?s|[KMG]iB)\b)?"
)


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
