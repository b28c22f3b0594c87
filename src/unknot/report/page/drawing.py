"""Pictures inside the page, as data: nothing is fetched when it opens."""

from __future__ import annotations

from base64 import b64encode
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import NamedTuple

from unknot.records import Result
from unknot.report.holders import holders_pictures
from unknot.report.pictures import Caption, captions, missing_pictures

__all__ = ["Drawing", "Drawings", "holder_drawings"]


class Drawing(NamedTuple):
    """A picture; without ``source`` there is none, and ``absent`` says why."""

    alternative: str
    """The picture in words."""
    source: str = ""
    """The picture as a data URI."""
    absent: str = ""
    title: str = ""
    kind: str = ""
    """``graph`` where it is not to be stretched to the width of the page."""


class Drawings:
    """The pictures of one result, by file name."""

    def __init__(self, result: Result, files: Sequence[Path], claims: Mapping[str, float]) -> None:
        self._files = {path.name: path for path in files}
        self._captions: dict[str, Caption] = {one.name: one for one in captions(result, claims)}
        self._reasons = missing_pictures(result)

    def of(self, name: str) -> tuple[Drawing, ...]:
        """The picture of that name or why there is none; nothing where no result has such a one."""
        caption = self._captions.get(name)
        if caption is None:
            return ()
        if name not in self._files:
            reason = self._reasons.get(name, "pictures were not asked for")
            return (Drawing(caption.alternative, absent=reason),)
        picture = b64encode(self._files[name].read_bytes()).decode("ascii")
        return (Drawing(caption.alternative, f"data:image/png;base64,{picture}"),)


def holder_drawings(result: Result) -> tuple[Drawing, ...]:
    """What refers to what leaks, as Graphviz draws it."""
    return tuple(
        Drawing(
            one.alternative,
            one.source,
            one.absent,
            title=f"What refers to {one.type}, which {one.variant or 'the workload'} leaks",
            kind="graph",
        )
        for one in holders_pictures(result)
    )
