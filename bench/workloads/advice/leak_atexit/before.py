"""Each object registers a method to be called at exit."""

import atexit


class Journal:
    def __init__(self) -> None:
        atexit.register(self.close)

    def close(self) -> None:
        pass


def op() -> None:
    Journal()
