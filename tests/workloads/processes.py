"""Operations that run in several processes; each child leaves a number of cycles that is known."""

from __future__ import annotations

import asyncio
import multiprocessing
import os
import subprocess
import sys
from collections.abc import AsyncIterator, Callable, Iterator
from concurrent.futures import ProcessPoolExecutor
from multiprocessing.synchronize import Barrier

from unknot import workload

CHILD = """
import sys
class Node:
    pass
for line in sys.stdin:
    for _ in range(int(sys.argv[1])):
        node = Node()
        node.me = node
    print("done", flush=True)
"""

FORKS = """
import os, sys, warnings
for line in sys.stdin:
    with warnings.catch_warnings(record=True) as found:
        warnings.simplefilter("always")
        if (child := os.fork()) == 0:
            os._exit(0)
    os.waitpid(child, 0)
    with open(sys.argv[1], "a") as told:
        told.write(f"{len(found)} ")
    print("done", flush=True)
"""


class Node:
    me: Node


def leave(count: int) -> None:
    for _ in range(count):
        node = Node()
        node.me = node


class Servant:
    """A child process that does its work each time it is asked: leave so many cycles."""

    def __init__(
        self, argument: object, python: str = sys.executable, *flags: str, script: str = CHILD
    ) -> None:
        self.process = subprocess.Popen(
            [python, *flags, "-c", script, str(argument)],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )

    def ask(self) -> None:
        assert self.process.stdin is not None
        assert self.process.stdout is not None
        self.process.stdin.write("go\n")
        self.process.stdin.flush()
        self.process.stdout.readline()

    def kill(self) -> None:
        self.process.kill()
        self.process.communicate()


@workload
def four_servants(python: str = sys.executable) -> Iterator[Callable[[], object]]:
    servants = [Servant(cycles, python) for cycles in range(4)]

    def op() -> None:
        leave(5)
        for servant in servants:
            servant.ask()

    yield op
    for servant in servants:
        servant.process.communicate()


@workload
def forks() -> Iterator[Callable[[], object]]:
    def op() -> None:
        leave(1)
        if (child := os.fork()) == 0:
            leave(3)
            os._exit(0)
        os.waitpid(child, 0)

    yield op


@workload
def forked_servant() -> Iterator[Callable[[], object]]:
    """A child by a bare fork, which lives as long as the workload."""
    to_child, from_parent = os.pipe()
    to_parent, from_child = os.pipe()
    child = os.fork()
    if child == 0:
        os.close(from_parent)
        while os.read(to_child, 1):
            leave(2)
            os.write(from_child, b".")
        os._exit(0)

    def op() -> None:
        os.write(from_parent, b".")
        os.read(to_parent, 1)

    yield op
    os.close(from_parent)
    os.waitpid(child, 0)


_gate: Barrier


def have_gate(gate: Barrier) -> None:
    global _gate
    _gate = gate


def meet_and_leave(count: int) -> None:
    """Of two such tasks each has a worker of its own, however the machine shares out its time."""
    _gate.wait()
    leave(count)


@workload
def pool(method: str) -> Iterator[Callable[[], object]]:
    context = multiprocessing.get_context(method)
    gate = context.Barrier(2)
    with ProcessPoolExecutor(
        2, mp_context=context, initializer=have_gate, initargs=(gate,)
    ) as executor:

        def op() -> None:
            for task in [executor.submit(meet_and_leave, count) for count in (3, 3)]:
                task.result()

        op()
        yield op


@workload
def one_is_killed(after: str) -> Iterator[Callable[[], object]]:
    """One of two servants is killed when so many operations have been."""
    servants = [Servant(1), Servant(2)]
    left = [int(after)]

    def op() -> None:
        left[0] -= 1
        if left[0] == 0:
            servants.pop(0).kill()
        for servant in servants:
            servant.ask()

    yield op
    for servant in servants:
        servant.process.communicate()


@workload
def without_environment() -> Iterator[Callable[[], object]]:
    servant = Servant(1, sys.executable, "-I")
    yield servant.ask
    servant.process.communicate()


@workload
def threads_at_a_fork(told: str, python: str) -> Iterator[Callable[[], object]]:
    """A child that forks in turn, and writes down how often Python warned of threads."""
    servant = Servant(told, python, script=FORKS)
    yield servant.ask
    servant.process.communicate()


most = [0]


@workload
async def concurrent(limit: str) -> AsyncIterator[Callable[[], object]]:
    """Fails where more operations run at a time than it is told; each leaves one cycle."""
    running = [0]

    async def op() -> None:
        running[0] += 1
        assert running[0] <= int(limit)
        most[0] = max(most[0], running[0])
        await asyncio.sleep(0)
        leave(1)
        running[0] -= 1

    yield op
    assert most[0] == int(limit)
