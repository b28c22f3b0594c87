"""The asyncio tasks of a process, by coroutine and state."""

from __future__ import annotations

from collections import Counter

import numpy as np

from unknot.attach.dump import Dump
from unknot.records.look import TaskGroup

__all__ = ["find_tasks", "tasks_of"]

TASK = "asyncio.Task"
MOST_TASKS = 5_000
UNKNOWN = "?"


def tasks_of(dump: Dump) -> list[int]:
    """The tasks, up to a limit, and the coroutines that they refer to."""
    tasks = _numbers(dump)[:MOST_TASKS]
    leads = np.isin(dump.whole.sources, tasks)
    targets = dump.survey.targets[leads]
    names = np.array([name == "builtins.coroutine" for name in dump.survey.type_names], dtype=bool)
    return [*tasks.tolist(), *targets[names[dump.survey.types[targets]]].tolist()]


def find_tasks(dump: Dump) -> list[TaskGroup]:
    """The named tasks in groups, the largest first."""
    found: Counter[tuple[str, str, str | None]] = Counter()
    for number in _numbers(dump)[:MOST_TASKS].tolist():
        task = dump.names.get(number)
        if task is None:
            found[UNKNOWN, UNKNOWN, None] += 1
            continue
        runs = [dump.names[each.to] for each in task.references if each.to in dump.names]
        coroutine = next((one for one in runs if one.type == "builtins.coroutine"), None)
        said = (coroutine.name or UNKNOWN, coroutine.where) if coroutine else (UNKNOWN, None)
        found[said[0], task.state or UNKNOWN, said[1]] += 1
    return [
        TaskGroup(coroutine=name, state=state, tasks=number, where=where)
        for (name, state, where), number in found.most_common()
    ]


def _numbers(dump: Dump) -> np.ndarray[tuple[int], np.dtype[np.int64]]:
    is_task = np.array([name == TASK for name in dump.survey.type_names], dtype=bool)
    found: np.ndarray[tuple[int], np.dtype[np.int64]] = np.flatnonzero(is_task[dump.survey.types])
    return found
