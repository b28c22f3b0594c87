"""A method is cached, so the cache keeps each object as a key."""

from functools import lru_cache


class Invoice:
    @lru_cache(maxsize=None)  # noqa: B019, UP033
    def total(self) -> int:
        return 1


def op() -> None:
    Invoice().total()
