"""Only a process of this user that shows the secret gets in, and nobody makes another wait."""

from __future__ import annotations

import json
import os
import socket
import struct
import tempfile
import threading
import time
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path

import pytest

from unknot.agent.channel import Channel, ChannelClosed
from unknot.measuring.children import Children
from unknot.measuring.door import GUESTS, SECONDS
from unknot.measuring.duties import Settle


def connect(path: str) -> socket.socket:
    connection = socket.socket(socket.AF_UNIX)
    connection.settimeout(30)
    connection.connect(path)
    return connection


def hello(secret: str, **fields: object) -> dict[str, object]:
    said = {"pid": os.getpid(), "parent": os.getppid(), "started": "spawn", "python": "3.11.7"}
    return {"secret": secret, **said, **fields}


@pytest.fixture
def children() -> Iterator[Children]:
    with Children() as opened:
        yield opened
    assert not opened.folder.exists()


@pytest.fixture
def secret(children: Children) -> str:
    return children.address.split(":", 1)[0]


@pytest.fixture
def path(children: Children) -> str:
    return children.address.split(":", 1)[1]


def is_welcome(path: str, secret: str) -> bool:
    with connect(path) as connection:
        channel = Channel(connection)
        channel.send(hello(secret))
        return bool(channel.receive()[0]["do"] == "welcome")


def test_who_shows_the_secret_is_a_child(children: Children, path: str, secret: str) -> None:
    assert is_welcome(path, secret)
    [child] = children.all
    assert (child.pid, child.started, child.number) == (os.getpid(), "spawn", 1)


def test_only_this_user_can_enter_the_folder(children: Children) -> None:
    assert children.folder.stat().st_mode & 0o777 == 0o700


@pytest.mark.parametrize(
    "said",
    [
        {"secret": "wrong"},
        {"secret": 5},
        {},
        {"secret": "é", "pid": 1},
        {"pid": "1"},
        {"started": "agent"},
        {"python": None},
    ],
)
def test_who_says_anything_else_is_not(
    children: Children, path: str, secret: str, said: dict[str, object]
) -> None:
    complete = hello(secret)
    with connect(path) as connection:
        channel = Channel(connection)
        channel.send({**complete, **said} if said else {})
        with pytest.raises(ChannelClosed):
            channel.receive()
    assert children.all == []


@pytest.mark.parametrize(
    "noise",
    [
        b"\xff" * 64,
        struct.pack("!I", 4000) + b"[" * 4000,
        struct.pack("!I", 4000) + b'{"a":' * 800,
        struct.pack("!I", 0),
        struct.pack("!I", 2) + b"{}",
    ],
)
def test_noise_is_shown_out_and_the_next_is_admitted(
    children: Children, path: str, secret: str, noise: bytes
) -> None:
    with connect(path) as connection:
        connection.sendall(noise)
        with pytest.raises(ChannelClosed):
            Channel(connection).receive()
    assert is_welcome(path, secret)
    assert len(children.all) == 1


def test_silent_connections_keep_nobody_waiting(children: Children, path: str, secret: str) -> None:
    with ExitStack() as stack:
        for _ in range(GUESTS + 20):
            stack.enter_context(connect(path))
        started = time.monotonic()
        assert is_welcome(path, secret)
        assert time.monotonic() - started < SECONDS
    assert len(children.all) == 1


def test_who_speaks_slowly_keeps_nobody_waiting_and_is_heard(
    children: Children, path: str, secret: str
) -> None:
    text = json.dumps(hello(secret)).encode()
    with connect(path) as slow:
        for byte in struct.pack("!I", len(text)) + text[:-1]:
            slow.sendall(bytes([byte]))
        assert is_welcome(path, secret)
        slow.sendall(text[-1:])
        assert Channel(slow).receive()[0]["do"] == "welcome"
    assert len(children.all) == 2


def test_what_follows_the_hello_is_not_lost(children: Children, path: str, secret: str) -> None:
    with connect(path) as connection:
        channel = Channel(connection)
        channel.send(hello(secret))
        channel.send({"bye": True})
        assert channel.receive()[0]["do"] == "welcome"
        assert children.living == []
        assert [child.ended for child in children.all] == ["exited"]


def test_many_come_at_once(children: Children, path: str, secret: str) -> None:
    welcome: list[bool] = []
    threads = [
        threading.Thread(target=lambda: welcome.append(is_welcome(path, secret))) for _ in range(40)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert welcome == [True] * 40
    assert len({child.number for child in children.all}) == 40


def test_a_temporary_folder_with_a_long_name_does_not_matter(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    long = tmp_path / ("x" * 90)
    long.mkdir()
    monkeypatch.setattr(tempfile, "tempdir", str(long))
    with Children() as children:
        secret, path = children.address.split(":", 1)
        assert is_welcome(path, secret)
        assert not path.startswith(str(long))
    assert list(long.iterdir()) == []


def test_a_child_that_answers_without_being_asked_is_left_out(
    children: Children, path: str, secret: str
) -> None:
    with connect(path) as connection:
        channel = Channel(connection)
        channel.send(hello(secret))
        channel.receive()
        [child] = children.all
        channel.send({"settled": True})
        child.send(Settle())
        assert child.receive(Settle()) is None
        assert child.ended == "silent"
