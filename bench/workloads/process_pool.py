"""A ``concurrent.futures`` process pool of two spawned workers.

Operation: one call, from its submission to its result.
Requirement: none.
"""

from __future__ import annotations

import math
import multiprocessing
from concurrent.futures import ProcessPoolExecutor

REQUIREMENTS: tuple[str, ...] = ()
OPERATION = "one call in a worker process"

_pool: ProcessPoolExecutor


def setup() -> None:
    global _pool
    _pool = ProcessPoolExecutor(2, mp_context=multiprocessing.get_context("spawn"))
    list(_pool.map(math.factorial, range(8)))  # both workers are there before anything counts


def op() -> None:
    _pool.submit(math.factorial, 20).result()


def teardown() -> None:
    _pool.shutdown()
