"""Peers that are not welcome, and what it costs the others: nothing."""

import asyncio
import os
import socket
import stat
import time
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Any

import grpc
import pytest

from tests.runtime import routines
from tests.runtime.certifying import Authority
from tests.runtime.running import run
from unknot.runtime import Call, WorkerRefused, frames
from unknot.runtime.remote import RemoteWorker, WorkerProcess, WorkerServer, packets
from unknot.runtime.remote.connection import Connection
from unknot.runtime.remote.packets import CHUNK, HEADER, OPEN, REQUEST
from unknot.runtime.remote.protocol import METHOD, NAME, WELCOME
from unknot.runtime.remote.security import introduce, make_folder

SECRET = "the parent's alone"
Status = grpc.StatusCode


def packet(number: int, kind: bytes, body: bytes = b"", more: bool = False) -> bytes:
    return HEADER.pack(number, kind, more, len(body)) + body


async def why(hung: bool) -> Exception:
    raise AssertionError


class Client:
    """Speaks gRPC to a worker, and says what it likes."""

    def __init__(self, path: Path) -> None:
        self.path = path

    async def talk(self, metadata: Any, *messages: bytes, method: str = METHOD) -> Any:
        """The status with which the worker ends the call, and its words."""
        options = (("grpc.max_send_message_length", -1),)
        async with grpc.aio.insecure_channel(f"unix:{self.path}", options=options) as channel:
            call = channel.stream_stream(f"/{NAME}/{method}")(metadata=metadata)
            try:
                for message in messages:
                    await call.write(message)
                while await call.read() is not grpc.aio.EOF:
                    pass
            except (grpc.aio.AioRpcError, asyncio.InvalidStateError):
                pass  # the worker has ended it
            return await call.code(), await call.details()

    async def dispatch(self, value: object) -> object:
        """What a caller that is welcome gets meanwhile."""
        connection = Connection("welcome", why, packets.LARGEST, None)  # type: ignore[arg-type]
        await connection.connect(f"unix:{self.path}", introduce(SECRET))
        first = frames.call(frames.COROUTINE, routines.echo, (value,), {})
        async with Call(first, connection) as call:
            reply = frames.open_reply(await anext(call))
        await connection.close(1, 1, b"")
        return reply


def against(attack: Callable[[Client], Awaitable[None]], tmp_path: Path) -> None:
    async def main() -> None:
        path = tmp_path / "worker"
        async with WorkerServer(f"unix:{path}", secret=SECRET, largest=10 * CHUNK):
            client = Client(path)
            await attack(client)
            assert await client.dispatch("served") == "served"

    run(main(), within=30)


VERSION = introduce(None)


@pytest.mark.parametrize(
    ("metadata", "code", "words"),
    [
        ((), Status.UNAUTHENTICATED, "from its parent alone"),
        (VERSION, Status.UNAUTHENTICATED, "from its parent alone"),
        (introduce("guessed"), Status.UNAUTHENTICATED, "from its parent alone"),
        (introduce(SECRET[:-1]), Status.UNAUTHENTICATED, "from its parent alone"),
        (introduce(""), Status.UNAUTHENTICATED, "from its parent alone"),
        ((("unknot-secret", SECRET),), Status.FAILED_PRECONDITION, "version 1"),
        (
            (("unknot-secret", SECRET), ("unknot-version", "99")),
            Status.FAILED_PRECONDITION,
            "not '99'",
        ),
    ],
)
def test_one_without_the_secret_or_of_another_version_is_refused(
    metadata: Any, code: Any, words: str, tmp_path: Path
) -> None:
    async def attack(client: Client) -> None:
        routines.closed.clear()
        said = await client.talk(metadata, packet(1, OPEN, evil()))
        assert said[0] is code
        assert words in said[1]
        assert routines.closed == []

    against(attack, tmp_path)


class Evil:
    def __reduce__(self) -> Any:
        return routines.closed.append, ("run",)


def evil() -> bytes:
    return frames.COROUTINE + frames.dump(Evil())


STREAM = frames.call(frames.STREAM, routines.count, (10**6,), {})


@pytest.mark.parametrize(
    ("messages", "words"),
    [
        ([b"garbage"], "in the middle of a header"),
        ([bytes(range(255, 128, -1))], "of kind"),
        ([packet(1, OPEN, b"C" + bytes(100))[:-50]], "in the middle of a chunk"),
        ([packet(1, packets.LAST, b"v")], "of kind"),
        ([packet(1, OPEN, bytes(CHUNK), more=True)] * 11, "a frame of more than 655,360 bytes"),
        ([packet(1, OPEN, STREAM), packet(1, OPEN, STREAM)], "dispatch:1 is under way"),
        (
            [packet(1, OPEN, STREAM) + packet(1, REQUEST, b"n") * 1000],
            "too many requests ahead",
        ),
    ],
)
def test_one_with_the_secret_who_talks_nonsense_is_told_and_left(
    messages: list[bytes], words: str, tmp_path: Path
) -> None:
    async def attack(client: Client) -> None:
        code, details = await client.talk(introduce(SECRET), *messages)
        assert (code, words in details) == (Status.INVALID_ARGUMENT, True), details

    against(attack, tmp_path)


