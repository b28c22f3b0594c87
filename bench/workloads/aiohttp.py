"""An aiohttp server and an aiohttp client, which keeps its connection, on one loop.

Operation: one GET over loopback, answered and read.
Requirement: aiohttp.
"""

from __future__ import annotations

from contextlib import AsyncExitStack

from aiohttp import ClientSession, web

REQUIREMENTS = ("aiohttp",)
OPERATION = "one GET, on a connection that is kept"

_open = AsyncExitStack()
_client: ClientSession
_url: str


async def answer(_request: web.Request) -> web.Response:
    return web.Response(text="answer")


async def setup() -> None:
    global _client, _url
    application = web.Application()
    application.router.add_get("/", answer)
    runner = web.AppRunner(application, access_log=None)
    await runner.setup()
    _open.push_async_callback(runner.cleanup)
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    host, port = runner.addresses[0][:2]
    _url = f"http://{host}:{port}/"
    _client = await _open.enter_async_context(ClientSession())


async def op() -> None:
    async with _client.get(_url) as response:
        await response.read()


async def teardown() -> None:
    await _open.aclose()
