"""The interpreter's own functions for counting and waiting, bound before a workload replaces them.

A workload may patch ``gc.collect`` or ``time.sleep``, as clock mocks and gevent do. The agent is
imported before any module of the workload, and its modules import these functions from here.
"""

from __future__ import annotations

from _thread import _count as count_threads
from gc import (
    callbacks,
    collect,
    get_objects,
    get_referents,
    get_stats,
    get_threshold,
    is_tracked,
    set_debug,
    unfreeze,
)
from gc import disable as disable_collector
from gc import enable as enable_collector
from gc import isenabled as is_collector_enabled
from sys import _current_frames as current_frames
from sys import (
    getallocatedblocks,
    getrefcount,
    getsizeof,
    getswitchinterval,
    setswitchinterval,
)
from time import monotonic, perf_counter, sleep, thread_time

__all__ = [
    "callbacks",
    "collect",
    "count_threads",
    "current_frames",
    "disable_collector",
    "enable_collector",
    "get_objects",
    "get_referents",
    "get_stats",
    "get_threshold",
    "getallocatedblocks",
    "getrefcount",
    "getsizeof",
    "getswitchinterval",
    "is_collector_enabled",
    "is_tracked",
    "monotonic",
    "perf_counter",
    "set_debug",
    "setswitchinterval",
    "sleep",
    "thread_time",
    "unfreeze",
]
