"""Digests that distinguish code at the same place, such as two lambdas on one line."""

from __future__ import annotations

import zlib
from types import CodeType
from typing import Any, Iterable, List

__all__ = ["digest_code", "digest_text"]

MOST_CONSTANTS = 64
"""Maximum number of constants that are part of a digest. A table of data may be longer."""
PLAIN = frozenset(map(id, (str, bytes, int, float, complex, bool, type(None))))
"""Types whose ``repr`` runs none of the program's code, by identity."""


def digest_text(text: str, value: int = 0) -> int:
    """The CRC-32 of a text, starting from ``value``."""
    return zlib.crc32(text.encode("utf-8", "replace"), value)


def digest_code(code: CodeType) -> int:
    """A digest of instructions, lines, names and constants; equal if one text is compiled twice."""
    lines = getattr(code, "co_linetable", None)  # new in 3.10, with columns since 3.11
    if not isinstance(lines, bytes):
        lines = code.co_lnotab
    names = (*code.co_names, *code.co_varnames, *code.co_freevars, *code.co_cellvars)
    text = "\n".join([*map(str.__str__, names), *_constants(code.co_consts)])
    return digest_text(text, zlib.crc32(lines, zlib.crc32(code.co_code)))


def _constants(values: Iterable[Any]) -> List[str]:
    found = []
    for value in list(values)[:MOST_CONSTANTS]:
        if type(value) is CodeType:
            found.append(str(digest_code(value)))
        elif id(type(value)) in PLAIN:
            found.append(repr(value))
    return found
