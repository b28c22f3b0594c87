"""Each call makes a class."""


def op() -> None:
    class Row:
        columns = 3

    Row()
