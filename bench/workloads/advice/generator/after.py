"""The generator is closed."""


class Reader:
    def __init__(self) -> None:
        self.lines = self.read()

    def read(self):
        yield "first"
        yield "second"


def op() -> None:
    reader = Reader()
    next(reader.lines)
    reader.lines.close()
    reader.lines = None
