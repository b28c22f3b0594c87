"""A worker at an address: the caller's side of a worker in another process."""

from __future__ import annotations

import warnings
from collections.abc import Iterable
from functools import partial
from itertools import count

from unknot.runtime import frames
from unknot.runtime.errors import (
    DispatchError,
    GraceExpired,
    WorkerAlreadyStarted,
    WorkerDied,
    WorkerHung,
    WorkerNotStarted,
)
from unknot.runtime.variables import checked

from .connection import Connection, Why
from .packets import LARGEST
from .security import Certificates, introduce
from .started import Started

_numbers = count(1)


class RemoteWorker(Started):
    """Dispatches to a `WorkerServer` that listens at `HOST:PORT`, by mutual TLS.

    It belongs to the event loop that starts it. `hang_after` bounds the seconds for which the
    worker's loop may stand still with a dispatch in flight: after that, the callers get
    `WorkerHung`. `largest` bounds the bytes of one argument list or result. The context variables
    named in `variables`, as `package.module:variable`, travel with a dispatch and come back.
    """

    __slots__ = (
        "_certificates",
        "_connection",
        "_hang_after",
        "_largest",
        "_variables",
        "address",
        "name",
    )

    def __init__(
        self,
        address: str,
        *,
        certificates: Certificates,
        hang_after: float | None = None,
        largest: int = LARGEST,
        variables: Iterable[str] = (),
        name: str | None = None,
    ) -> None:
        self._prepare(hang_after, largest, variables, name)
        self.address = address
        self._certificates: Certificates | None = certificates

    def _prepare(
        self,
        hang_after: float | None,
        largest: int,
        variables: Iterable[str],
        name: str | None,
    ) -> None:
        self._connection: Connection | None = None
        if hang_after is not None and not hang_after > 0:
            raise ValueError(f"hang_after must be more than 0 s, not {hang_after}")
        self.name = name if name is not None else f"remote-{next(_numbers)}"
        self._hang_after = hang_after
        self._largest = largest
        self._variables = checked(variables)

    @property
    def in_flight(self) -> int:
        """Number of dispatches without a last reply."""
        return 0 if self._connection is None else len(self._connection)

    @property
    def usable(self) -> bool:
        """Whether it takes dispatches."""
        connection = self._connection
        return connection is not None and not connection.closing and connection.lost is None

    async def until_lost(self) -> None:
        """Wait until the worker is gone, whether or not it was stopped."""
        if self._connection is not None:
            await self._connection.over.wait()

    async def start(self) -> None:
        """Connect. A worker starts once. Raises `WorkerRefused`."""
        assert self._certificates is not None
        self._refuse_a_second_start()
        connection = self._make_connection(
            partial(_why, f"worker {self.name!r} at {self.address}", self._hang_after)
        )
        try:
            await connection.connect(self.address, introduce(None), self._certificates.for_client())
        except BaseException:
            self._drop()
            raise

    async def stop(self, *, grace: float | None = 5.0, patience: float | None = 5.0) -> None:
        """Take no more dispatches, and disconnect when those in flight have ended.

        After `grace` seconds what is left is cancelled; `patience` seconds later it is given up.
        """
        if self._connection is None:
            raise WorkerNotStarted(f"worker {self.name!r} was never started")
        last_reply = frames.refused(
            GraceExpired(f"worker {self.name!r} was stopped, and {grace} s later cancelled this")
        )
        await self._connection.close(grace, patience, last_reply)

    def _refuse_a_second_start(self) -> None:
        if self._connection is not None:
            raise WorkerAlreadyStarted(f"worker {self.name!r} was started before")

    def _make_connection(self, why: Why) -> Connection:
        # `why` does not refer to this worker, so that dropping a running worker frees it.
        self._connection = Connection(self.name, why, self._largest, self._hang_after)
        return self._connection

    def _drop(self) -> None:
        """Disconnect at once."""
        if self._connection is not None:
            self._connection.closing = True

    def __del__(self) -> None:
        if self._connection is not None and not self._connection.closing:
            warnings.warn(
                f"worker {self.name!r} was not stopped", ResourceWarning, stacklevel=2, source=self
            )
            self._drop()

    def open_link(self) -> Connection:
        if self._connection is None:
            raise WorkerNotStarted(f"worker {self.name!r} was not started")
        self._connection.check()
        return self._connection


async def _why(who: str, hang_after: float | None, hung: bool) -> DispatchError:
    if hung:
        return WorkerHung(f"{who} did not answer for {hang_after} s")
    return WorkerDied(f"the connection to {who} is lost")
