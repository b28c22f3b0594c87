"""Two exceptions are each other's cause."""


def op() -> None:
    first, second = ValueError("first"), KeyError("second")
    first.__cause__ = second
    second.__cause__ = first
