"""A plain ``asyncio`` stream server, and a new connection to it for each operation.

Operation: connect over loopback, send a line, read it back, close both ends.
Requirement: none.
"""

from __future__ import annotations

import asyncio

REQUIREMENTS: tuple[str, ...] = ()
OPERATION = "one connection: a line there and back, closed"

_server: asyncio.Server


async def echo(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    writer.write(await reader.readline())
    await writer.drain()
    writer.close()
    await writer.wait_closed()


async def setup() -> None:
    global _server
    _server = await asyncio.start_server(echo, "127.0.0.1", 0)


async def op() -> None:
    host, port = _server.sockets[0].getsockname()
    reader, writer = await asyncio.open_connection(host, port)
    writer.write(b"a line\n")
    await reader.read()
    writer.close()
    await writer.wait_closed()


async def teardown() -> None:
    _server.close()
    await _server.wait_closed()
