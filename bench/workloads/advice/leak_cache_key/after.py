"""It is asked by what stays the same."""

from functools import lru_cache


class Request:
    path = "/"


@lru_cache(maxsize=128)
def route(path: str) -> list[str]:
    return ["index"]


def op() -> None:
    route(Request().path)
