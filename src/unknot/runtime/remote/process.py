"""A worker process that its caller starts, owns and ends."""

from __future__ import annotations

from collections.abc import Iterable
from functools import partial

import cloudpickle

from unknot.runtime.admission import Backpressure
from unknot.runtime.release import Release, sever

from .child import Child
from .packets import LARGEST
from .remote import RemoteWorker
from .security import introduce
from .settings import Settings


class WorkerProcess(RemoteWorker):
    """Runs routines on the event loop of a process of its own.

    `limit`, `backpressure` and `release` are as a `Worker` has them, and work over there. The
    process ends with its caller, however that ends. A routine of `__main__` is sent by value.
    """

    __slots__ = ("_child", "_settings")

    def __init__(
        self,
        *,
        limit: int = 1024,
        release: Release = sever,
        backpressure: Backpressure | None = None,
        hang_after: float | None = None,
        largest: int = LARGEST,
        variables: Iterable[str] = (),
        name: str | None = None,
    ) -> None:
        self._prepare(hang_after, largest, variables, name)
        self._settings = Settings(
            limit=limit, release=release, backpressure=backpressure, largest=largest
        )
        self._child: Child | None = None

    @property
    def pid(self) -> int | None:
        """The identifier of the process; `None` before it is started."""
        return None if self._child is None else self._child.pid

    async def start(self) -> None:
        """Start the process and connect to it. A worker starts once. Raises `WorkerRefused`."""
        settings = cloudpickle.dumps(self._settings)
        self._refuse_a_second_start()
        self._child = child = Child(self.name)
        self.address = child.address
        connection = self._make_connection(partial(child.why, self._hang_after))
        try:
            await child.brief(settings)
            await connection.connect(child.address, introduce(child.secret))
        except BaseException:
            self._drop()
            raise
        child.unlist()

    async def stop(self, *, grace: float | None = 5.0, patience: float | None = 5.0) -> None:
        """Stop like any worker; then the process exits, or is killed."""
        try:
            await super().stop(grace=grace, patience=patience)
            if self._child is not None:
                await self._child.end(self._connection is not None and self._connection.left)
        finally:
            self._drop()

    def kill(self) -> None:
        """Kill the process. Its callers get `WorkerDied`."""
        if self._child is not None:
            self._child.kill()

    def _drop(self) -> None:
        super()._drop()
        if self._child is not None:
            self._child.drop()
