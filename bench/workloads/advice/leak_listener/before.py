"""A listener subscribes, and is never removed."""

from collections.abc import Callable


class Bus:
    def __init__(self) -> None:
        self.listeners: list[Callable[[str], None]] = []

    def subscribe(self, listener: Callable[[str], None]) -> None:
        self.listeners.append(listener)


class View:
    def show(self, event: str) -> None:
        pass


BUS = Bus()


def op() -> None:
    BUS.subscribe(View().show)
