"""Makes foreign text safe and short, and formats numbers for people.

Text from a measured program, a file, an option or an environment passes through :func:`visible` or
:func:`one_line` before it reaches a terminal, a log or a page. Numbers have thousands separators
and only significant digits, and a non-zero value never reads as 0.
"""

from __future__ import annotations

import json
import os
import re
from collections import Counter
from collections.abc import Callable, Collection, Iterable, Iterator
from functools import cache
from unicodedata import category

__all__ = [
    "amount",
    "amounts",
    "clip",
    "count",
    "duration",
    "masked",
    "memory",
    "one_line",
    "precise",
    "rate",
    "ratio",
    "share",
    "short_names",
    "size",
    "span",
    "visible",
]

_UNSEEN = frozenset({"Cc", "Cf", "Cs", "Zl", "Zp"})
"""Unicode categories that move the cursor, change the direction or cannot be encoded."""

_COMMAND = re.compile(
    r"(?:^|(?<=\s)):(?=:)"
    r"|:(?=:(?:add-\w+|debug|echo|end-?group|error|group|notice|remove-\w+|save-state|set-\w+"
    r"|stop-commands|warning)\b)"
    r"|#(?=#\[)",
    re.IGNORECASE,
)
"""The first character of a GitHub workflow command: ``::`` at the start of a line, or where a line
may start once it is wrapped, and ``##[`` anywhere."""


_USER = re.compile(r"(?<=://)[^/\s\"'\\]+@")
"""The user and password in a URL."""

_QUERY = re.compile(
    r"([?&][\w.-]*(?:auth(?!or)|credential|key|passw|secret|sig|token)[\w.-]*=)[^&#\s\"'\\]+",
    re.IGNORECASE,
)
"""A secret in the query of a URL, after its name."""

_SETTING = re.compile(
    r"(PIP|UV)_.*(INDEX|INDEX_URL|FIND_LINKS|PASSWORD|TOKEN)|(ALL|HTTP|HTTPS|PIP)_PROXY",
    re.IGNORECASE,
)
"""Environment variables of pip and uv that hold credentials, or URLs with credentials."""

_SHORTEST = 6
"""Minimum length of a secret in characters; shorter ones would occur in harmless words."""

HIDDEN = "****"


def visible(text: str, keep: str = "") -> str:
    """``text`` with escapes for whatever would affect a terminal or a log instead of being shown.

    These are control and direction characters, except those in ``keep``, lone surrogates, and the
    start of a workflow command. Credentials are :func:`masked`.
    """
    text = masked(text)
    if not (text.isascii() and text.isprintable()):
        text = "".join(letter if letter in keep else _seen(letter) for letter in text)
    if "::" in text or "##[" in text:
        text = _COMMAND.sub(_escaped_command, text)
    return text


def masked(text: str) -> str:
    """``text`` without the users, passwords and tokens in URLs, or secrets from the environment.

    Those are the indexes and passwords in environment variables of pip and uv. The text may be
    JSON, in which they are escaped.
    """
    secrets = _secrets()
    if secrets is not None:
        text = secrets.sub(HIDDEN, text)
    if "://" not in text:
        return text
    return _QUERY.sub(rf"\1{HIDDEN}", _USER.sub(f"{HIDDEN}@", text))


@cache
def _secrets() -> re.Pattern[str] | None:
    """Matches the secrets in the environment, longer ones first, as one may contain another."""
    found = {
        form
        for name, value in os.environ.items()
        if _SETTING.fullmatch(name)
        for part in value.split()
        if "://" in part or "@" in part or name.upper().endswith(("PASSWORD", "TOKEN"))
        for secret in _parts(part)
        for form in (secret, json.dumps(secret)[1:-1], json.dumps(secret, ensure_ascii=False)[1:-1])
        if len(secret) >= _SHORTEST
    }
    if not found:
        return None
    return re.compile("|".join(map(re.escape, sorted(found, key=len, reverse=True))))


