"""What a look asks of a process; see :mod:`unknot.measuring.duties`.

The names and arguments of the duties are those of :class:`unknot.agent.visitor.Visitor`.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TypedDict

from unknot.heap.snapshot import Identity
from unknot.measuring.duties import Duty, Number
from unknot.measuring.heap_duties import Labelled

__all__ = ["Greet", "Label", "ReadTraits", "TakeSurvey"]


class Greeting(TypedDict):
    """Facts about the process."""

    copy: int
    """The process that replies."""
    python: str
    implementation: str
    free_threaded: bool
    collector: str
    thresholds: list[int]
    passes: list[Number]
    """Of the collector, by generation."""
    enabled: bool
    frozen: Number


class Greet(Duty[Greeting], tag="greet"):
    pass


class SurveyReply(TypedDict):
    """See :meth:`unknot.heap.survey.Survey.from_raw`, which reads the arrays."""

    tracked: Number
    overhead: Number
    fence: int
    integer: Number
    names: dict[str, str]
    headers: dict[str, int]
    mappings: list[int]


class TakeSurvey(Duty[SurveyReply], tag="heap"):
    """List all objects, their sizes and their references."""


class TraitsReply(TypedDict):
    texts: list[tuple[str, str, str, int, int]]


class ReadTraits(Duty[TraitsReply], tag="traits"):
    ids: Sequence[Identity]


class LabelReply(TypedDict):
    objects: list[Labelled]
    missing: list[Identity]


class Label(Duty[LabelReply], tag="label"):
    ids: Sequence[Identity]
    most: int
    """Of an object with more references, only those to others with a label are listed."""