def test_a_message_above_the_bound_is_refused(tmp_path: Path) -> None:
    async def attack(client: Client) -> None:
        code, details = await client.talk(introduce(SECRET), bytes(packets.MESSAGE + 1))
        assert code is Status.RESOURCE_EXHAUSTED
        assert "larger" in details

    against(attack, tmp_path)


def test_another_method_is_refused(tmp_path: Path) -> None:
    async def attack(client: Client) -> None:
        assert (await client.talk(introduce(SECRET), method="Other"))[0] is Status.UNIMPLEMENTED

    against(attack, tmp_path)


def test_bytes_that_are_no_grpc_cost_the_others_nothing(tmp_path: Path) -> None:
    async def attack(client: Client) -> None:
        sockets = []
        for said in (b"", b"\x00" * 100, b"GET / HTTP/1.1\r\n\r\n", os.urandom(4096)) * 10:
            one = socket.socket(socket.AF_UNIX)
            one.connect(str(client.path))
            one.send(said) if said else None
            sockets.append(one)
        began = time.monotonic()
        assert await client.dispatch(1) == 1
        assert time.monotonic() - began < 20
        for one in sockets:
            one.close()

    against(attack, tmp_path)


def test_a_caller_that_leaves_in_the_middle_of_its_dispatches_leaves_nothing(
    tmp_path: Path,
) -> None:
    async def attack(client: Client) -> None:
        routines.closed.clear()
        stream = frames.call(frames.STREAM, routines.note_closing, ("left",), {})
        async with grpc.aio.insecure_channel(f"unix:{client.path}") as channel:
            call = channel.stream_stream(f"/{NAME}/{METHOD}")(metadata=introduce(SECRET))
            assert await call.read() == WELCOME
            await call.write(packet(1, OPEN, stream) + packet(1, REQUEST, frames.NEXT))
            assert frames.value(1) in await call.read()
        while routines.closed != ["left"]:  # noqa: ASYNC110 (a list tells nobody)
            await asyncio.sleep(0.001)

    against(attack, tmp_path)


def test_the_folder_of_a_socket_is_for_its_user_alone() -> None:
    folder = make_folder()
    assert stat.S_IMODE(folder.stat().st_mode) == 0o700
    folder.rmdir()


def test_a_worker_process_takes_its_parents_connection_and_then_no_other() -> None:
    async def main() -> None:
        async with WorkerProcess() as worker:
            assert not Path(worker.address.removeprefix("unix:")).parent.exists()

    run(main())


def test_a_socket_without_a_secret_and_tcp_without_certificates_are_no_way_to_listen() -> None:
    with pytest.raises(ValueError, match="secret"):
        WorkerServer("unix:/nowhere")
    with pytest.raises(ValueError, match="mutual TLS"):
        WorkerServer("127.0.0.1:0", secret=SECRET)


# -- certificates ------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def authorities(tmp_path_factory: pytest.TempPathFactory) -> Any:
    folder = tmp_path_factory.mktemp("certificates")
    return Authority(folder, "ours"), Authority(folder, "theirs")


def test_by_certificates_of_one_authority_a_worker_is_reached_over_tcp(authorities: Any) -> None:
    ours, _ = authorities

    async def main() -> None:
        async with (
            WorkerServer("127.0.0.1:0", certificates=ours.issue("server")) as server,
            RemoteWorker(server.address, certificates=ours.issue("client")) as worker,
        ):
            assert await worker.dispatch(routines.echo, "over TCP") == "over TCP"
            assert [value async for value in worker.stream(routines.count)] == [0, 1, 2]

    run(main())


def test_one_of_another_authority_or_without_a_certificate_is_refused(authorities: Any) -> None:
    ours, theirs = authorities

    async def main() -> None:
        async with WorkerServer("127.0.0.1:0", certificates=ours.issue("server")) as server:
            stranger = theirs.issue("client", trusting=ours)
            with pytest.raises(WorkerRefused):
                await RemoteWorker(server.address, certificates=stranger).start()
            with pytest.raises(WorkerRefused):
                await RemoteWorker(server.address, certificates=theirs.issue("client")).start()
            async with grpc.aio.insecure_channel(server.address) as channel:
                call = channel.stream_stream(f"/{NAME}/{METHOD}")(metadata=introduce(None))
                with pytest.raises(grpc.aio.AioRpcError):
                    await call.read()
            async with RemoteWorker(server.address, certificates=ours.issue("client")) as worker:
                assert await worker.dispatch(routines.echo, 1) == 1

    run(main(), within=60)
