"""Each object makes a context variable of its own."""

from contextvars import ContextVar


class Session:
    def __init__(self) -> None:
        self.user: ContextVar[list[str]] = ContextVar("user")
        self.user.set(["nobody"])


def op() -> None:
    Session()
