"""The GIL is kept from threads that want it all the time."""

from __future__ import annotations

import sys
import threading
import time

import pytest

from unknot.agent.turns import keep_gil


@pytest.mark.parametrize("count", [0, 1, 6])
def test_no_other_thread_gets_a_turn(count: int) -> None:
    turns = [0] * count
    ended = threading.Event()

    def work(number: int) -> None:
        while not ended.is_set():
            turns[number] += 1

    interval = sys.getswitchinterval()
    threads = [threading.Thread(target=work, args=[number]) for number in range(count)]
    kept = 0
    try:
        for thread in threads:
            thread.start()
        for _ in range(10):
            time.sleep(0.02)
            keep_gil(1.0)
            before, until = turns[:], time.perf_counter() + 0.05
            while time.perf_counter() < until:
                pass
            kept += turns == before
            sys.setswitchinterval(interval)
    finally:
        sys.setswitchinterval(interval)
        ended.set()
        for thread in threads:
            thread.join()
    # On a busy machine, a thread may be too slow to have requested it in time.
    assert kept >= 5
    assert count == 0 or min(turns) > 0


def test_the_interval_is_the_one_asked_for() -> None:
    interval = sys.getswitchinterval()
    try:
        keep_gil(0.25)
        assert sys.getswitchinterval() == 0.25
    finally:
        sys.setswitchinterval(interval)
