"""A method stores the exception that it handles in its own object."""


class Worker:
    def __init__(self) -> None:
        self.error: Exception | None = None

    def run(self) -> None:
        try:
            raise ValueError("broken")
        except ValueError as error:
            self.error = error


def op() -> None:
    Worker().run()
