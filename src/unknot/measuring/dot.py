"""Cleans objgraph's DOT for a result: no addresses, and no data of the program."""

from __future__ import annotations

import re

__all__ = ["without_data"]

_QUOTED = r'"(?:[^"\\]|\\.)*"'
_OBJECT = re.compile(rf"{_QUOTED}|o(\d+)")
_LABEL = re.compile(r'  \w+\[label="(?P<kind>(?:[^"\\]|\\[^n])*)(?P<shown>(?:[^"\\]|\\.)*)".*')
_TELLING = ("builtins.function", "builtins.module", "builtins.type")


def without_data(dot: str) -> str:
    """``dot`` with objects numbered in order of appearance, and without their contents.

    Sizes of containers, and the names of functions, modules and types are kept, and so are the
    names of references, including keys of a dict.
    """
    numbers: dict[str, int] = {}

    def number(found: re.Match[str]) -> str:
        if found[1] is None:
            return found[0]
        return f"o{numbers.setdefault(found[1], len(numbers) + 1)}"

    return "\n".join(_OBJECT.sub(number, _bare(line)) for line in dot.split("\n"))


def _bare(line: str) -> str:
    found = _LABEL.fullmatch(line)
    if found is None:
        return line
    shown = re.sub(r" at 0x[0-9a-f]+", "", found["shown"])
    if found["kind"] not in _TELLING and not re.fullmatch(r"\\n\d+ items", shown):
        shown = ""
    return line[: found.start("shown")] + shown + line[found.end("shown") :]
