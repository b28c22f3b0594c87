"""Each function ends its variable."""

from concurrent.futures import Future


def wait_for(reply: Future[int]) -> int:
    try:
        return reply.result()
    finally:
        del reply


def op() -> None:
    request: Future[int] = Future()
    request.set_exception(ValueError("refused"))
    try:
        wait_for(request)
    except ValueError:
        pass
    finally:
        del request
