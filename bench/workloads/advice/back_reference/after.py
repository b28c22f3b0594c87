"""The part lets go of its owner when that is done with it."""


class Stream:
    def __init__(self, response: "Response") -> None:
        self.source: Response | None = response


class Response:
    def __init__(self) -> None:
        self.body = Stream(self)

    def close(self) -> None:
        self.body.source = None


def op() -> None:
    Response().close()
