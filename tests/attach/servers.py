"""Servers with a planted cycle and a planted registry entry per request, and load that is counted.

``uvicorn`` and ``gunicorn`` are installed beside the application by the environments' builder.
"""

from __future__ import annotations

import http.client
import os
import signal
import socket
import subprocess
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

from tests.attach.targets import PLANTED
from unknot.environments.cache import environment

APPLICATION = """
begin(0)
async def asgi(scope, receive, send):
    if scope["type"] != "http":
        return
    handle()
    headers = [(b"content-length", b"2")]
    await send({"type": "http.response.start", "status": 200, "headers": headers})
    await send({"type": "http.response.body", "body": b"ok"})
def wsgi(environ, start_response):
    handle()
    start_response("200 OK", [("Content-Length", "2")])
    return [b"ok"]
"""
COMMANDS = {
    "uvicorn": ["-m", "uvicorn", "--lifespan", "off", "--log-level", "error", "--fd"],
    "gunicorn": ["-m", "gunicorn", "--workers", "1", "--log-level", "error", "--bind"],
}
PATIENCE = 60.0


@dataclass
class Load:
    """A client that asks again and again until it is told to stop, and counts."""

    port: int
    sent: int = 0
    answered: int = 0
    """With 200 and the whole of the answer."""
    wrong: list[str] = field(default_factory=list)
    _stop: threading.Event = field(default_factory=threading.Event)

    def ask(self) -> None:
        """One request, with a connection of its own."""
        self.sent += 1
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=PATIENCE)
        try:
            connection.request("GET", "/")
            reply = connection.getresponse()
            if (reply.status, reply.read()) == (200, b"ok"):
                self.answered += 1
            else:
                self.wrong.append(str(reply.status))
        except OSError as error:
            self.wrong.append(str(error))
        finally:
            connection.close()

    @contextmanager
    def running(self) -> Iterator[None]:
        """Load from another thread inside the block."""

        def go_on() -> None:
            while not self._stop.is_set():
                self.ask()

        thread = threading.Thread(target=go_on)
        thread.start()
        try:
            yield
        finally:
            self._stop.set()
            thread.join()


@contextmanager
def serving(kind: str, version: str, folder: Path) -> Iterator[tuple[int, Load]]:
    """The process that serves: of gunicorn the worker, which its parent has forked."""
    python = environment([kind], version).python
    (folder / "application.py").write_text(PLANTED + APPLICATION)
    listener = socket.create_server(("127.0.0.1", 0))
    listener.set_inheritable(True)
    port = listener.getsockname()[1]
    number = str(listener.fileno())
    where, name = (f"fd://{number}", "wsgi") if kind == "gunicorn" else (number, "asgi")
    process = subprocess.Popen(
        [python, *COMMANDS[kind], where, f"application:{name}"],
        cwd=folder,
        pass_fds=[listener.fileno()],
        start_new_session=True,
    )
    listener.close()
    try:
        load = Load(port)
        load.ask()
        assert load.answered == 1, load.wrong
        yield (_worker_of(process.pid) if kind == "gunicorn" else process.pid), load
    finally:
        os.killpg(process.pid, signal.SIGKILL)
        process.wait()


def _worker_of(master: int) -> int:
    deadline = time.monotonic() + PATIENCE
    while time.monotonic() < deadline:
        children = Path(f"/proc/{master}/task/{master}/children").read_text().split()
        if children:
            return int(children[0])
    raise AssertionError("gunicorn has no worker")
