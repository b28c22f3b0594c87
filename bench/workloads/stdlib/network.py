"""Clients and servers on the loopback: asyncio streams, sockets, HTTP."""

from __future__ import annotations

import asyncio
import selectors
import socket
import socketserver
import threading
from contextlib import closing, suppress
from functools import cache
from http.client import HTTPConnection
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.error import HTTPError, URLError
from urllib.request import build_opener, urlopen

CLOSED = 9
"""The port "discard", which nothing listens to."""


class _Answer(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def do_GET(self) -> None:
        self.send_response(200 if self.path == "/" else 404)
        self.send_header("Content-Length", "6")
        self.end_headers()
        self.wfile.write(b"answer")

    def log_message(self, *_: object) -> None:
        pass


class _Echo(socketserver.StreamRequestHandler):
    def handle(self) -> None:
        self.wfile.write(self.rfile.readline())


@cache
def _http() -> str:
    """Host and port of a server that runs from the first operation to the end of the process."""
    server = ThreadingHTTPServer(("127.0.0.1", 0), _Answer)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    return f"127.0.0.1:{server.server_port}"


async def _echo(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    writer.write(await reader.readline())
    writer.close()
    await writer.wait_closed()


async def _ask(server: asyncio.Server, delay: float | None = None) -> None:
    host, port = server.sockets[0].getsockname()
    reader, writer = await asyncio.open_connection(host, port, happy_eyeballs_delay=delay)
    writer.write(b"a line\n")
    await reader.read()
    writer.close()
    await writer.wait_closed()


# asyncio


async def streams() -> None:
    """A server of asyncio streams, and a client of it."""
    async with await asyncio.start_server(_echo, "127.0.0.1", 0) as server:
        await _ask(server)


async def streams_with_delay() -> None:
    """The same, with ``happy_eyeballs_delay``."""
    async with await asyncio.start_server(_echo, "127.0.0.1", 0) as server:
        await _ask(server, delay=0.25)


async def server_closed() -> None:
    """A server of asyncio streams that nobody asks."""
    server = await asyncio.start_server(_echo, "127.0.0.1", 0)
    server.close()
    await server.wait_closed()


async def connection_refused() -> None:
    """``open_connection`` where nothing listens."""
    with suppress(OSError):
        await asyncio.open_connection("127.0.0.1", CLOSED)


async def connection_refused_with_delay() -> None:
    """The same, with ``happy_eyeballs_delay`` and a name."""
    with suppress(OSError):
        await asyncio.open_connection("localhost", CLOSED, happy_eyeballs_delay=0.25)


async def datagrams() -> None:
    """A datagram endpoint, opened and closed."""
    loop = asyncio.get_running_loop()
    transport, _ = await loop.create_datagram_endpoint(asyncio.DatagramProtocol, ("127.0.0.1", 0))
    transport.close()
    await asyncio.sleep(0)


# Sockets


def socket_server() -> None:
    """A ``socketserver`` that answers one client."""
    with socketserver.TCPServer(("127.0.0.1", 0), _Echo) as server:
        thread = threading.Thread(target=server.handle_request)
        thread.start()
        with socket.create_connection(("127.0.0.1", server.server_address[1])) as client:
            client.sendall(b"a line\n")
            client.recv(9)
        thread.join()


def socket_refused() -> None:
    """``create_connection`` where nothing listens."""
    with suppress(OSError):
        socket.create_connection(("localhost", CLOSED))


def selector() -> None:
    """A selector with a socket, closed."""
    one, other = socket.socketpair()
    with one, other, selectors.DefaultSelector() as chosen:
        chosen.register(one, selectors.EVENT_READ)
        chosen.select(0)


# HTTP


def http_get() -> None:
    """A GET by ``http.client``."""
    with closing(HTTPConnection(_http())) as client:
        client.request("GET", "/")
        client.getresponse().read()


def http_refused() -> None:
    """A GET by ``http.client`` where nothing listens."""
    with closing(HTTPConnection("127.0.0.1", CLOSED)) as client, suppress(OSError):
        client.request("GET", "/")


def url_get() -> None:
    """A GET by ``urlopen``."""
    with urlopen(f"http://{_http()}/") as response:
        response.read()


def url_missing() -> None:
    """A GET by ``urlopen`` that is answered with 404."""
    try:
        urlopen(f"http://{_http()}/missing")
    except HTTPError as error:
        error.close()


def url_refused() -> None:
    """A GET by ``urlopen`` where nothing listens."""
    with suppress(URLError):
        urlopen(f"http://127.0.0.1:{CLOSED}/")


def url_opener() -> None:
    """A GET by an opener of its own (``build_opener``)."""
    with closing(build_opener()) as opener, opener.open(f"http://{_http()}/") as response:
        response.read()
