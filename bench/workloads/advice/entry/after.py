"""The entry is removed at the end of the request."""


class Request:
    def __init__(self, environ: dict[str, object]) -> None:
        self.environ = environ
        environ["app.request"] = self


def op() -> None:
    request = Request({})
    del request.environ["app.request"]
