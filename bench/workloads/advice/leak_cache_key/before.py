"""A cache without a bound is asked for what is new each time."""

from functools import lru_cache


class Request:
    pass


@lru_cache(maxsize=None)  # noqa: UP033
def route(request: Request) -> list[str]:
    return ["index"]


def op() -> None:
    route(Request())
