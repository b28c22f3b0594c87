"""Makes results, with the environment in which they were measured."""

from __future__ import annotations

import gc
import importlib.metadata
import os
import platform
import sys
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from functools import cache
from typing import Any

from unknot.agent.collector import collector_name
from unknot.environments.installers import name_and_version
from unknot.measuring.process import clean_environment
from unknot.records import SCHEMA, Cell, Environment, Result
from unknot.version import __version__

__all__ = ["describe_environment", "result_of"]


def result_of(
    title: str,
    cells: list[Cell],
    command: Sequence[str],
    started: datetime,
    jobs: int = 1,
    **fields: Any,
) -> Result:
    """The result of ``command``, which began at ``started`` and measured ``jobs`` cells at a time.

    ``fields`` are further fields of the result.
    """
    ended = datetime.now(UTC).astimezone()
    return Result(
        schema=SCHEMA,
        unknot=__version__,
        title=title,
        environment=describe_environment(command, started, ended, jobs),
        cells=cells,
        **fields,
    )


def describe_environment(
    command: Sequence[str], started: datetime, ended: datetime, jobs: int
) -> Environment:
    """This interpreter and machine, and the run of ``command`` that started at ``started``."""
    return Environment(
        python=platform.python_version(),
        implementation=sys.implementation.name,
        build=sys.version,
        gc_thresholds=gc.get_threshold(),
        platform=platform.platform(),
        machine=platform.machine(),
        cpu_count=os.cpu_count() or 1,
        hash_seed=clean_environment(os.environ)["PYTHONHASHSEED"],
        packages=dict(_packages()),
        command=list(command),
        started=started.isoformat(timespec="seconds"),
        duration_s=(ended - started).total_seconds(),
        jobs=jobs,
        collector=collector_name(),
    )


@cache
def _packages() -> Mapping[str, str]:
    """Looked up once: a result is written after each cell."""
    found = filter(None, map(name_and_version, importlib.metadata.distributions()))
    return dict(sorted(found, key=lambda each: each[0].lower()))
