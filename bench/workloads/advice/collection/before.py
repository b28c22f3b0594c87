"""A table holds, in a tuple that nobody can change, a method of its own object."""


class Visitor:
    def __init__(self) -> None:
        self.hooks = {"name": (self.enter, None)}

    def enter(self) -> None:
        pass


def op() -> None:
    Visitor()
