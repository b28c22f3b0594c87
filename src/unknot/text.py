"""Foreign text made safe and short: names, messages and paths that others chose.

Whatever a measured program, a file, an option or an environment says goes through
:func:`visible` or :func:`one_line` before a terminal, a log or a page gets it.
"""

from __future__ import annotations

import json
import os
import re
from collections import Counter
from collections.abc import Iterable, Iterator
from functools import cache
from unicodedata import category

__all__ = ["clip", "masked", "one_line", "short_names", "visible"]

_UNSEEN = frozenset({"Cc", "Cf", "Cs", "Zl", "Zp"})
"""Unicode categories that move the cursor, turn the direction or cannot be encoded."""

_COMMAND = re.compile(
    r"(?:^|(?<=\s)):(?=:)"
    r"|:(?=:(?:add-\w+|debug|echo|end-?group|error|group|notice|remove-\w+|save-state|set-\w+"
    r"|stop-commands|warning)\b)"
    r"|#(?=#\[)",
    re.IGNORECASE,
)
"""The first letter of a GitHub workflow command: ``::`` where a line begins, or may begin once it
is wrapped, and ``##[`` anywhere."""


_USER = re.compile(r"(?<=://)[^/@\s\"'\\]+@")
"""User and password of a URL."""

_SETTING = re.compile(
    r"(PIP|UV)_.*(INDEX|INDEX_URL|FIND_LINKS|PASSWORD|TOKEN)|(ALL|HTTP|HTTPS)_PROXY", re.IGNORECASE
)
"""Environment variables of pip's and uv's that hold credentials, or URLs with some."""

_SHORTEST = 6
"""Characters of a secret; what is shorter would be found in many a harmless word."""

HIDDEN = "****"


def visible(text: str, keep: str = "") -> str:
    """``text`` with escapes for whatever would act on a terminal or a log instead of being shown.

    These are control and direction characters, but for those in ``keep``, lone surrogates, and
    the begin of a workflow command. Credentials are :func:`masked`.
    """
    text = masked(text)
    if not (text.isascii() and text.isprintable()):
        text = "".join(letter if letter in keep else _seen(letter) for letter in text)
    if "::" in text or "##[" in text:
        text = _COMMAND.sub(_escaped, text)
    return text


def masked(text: str) -> str:
    """``text`` without the users and passwords of URLs, and without what settings keep secret.

    That is, what pip's and uv's environment variables hold of indexes and passwords. It may be
    JSON, in which all of that is escaped.
    """
    secrets = _secrets()
    if secrets is not None:
        text = secrets.sub(HIDDEN, text)
    return _USER.sub(f"{HIDDEN}@", text) if "://" in text else text


@cache
def _secrets() -> re.Pattern[str] | None:
    """What this process's environment keeps secret; longer ones first, as one may hold another."""
    found = {
        form
        for name, value in os.environ.items()
        if _SETTING.fullmatch(name)
        for part in value.split()
        if "://" in part or name.upper().endswith(("PASSWORD", "TOKEN"))
        for secret in _parts(part)
        for form in (secret, json.dumps(secret)[1:-1], json.dumps(secret, ensure_ascii=False)[1:-1])
        if len(secret) >= _SHORTEST
    }
    if not found:
        return None
    return re.compile("|".join(map(re.escape, sorted(found, key=len, reverse=True))))


def _parts(value: str) -> Iterator[str]:
    """A setting's value; of a URL its password, and the folder that it leads to."""
    yield value
    name, _, address = value.partition("=")  # as UV_INDEX names an index
    if "://" in name:
        address = value
    if "://" in address:
        yield address
        user, _, place = address.partition("://")[2].rpartition("@")
        yield user.partition(":")[2]
        folder = place.rstrip("/").removesuffix("/simple")
        if "/" in folder:
            yield folder


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


def _seen(letter: str) -> str:
    return _escape(letter) if category(letter) in _UNSEEN else letter


def _escaped(found: re.Match[str]) -> str:
    return f"\\x{ord(found[0]):02x}"


def _escape(letter: str) -> str:
    return letter.encode("unicode_escape").decode("ascii")
