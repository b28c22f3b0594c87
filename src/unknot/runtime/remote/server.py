"""A worker that listens for callers from other processes, on the running loop."""

from __future__ import annotations

import asyncio
from types import TracebackType
from typing import Any

import grpc

from unknot.runtime.admission import Admission, Backpressure
from unknot.runtime.release import Release, sever

from .packets import LARGEST
from .protocol import OPTIONS
from .security import Certificates
from .service import Service


class WorkerServer:
    """Serves at `address`: `unix:PATH` with a secret, or `HOST:PORT` with certificates."""

    def __init__(
        self,
        address: str,
        *,
        secret: str | None = None,
        certificates: Certificates | None = None,
        limit: int = 1024,
        backpressure: Backpressure | None = None,
        release: Release = sever,
        largest: int = LARGEST,
    ) -> None:
        if address.startswith("unix:"):
            if secret is None:
                raise ValueError("a worker on a Unix socket needs a secret to ask for")
        elif certificates is None:
            raise ValueError(f"a worker listens on TCP with mutual TLS alone: {address}")
        self.address = address
        self._certificates = certificates
        self._service = Service(Admission(limit, backpressure), release, secret, largest)
        self._server: Any = None

    @property
    def left(self) -> asyncio.Event:
        """Set when a caller has left."""
        return self._service.left

    async def start(self) -> None:
        """Listen. A port 0 in `address` is replaced by a free one."""
        self._server = grpc.aio.server(options=OPTIONS)
        self._server.add_generic_rpc_handlers((self._service.handler(),))
        if self._certificates is None:
            self._server.add_insecure_port(self.address)
        else:
            port = self._server.add_secure_port(self.address, self._certificates.for_server())
            self.address = f"{self.address.rpartition(':')[0]}:{port}"
        await self._server.start()

    async def stop(self, grace: float | None = None) -> None:
        """Refuse new connections. Existing ones are closed after `grace` seconds."""
        await self._server.stop(grace)

    async def __aenter__(self) -> WorkerServer:
        await self.start()
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        await self.stop()
