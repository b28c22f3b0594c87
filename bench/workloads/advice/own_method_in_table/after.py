"""It has their names, and they are looked up when they are called."""


class Application:
    def __init__(self) -> None:
        self._handlers = {"error": "fail"}

    def fail(self) -> None:
        pass

    def handle(self, event: str) -> None:
        getattr(self, self._handlers[event])()


def op() -> None:
    Application().handle("error")
