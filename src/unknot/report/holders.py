"""What refers to a leaking object as a picture by Graphviz, where there is Graphviz.

What a result says is not ours to trust, so its DOT does not go to Graphviz: objects, references and
names are read from it, and written anew. The SVG is shown as an image, in which no script runs
and nothing is fetched.
"""

from __future__ import annotations

import shutil
import subprocess
from base64 import b64encode
from collections.abc import Iterator
from typing import NamedTuple

from unknot.records import Holders, Result
from unknot.report.palette import FOREGROUND, MUTED
from unknot.report.referrers import Node, Referrers, read_referrers, sentences
from unknot.report.trace import type_label
from unknot.text import clip, visible

__all__ = ["HoldersPicture", "holders_pictures"]

_TIME_LIMIT = 10.0
"""Seconds that Graphviz may take for one picture."""
_LARGEST = 1_000_000
"""Characters of an SVG that a page takes in."""
_LONGEST = 2_000
_MOST = 8

_HELD = "#D55E00"
_MODULE = "#E3F2EC"
_PLAIN = "#F6F6F4"


class HoldersPicture(NamedTuple):
    """One picture; without ``source`` there is none, and ``absent`` says why."""

    variant: str
    type: str
    """The type's label, for a heading."""
    alternative: str
    """The references in words."""
    source: str = ""
    """An SVG as a data URI."""
    absent: str = ""


def holders_pictures(result: Result) -> list[HoldersPicture]:
    """A picture for each graph in the result, the first few of them."""
    return [_picture(holders) for holders in result.holders[:_MOST]]


def _picture(holders: Holders) -> HoldersPicture:
    variant, held = visible(holders.variant), type_label(holders.type)
    referrers = read_referrers(holders.dot)
    if referrers is None:
        return HoldersPicture(variant, held, "", absent="no graph of objects is in the result")
    words = clip(". ".join(sentences(referrers)) or "Nothing that can be seen holds it", _LONGEST)
    svg, absent = _svg(write_dot(referrers))
    source = f"data:image/svg+xml;base64,{b64encode(svg).decode('ascii')}" if svg else ""
    return HoldersPicture(variant, held, f"{words}.", source, absent)


def write_dot(referrers: Referrers) -> str:
    """The graph for Graphviz, from the holders at the left to what they hold at the right."""
    return "\n".join(("digraph {", *_lines(referrers), "}"))


def _lines(referrers: Referrers) -> Iterator[str]:
    font = 'fontname="Helvetica,Arial,sans-serif"'
    yield "graph [rankdir=LR, bgcolor=white, pad=0.15, nodesep=0.12, ranksep=0.35];"
    yield f'node [shape=box, style="filled,rounded", {font}, fontsize=11, height=0.3, '
    yield f'margin="0.1,0.04", color="{MUTED}", fontcolor="{FOREGROUND}", fillcolor="{_PLAIN}"];'
    yield f'edge [{font}, fontsize=10, arrowsize=0.6, color="{MUTED}", fontcolor="{FOREGROUND}"];'
    for number, node in enumerate(referrers.nodes):
        yield f"n{number} [label={_quoted(node.text)}{_look(number, node)}];"
    for source, target, name in referrers.references:
        dotted = ", style=dotted, arrowhead=none" if referrers.nodes[source].rest else ""
        yield f"n{source} -> n{target} [label={_quoted(name)}{dotted}];"


def _look(number: int, node: Node) -> str:
    if number == 0:
        return f', color="{_HELD}", penwidth=2.5, fillcolor=white'
    if node.rest:
        return ", shape=plaintext, style=solid"
    return f', shape=folder, fillcolor="{_MODULE}"' if node.kind == "module" else ""


def _quoted(text: str) -> str:
    """``text`` as DOT's string; an ampersand there would begin an entity."""
    escaped = text.replace("\\", "\\\\").replace('"', '\\"').replace("&", "&amp;")
    return f'"{escaped}"'


def _svg(dot: str) -> tuple[bytes, str]:
    """The picture, or why there is none."""
    program = shutil.which("dot")
    if program is None:
        return b"", "Graphviz, which draws it, is not installed (its program dot is not on PATH)"
    try:
        done = subprocess.run(
            [program, "-Tsvg"],
            input=dot.encode("utf-8", "backslashreplace"),
            capture_output=True,
            timeout=_TIME_LIMIT,
            check=False,
        )
    except subprocess.TimeoutExpired:
        return b"", f"Graphviz took longer than {_TIME_LIMIT:g} s"
    except OSError as error:
        return b"", f"Graphviz cannot be started: {error.strerror}"
    if done.returncode or not done.stdout:
        return b"", f"Graphviz failed with exit status {done.returncode}"
    if len(done.stdout) > _LARGEST:
        return b"", "the picture is too large for a page"
    return done.stdout, ""
