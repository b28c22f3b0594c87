"""A value of a weak dictionary refers to its own key."""

import weakref


class Loop:
    pass


class Limiter:
    def __init__(self, loop: Loop) -> None:
        self.loop = loop


LIMITERS: weakref.WeakKeyDictionary[Loop, Limiter] = weakref.WeakKeyDictionary()


def op() -> None:
    loop = Loop()
    LIMITERS[loop] = Limiter(loop)
