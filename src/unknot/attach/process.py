"""A running process as a dump."""

from __future__ import annotations

from functools import partial

from unknot.attach.capture import capture
from unknot.attach.dump import Dump
from unknot.attach.in_place import InPlace
from unknot.attach.landing import Landing
from unknot.attach.target import Target
from unknot.attach.ways import visit_by_any_way

__all__ = ["dump_process"]


def dump_process(
    target: Target,
    *,
    seconds: float = 30.0,
    keys: bool = False,
    collect: bool = False,
    in_place: bool = False,
    before: Dump | None = None,
) -> Dump:
    """What the process holds, with names of what grew since ``before``.

    It has ``seconds`` to answer, and with ``in_place`` for each answer. Raises
    :class:`~unknot.errors.UnknotError`.
    """
    if in_place:
        asking = InPlace(
            partial(visit_by_any_way, target, seconds=seconds),
            partial(Landing, target.root, target.owner),
            collect=collect,
        )
        return capture(asking, keys=keys, before=before)
    target.ensure_forkable()
    with (
        Landing(target.root, target.owner, collect=collect) as landing,
        visit_by_any_way(target, landing, seconds) as visit,
    ):
        return capture(visit, keys=keys, before=before)
