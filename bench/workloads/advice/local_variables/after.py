"""Both variables end with the function."""


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
    finally:
        del last, report
