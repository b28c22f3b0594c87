"""A table of an object has its own bound methods."""


class Application:
    def __init__(self) -> None:
        self._handlers = {"error": self.fail}

    def fail(self) -> None:
        pass

    def handle(self, event: str) -> None:
        self._handlers[event]()


def op() -> None:
    Application().handle("error")
