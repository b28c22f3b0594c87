"""It stores the method's name."""


class Parser:
    def __init__(self) -> None:
        self.step = "first"

    def first(self) -> None:
        pass


def op() -> None:
    parser = Parser()
    getattr(parser, parser.step)()
