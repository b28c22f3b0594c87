"""Each request has a logger of its own name."""

import logging
from itertools import count

NUMBERS = count(1000)


def op() -> None:
    logging.getLogger(f"request {next(NUMBERS)}").debug("begun")
