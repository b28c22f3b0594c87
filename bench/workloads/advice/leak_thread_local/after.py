"""There is one thread-local, and each client is set in it."""

import threading

LOCAL = threading.local()


class Client:
    def __init__(self) -> None:
        LOCAL.client = self


def op() -> None:
    Client()
