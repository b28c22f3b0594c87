"""The attribute is cleared once the exception is handled."""


class Worker:
    def __init__(self) -> None:
        self.error: Exception | None = None

    def run(self) -> None:
        try:
            raise ValueError("broken")
        except ValueError as error:
            self.error = error


def op() -> None:
    worker = Worker()
    worker.run()
    worker.error = None
