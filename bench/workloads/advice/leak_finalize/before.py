"""A finalizer is a bound method of the object that it waits for."""

import weakref


class Connection:
    def __init__(self) -> None:
        weakref.finalize(self, self.close)

    def close(self) -> None:
        pass


def op() -> None:
    Connection()
