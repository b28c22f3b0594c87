"""The callback is removed once it was called."""

from collections.abc import Callable


class Signal:
    def __init__(self) -> None:
        self.callbacks: list[Callable[[], None]] = []
        self.sent = 0


def op() -> None:
    signal = Signal()

    def count() -> None:
        signal.sent += 1

    signal.callbacks.append(count)
    signal.callbacks.pop()()
