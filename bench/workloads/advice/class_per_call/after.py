"""The class is made once."""


class Row:
    columns = 3


def op() -> None:
    Row()
