"""How long a process takes to begin, measured here and now: time limits of tests build on it."""

import subprocess
import sys
import time


def until_begun(*modules: str) -> float:
    """Seconds by which a new process has surely loaded ``modules`` and runs: at least one.

    A limit that is to end an operation has to leave it the time to begin, however loaded the
    machine is.
    """
    started = time.monotonic()
    subprocess.run(
        [sys.executable, "-c", "\n".join(f"import {name}" for name in ("asyncio", *modules))],
        check=True,
    )
    return max(1.0, 10 * (time.monotonic() - started))
