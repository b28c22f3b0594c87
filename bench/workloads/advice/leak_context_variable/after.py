"""There is one, and each object sets it."""

from contextvars import ContextVar

USER: ContextVar[list[str]] = ContextVar("user")


class Session:
    def __init__(self) -> None:
        USER.set(["nobody"])


def op() -> None:
    Session()
