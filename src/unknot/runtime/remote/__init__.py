"""The gRPC transport: workers in other processes, behind the interface of a `Worker`.

`process` starts a worker process (`__main__`) and connects to it: `connection` is the caller's end,
a `server`'s `service` the worker's. One stream carries all dispatches between them: their frames
are `packets`, batched and in chunks, which a `pump` sends.
`security` says who may connect. `pool` spreads dispatches over several processes.

It needs the extra `grpc`.
"""

from .pool import WorkerPool
from .process import WorkerProcess
from .remote import RemoteWorker
from .security import Certificates
from .server import WorkerServer

__all__ = ["Certificates", "RemoteWorker", "WorkerPool", "WorkerProcess", "WorkerServer"]
