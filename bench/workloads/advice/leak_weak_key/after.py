"""It refers to it weakly."""

import weakref


class Loop:
    pass


class Limiter:
    def __init__(self, loop: Loop) -> None:
        self.loop = weakref.ref(loop)


LIMITERS: weakref.WeakKeyDictionary[Loop, Limiter] = weakref.WeakKeyDictionary()


def op() -> None:
    loop = Loop()
    LIMITERS[loop] = Limiter(loop)
