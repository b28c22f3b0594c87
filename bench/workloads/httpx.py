"""An httpx client, which keeps its connection, against the least of servers.

Operation: one GET over loopback, answered and read.
Requirement: httpx. The server is the standard library's streams and a fixed answer, so that what
an operation leaves behind is the client's.
"""

from __future__ import annotations

import asyncio
from contextlib import AsyncExitStack

import httpx

REQUIREMENTS = ("httpx",)
OPERATION = "one GET, on a connection that is kept"
ANSWER = b"HTTP/1.1 200 OK\r\nContent-Type: text/plain\r\nContent-Length: 6\r\n\r\nanswer"

_open = AsyncExitStack()
_client: httpx.AsyncClient
_url: str


async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    try:
        while True:
            await reader.readuntil(b"\r\n\r\n")
            writer.write(ANSWER)
            await writer.drain()
    except (asyncio.IncompleteReadError, ConnectionError):
        writer.close()


async def setup() -> None:
    global _client, _url
    server = await asyncio.start_server(serve, "127.0.0.1", 0)
    _open.callback(server.close)
    host, port = server.sockets[0].getsockname()
    _url = f"http://{host}:{port}/"
    _client = await _open.enter_async_context(httpx.AsyncClient(trust_env=False))


async def op() -> None:
    response = await _client.get(_url)
    response.raise_for_status()


async def teardown() -> None:
    await _open.aclose()
