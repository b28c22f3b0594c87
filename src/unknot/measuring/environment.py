"""Where and with what a result was measured."""

from __future__ import annotations

import gc
import importlib.metadata
import os
import platform
import sys
from collections.abc import Mapping, Sequence
from datetime import datetime
from functools import cache

from unknot.agent.collector import collector_name
from unknot.environments.installers import name_and_version
from unknot.measuring.process import clean_environment
from unknot.records import Environment

__all__ = ["describe_environment"]


def describe_environment(
    command: Sequence[str], started: datetime, ended: datetime, jobs: int
) -> Environment:
    """This interpreter and machine, and the run that ``command`` made from ``started`` on."""
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
