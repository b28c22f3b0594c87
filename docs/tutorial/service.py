"""An upload service: a name, a size and a body come in, a line of JSON goes out."""

import asyncio
import json


class Busy(Exception):
    """The store takes nothing at the moment."""


class Store:
    """Knows the size of each upload. Every other attempt finds it busy."""

    def __init__(self):
        self.attempts = 0
        self.sizes = {}

    async def write(self, name, body):
        self.attempts += 1
        if self.attempts % 2:
            raise Busy(name)
        self.sizes[name] = len(body)


async def save(store, name, body):
    """Write an upload; a busy store gets two more chances."""
    last = None
    for _ in range(3):
        try:
            return await store.write(name, body)
        except Busy as error:
            last = error
    raise last


async def serve(store, reader, writer):
    """Answer the uploads of one connection."""
    while header := await reader.readline():
        name, size = header.split()
        body = await reader.readexactly(int(size))
        await save(store, name.decode(), body)
        writer.write(json.dumps({"stored": len(body)}).encode() + b"\n")
        await writer.drain()
    writer.close()


async def start(store, path):
    """The service on a Unix socket."""
    return await asyncio.start_unix_server(
        lambda reader, writer: serve(store, reader, writer), path
    )
