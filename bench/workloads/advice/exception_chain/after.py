"""One of them has no cause."""


def op() -> None:
    first, second = ValueError("first"), KeyError("second")
    first.__cause__ = second
    second.__cause__ = None
