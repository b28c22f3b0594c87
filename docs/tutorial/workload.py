"""One upload to the service, for ``unknot run``."""

import asyncio
import tempfile

import service

BODY = b"x" * 100_000


async def setup():
    global folder, server, reader, writer
    folder = tempfile.TemporaryDirectory()
    server = await service.start(service.Store(), f"{folder.name}/socket")
    reader, writer = await asyncio.open_unix_connection(f"{folder.name}/socket")


async def op():
    writer.write(b"cat.jpg %d\n" % len(BODY) + BODY)
    await writer.drain()
    await reader.readline()


async def teardown():
    writer.write_eof()
    await reader.read()
    server.close()
    folder.cleanup()
