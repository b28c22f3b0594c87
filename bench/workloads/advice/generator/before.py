"""An object keeps a generator of its own, and leaves it before its end."""


class Reader:
    def __init__(self) -> None:
        self.lines = self.read()

    def read(self):
        yield "first"
        yield "second"


def op() -> None:
    next(Reader().lines)
