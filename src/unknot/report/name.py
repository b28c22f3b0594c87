"""Names made safe and short: what a measured program calls its types is not ours to trust."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from unicodedata import category

__all__ = ["clip", "one_line", "short_names", "visible"]

_UNSEEN = frozenset({"Cc", "Cf", "Cs", "Zl", "Zp"})
"""Unicode categories that move the cursor, turn the direction or cannot be encoded."""


def visible(text: str, keep: str = "") -> str:
    """``text`` with escapes for control and direction characters, but for those in ``keep``."""
    if text.isascii() and text.isprintable():
        return text
    return "".join(map(_seen, text)) if not keep else _visible_but(text, keep)


def one_line(text: str) -> str:
    """The first line of ``text`` that says something."""
    lines = (line.strip() for line in text.splitlines())
    return visible(next(filter(None, lines), ""))


def clip(text: str, limit: int) -> str:
    """``text`` in at most ``limit`` characters: the middle goes, both ends stay."""
    if len(text) <= limit:
        return text
    tail = (limit - 1) // 2
    return f"{text[: limit - 1 - tail]}…{text[len(text) - tail :]}"


def short_names(types: Iterable[str]) -> dict[str, str]:
    """The last part of each qualified name; as many parts more as tell equal ones apart."""
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


def _visible_but(text: str, keep: str) -> str:
    return "".join(letter if letter in keep else _seen(letter) for letter in text)


def _seen(letter: str) -> str:
    if category(letter) not in _UNSEEN:
        return letter
    return letter.encode("unicode_escape").decode("ascii")