def _parts(value: str) -> Iterator[str]:
    """The value of a setting; of a URL, also its password and its folder."""
    yield value
    name, _, address = value.partition("=")  # UV_INDEX may name an index
    if "://" in name or not address:
        address = value
    if "://" in address or "@" in address:  # a proxy may have no scheme
        yield address
        user, _, place = address.rpartition("://")[2].rpartition("@")
        yield user.partition(":")[2]
        folder = place.rstrip("/").removesuffix("/simple")
        if "/" in folder:
            yield folder


def one_line(text: str) -> str:
    """The first non-blank line of ``text``, made :func:`visible`."""
    lines = (line.strip() for line in text.splitlines())
    return visible(next(filter(None, lines), ""))


def clip(text: str, limit: int) -> str:
    """``text`` in at most ``limit`` characters, without its middle if it is longer."""
    if len(text) <= limit:
        return text
    tail = (limit - 1) // 2
    return f"{text[: limit - 1 - tail]}…{text[len(text) - tail :]}"


def short_names(types: Iterable[str]) -> dict[str, str]:
    """The last part of each qualified name, with as many more parts as make it unique."""
    parts = {name: visible(name).split(".") for name in types}
    short: dict[str, str] = {}
    depth = 1
    while open_names := [name for name in parts if name not in short]:
        tails = {name: ".".join(parts[name][-depth:]) for name in open_names}
        seen = Counter(tails.values())
        for name, tail in tails.items():
            if (seen[tail] == 1 and tail) or depth >= len(parts[name]):
                short[name] = tail
        depth += 1
    return {name: short[name] for name in parts}


def _seen(letter: str) -> str:
    return _escape(letter) if category(letter) in _UNSEEN else letter


def _escaped_command(found: re.Match[str]) -> str:
    return f"\\x{ord(found[0]):02x}"


def _escape(letter: str) -> str:
    return letter.encode("unicode_escape").decode("ascii")


_UNITS = ((1.0, "s"), (1e-3, "ms"), (1e-6, "µs"), (1e-9, "ns"))
_SIZES = ((2**30, "GiB"), (2**20, "MiB"), (2**10, "KiB"))
_DECIMAL = ((1e9, "GB"), (1e6, "MB"), (1e3, "KB"))


def count(value: int) -> str:
    """``1,184``."""
    return f"{value:,}"


def rate(value: float) -> str:
    """A figure per operation, such as ``14``, ``0.25``, ``22.005``; never rounded to an integer."""
    if value == int(value):
        return f"{int(value):,}"
    if abs(value) < 0.001:
        return "<0.001" if value > 0 else ">-0.001"
    text = f"{value:,.3f}"
    trimmed = text.rstrip("0")
    return text if trimmed.endswith(".") else trimmed


def precise(value: float) -> str:
    """Six digits, or all digits of an integer: ``0.0125``, ``1,000,100``. For gate messages."""
    return f"{value:,.0f}" if value == int(value) or abs(value) >= 1e5 else f"{value:,.6g}"


def amount(value: float, noun: str, ending: str = "s") -> str:
    """``1 cycle``, ``0.25 cycles``, ``1,184 passes``."""
    return amounts((value,), noun, ending)


def amounts(values: Collection[float], noun: str, ending: str = "s") -> str:
    """``11 to 23 objects``; singular if all values are 1."""
    return f"{span(values)} {noun}{'' if set(values) == {1} else ending}"


def span(
    values: Collection[float], joint: str = " to ", show: Callable[[float], str] = rate
) -> str:
    """``11 to 23``, ``1.44 to 1.56 KB``: minimum and maximum; one if their texts are equal."""
    low, high = show(min(values)), show(max(values))
    if low == high:
        return low
    number, _, unit = low.partition(" ")
    return f"{number if unit and high.endswith(f' {unit}') else low}{joint}{high}"


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
    """``80 bytes``, ``10.0 KB``, ``1.20 MB``, in decimal units, for rates per operation."""
    for unit, name in _DECIMAL:
        if abs(octets) >= unit:
            return f"{_digits(octets / unit)} {name}"
    return amount(round(octets), "byte") if octets >= 0.5 else "<1 byte"


def share(part: float, whole: float) -> str:
    """``part`` of ``whole`` as a percentage."""
    return f"{_digits(100 * part / whole)} %" if whole > 0 and part else "0 %"


def _significant(value: float) -> str:
    """All digits of an integer, otherwise three significant digits."""
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
