"""A function inside a function calls itself."""


def op() -> None:
    def count(number: int) -> int:
        return count(number - 1) if number else 0

    count(3)
