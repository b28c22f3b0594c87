"""There is one logger, and the message has the number."""

import logging
from itertools import count

NUMBERS = count(1000)
LOG = logging.getLogger("request")


def op() -> None:
    LOG.debug("%s begun", next(NUMBERS))
