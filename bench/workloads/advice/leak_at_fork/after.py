"""One function is registered, which knows the connections weakly."""

import os
import weakref

CONNECTIONS: "weakref.WeakSet[Connection]" = weakref.WeakSet()


class Connection:
    def __init__(self) -> None:
        self.sent: list[bytes] = []
        CONNECTIONS.add(self)

    def reset(self) -> None:
        self.sent.clear()


def reset_all() -> None:
    for connection in list(CONNECTIONS):
        connection.reset()


os.register_at_fork(after_in_child=reset_all)


def op() -> None:
    Connection()
