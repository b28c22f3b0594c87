"""Whatever ends a caller ends its worker process: within two seconds, where the machine is idle."""

import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import psutil
import pytest

from tests.patience import until_begun

PROGRAM = Path(__file__).with_name("abandoning.py")


def gone(pid: int) -> bool:
    try:
        return bool(psutil.Process(pid).status() == psutil.STATUS_ZOMBIE)
    except psutil.NoSuchProcess:
        return True


@pytest.mark.parametrize("how", ["idle", "dispatching", "stuck"])
@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM, signal.SIGKILL, signal.SIGHUP])
def test_a_worker_process_ends_with_its_caller(
    number: signal.Signals, how: str, tmp_path: Path
) -> None:
    limit = 2 * until_begun()  # two seconds, unless the machine is loaded
    with subprocess.Popen(
        [sys.executable, str(PROGRAM), how],
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        env={**os.environ, "TMPDIR": str(tmp_path)},
        start_new_session=True,
    ) as caller:
        assert caller.stdout is not None
        worker = int(caller.stdout.readline())
        assert not gone(worker)
        # To both, as a terminal does, where it is one that a terminal sends.
        if number is signal.SIGINT:
            os.killpg(caller.pid, number)
        else:
            caller.send_signal(number)
        began = time.monotonic()
        while not gone(worker):
            assert time.monotonic() - began < limit
            time.sleep(0.01)
        caller.wait(60)
    assert gone(worker)
    assert list(tmp_path.iterdir()) == []
