"""It is outside."""


def count(number: int) -> int:
    return count(number - 1) if number else 0


def op() -> None:
    count(3)
