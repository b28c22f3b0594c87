"""An object stores a bound method of its own."""


class Parser:
    def __init__(self) -> None:
        self.step = self.first

    def first(self) -> None:
        pass


def op() -> None:
    Parser().step()
