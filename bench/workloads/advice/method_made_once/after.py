"""It is made each time."""

from collections.abc import Callable
from functools import partial


class Logger:
    def __getattr__(self, name: str) -> Callable[[], None]:
        return partial(self.log, name)

    def log(self, level: str) -> None:
        pass


def op() -> None:
    Logger().info()
