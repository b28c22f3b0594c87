"""Programs that run, of several kinds, each with a planted cycle and a planted registry."""

from __future__ import annotations

import itertools
import os
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager

PLANTED = """
import os, sys, threading, time, socket
class Request: pass
class Session: pass
REGISTRY = []
def handle():
    request = Request()
    request.me = request
    REGISTRY.append(Session())
def begin(number=100):
    import gc
    gc.collect()
    gc.disable()
    for _ in range(number):
        handle()
def ready():
    print("ready", flush=True)
"""

NUMBERS = itertools.count()
"""Each program has one in its command line, by which its copies are told from other programs."""

KINDS = {
    "idle asyncio": """
import asyncio
async def main():
    begin()
    loop = asyncio.get_running_loop()
    reader = asyncio.StreamReader()
    await loop.connect_read_pipe(lambda: asyncio.StreamReaderProtocol(reader), sys.stdin)
    ready()
    print("answered", (await reader.readline()).decode().strip(), flush=True)
asyncio.run(main())
""",
    "busy asyncio": """
import asyncio
async def main():
    begin()
    loop = asyncio.get_running_loop()
    line = loop.run_in_executor(None, sys.stdin.readline)
    ready()
    while not line.done():
        sum(range(1000))
        await asyncio.sleep(0)
    print("answered", (await line).strip(), flush=True)
asyncio.run(main())
""",
    "blocked in recv": """
one, other = socket.socketpair()
def forward():
    other.sendall(sys.stdin.readline().encode())
begin()
threading.Thread(target=forward).start()
ready()
print("answered", one.recv(100).decode().strip(), flush=True)
""",
    "blocked in lock.acquire": """
lock = threading.Lock()
lock.acquire()
lines = []
def wait():
    lines.append(sys.stdin.readline())
    lock.release()
begin()
threading.Thread(target=wait).start()
ready()
lock.acquire()
print("answered", lines[0].strip(), flush=True)
""",
    "blocked in time.sleep": """
lines = []
def wait():
    lines.append(sys.stdin.readline())
threading.Thread(target=wait).start()
begin()
ready()
while not lines:
    time.sleep(1.5)
print("answered", lines[0].strip(), flush=True)
""",
    "8 busy threads": """
lines = []
def work():
    while not lines:
        sorted(range(3000), reverse=True)
begin()
for _ in range(8):
    threading.Thread(target=work).start()
ready()
lines.append(sys.stdin.readline())
print("answered", lines[0].strip(), flush=True)
""",
    "a forked worker": """
begin()
ready()
child = os.fork()
if child:
    sys.exit(os.waitpid(child, 0)[1])
print("worker", os.getpid(), flush=True)
print("answered", sys.stdin.readline().strip(), flush=True)
""",
}


class Running:
    """A program that runs; ``pid`` is the process to look into."""

    def __init__(self, process: subprocess.Popen[str]) -> None:
        self._process = process
        self.pid = process.pid

    def tell(self, line: str) -> None:
        """Write a line to it."""
        assert self._process.stdin is not None
        self._process.stdin.write(f"{line}\n")
        self._process.stdin.flush()

    def goes_on(self, word: str) -> bool:
        """Whether it answers, and ends well."""
        said, _ = self._process.communicate(f"{word}\n", timeout=60)
        return f"answered {word}" in said and self._process.returncode == 0


@contextmanager
def running(
    python: str, kind: str, source: str | None = None, **variables: str
) -> Iterator[Running]:
    """The program of that kind, or that ``source``, once it has handled its 100 requests.

    ``variables`` are set in its environment.
    """
    process = subprocess.Popen(
        [
            python,
            "-c",
            PLANTED + (source or KINDS[kind]),
            f"number={next(NUMBERS)} of {os.getpid()}",
        ],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
        env={**os.environ, **variables},
    )
    try:
        assert process.stdout is not None
        assert process.stdout.readline() == "ready\n"
        found = Running(process)
        if kind == "a forked worker":
            found.pid = int(process.stdout.readline().split()[1])
        yield found
    finally:
        process.kill()
        process.communicate()
