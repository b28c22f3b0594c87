"""An exception is kept in variables of the function that its traceback goes through."""


class Report:
    error: Exception | None = None


def load() -> str:
    raise ValueError("not a number")


def op() -> None:
    report = Report()
    last = None
    try:
        load()
    except ValueError as error:
        report.error = last = error
    str(last)
