"""Measures how long a process takes to start right now; time limits of tests build on it."""

import subprocess
import sys
import time


def until_begun(*modules: str) -> float:
    """Seconds, at least one, after which a new process has surely started and loaded ``modules``.

    A limit that is meant to stop an operation must leave it time to start, however busy the
    machine is.
    """
    started = time.monotonic()
    subprocess.run(
        [sys.executable, "-c", "\n".join(f"import {name}" for name in ("asyncio", *modules))],
        check=True,
    )
    return max(1.0, 10 * (time.monotonic() - started))
