"""A process that runs, as a dump."""

from __future__ import annotations

from unknot.attach.capture import capture
from unknot.attach.dump import Dump
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
    before: Dump | None = None,
) -> Dump:
    """What the process holds, with names of what grew since ``before``.

    It is given ``seconds`` to answer. Raises :class:`~unknot.errors.UnknotError`.
    """
    with (
        Landing(target.root, target.owner, collect=collect) as landing,
        visit_by_any_way(target, landing, seconds) as visit,
    ):
        return capture(visit, keys=keys, before=before)
