"""Each object is given a thread-local that a registry keeps."""

import threading

LOCALS: dict[int, threading.local] = {}


class Client:
    def __init__(self) -> None:
        LOCALS[len(LOCALS)] = local = threading.local()
        local.client = self


def op() -> None:
    Client()
