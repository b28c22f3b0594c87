"""It is a function that is given what it needs, and not the object."""

import weakref


def close(address: str) -> None:
    pass


class Connection:
    def __init__(self) -> None:
        weakref.finalize(self, close, "localhost")


def op() -> None:
    Connection()
