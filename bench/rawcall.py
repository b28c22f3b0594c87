"""One bidirectional `grpc.aio` call for each message, to an echo in another process.

This is the floor of a dispatch over gRPC, against which `bench.floor` measures. It needs only
grpcio, so that it also runs in environments of other packages.
"""

from __future__ import annotations

import asyncio
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import Any, Self

import grpc

SERVICE, METHOD = "bench.Raw", "Echo"
MESSAGE = b"x" * 64


async def echo(_: Any, context: Any) -> None:
    await context.write(await context.read())


async def serve(address: str) -> None:
    """Echo at ``address`` until standard input closes."""
    handler = grpc.stream_stream_rpc_method_handler(echo)
    server = grpc.aio.server()
    server.add_generic_rpc_handlers(
        (grpc.method_handlers_generic_handler(SERVICE, {METHOD: handler}),)
    )
    server.add_insecure_port(address)
    await server.start()
    sys.stdout.write("ready\n")
    sys.stdout.flush()
    await asyncio.to_thread(sys.stdin.read)
    await server.stop(None)


class RawCall:
    """An async context manager; called, one message there and back."""

    async def __aenter__(self) -> Self:
        self._folder = tempfile.TemporaryDirectory(prefix="unknot-")
        address = f"unix:{Path(self._folder.name, 'raw')}"
        self._server = subprocess.Popen(  # noqa: ASYNC220 (nothing else runs yet)
            [sys.executable, __file__, address], stdin=subprocess.PIPE, stdout=subprocess.PIPE
        )
        assert self._server.stdout is not None
        self._server.stdout.readline()
        self._channel = grpc.aio.insecure_channel(address)
        self._call = self._channel.stream_stream(f"/{SERVICE}/{METHOD}")
        return self

    async def __call__(self) -> None:
        call = self._call()
        await call.write(MESSAGE)
        await call.done_writing()
        while await call.read() is not grpc.aio.EOF:
            pass

    async def __aexit__(self, *_: object) -> None:
        await self._channel.close()
        self._server.communicate()
        self._folder.cleanup()


if __name__ == "__main__":
    asyncio.run(serve(sys.argv[1]))
