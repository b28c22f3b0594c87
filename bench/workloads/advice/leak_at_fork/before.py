"""Each object registers a method to be called in the child of a fork."""

import os


class Connection:
    def __init__(self) -> None:
        self.sent: list[bytes] = []
        os.register_at_fork(after_in_child=self.reset)

    def reset(self) -> None:
        self.sent.clear()


def op() -> None:
    Connection()
