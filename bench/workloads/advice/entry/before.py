"""A dictionary of an object has that object as an entry."""


class Request:
    def __init__(self, environ: dict[str, object]) -> None:
        self.environ = environ
        environ["app.request"] = self


def op() -> None:
    Request({})
