"""A future that failed is a variable of each function that its exception came through."""

from concurrent.futures import Future


def wait_for(reply: Future[int]) -> int:
    return reply.result()


def op() -> None:
    request: Future[int] = Future()
    request.set_exception(ValueError("refused"))
    try:
        wait_for(request)
    except ValueError:
        pass
