"""Each object keeps its own result."""

from functools import cached_property


class Invoice:
    @cached_property
    def total(self) -> int:
        return 1


def op() -> None:
    assert Invoice().total
