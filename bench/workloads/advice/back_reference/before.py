"""A part refers to the object that it was made for."""


class Stream:
    def __init__(self, response: "Response") -> None:
        self.source = response


class Response:
    def __init__(self) -> None:
        self.body = Stream(self)


def op() -> None:
    Response()
