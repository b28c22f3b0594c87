"""It is removed when the view is done with."""

from collections.abc import Callable


class Bus:
    def __init__(self) -> None:
        self.listeners: list[Callable[[str], None]] = []

    def subscribe(self, listener: Callable[[str], None]) -> None:
        self.listeners.append(listener)

    def unsubscribe(self, listener: Callable[[str], None]) -> None:
        self.listeners.remove(listener)


class View:
    def show(self, event: str) -> None:
        pass


BUS = Bus()


def op() -> None:
    view = View()
    BUS.subscribe(view.show)
    BUS.unsubscribe(view.show)
