"""A method is made when it is first asked for, and kept."""

from collections.abc import Callable
from functools import partial


class Logger:
    def __getattr__(self, name: str) -> Callable[[], None]:
        made = partial(self.log, name)
        setattr(self, name, made)
        return made

    def log(self, level: str) -> None:
        pass


def op() -> None:
    Logger().info()
