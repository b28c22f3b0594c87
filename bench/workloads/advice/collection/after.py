"""The table is cleared."""


class Visitor:
    def __init__(self) -> None:
        self.hooks = {"name": (self.enter, None)}

    def enter(self) -> None:
        pass

    def close(self) -> None:
        self.hooks.clear()


def op() -> None:
    Visitor().close()
