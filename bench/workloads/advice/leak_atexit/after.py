"""One function is registered, which knows the journals weakly."""

import atexit
import weakref

JOURNALS: "weakref.WeakSet[Journal]" = weakref.WeakSet()


class Journal:
    def __init__(self) -> None:
        JOURNALS.add(self)

    def close(self) -> None:
        pass


@atexit.register
def close_all() -> None:
    for journal in list(JOURNALS):
        journal.close()


def op() -> None:
    Journal()
