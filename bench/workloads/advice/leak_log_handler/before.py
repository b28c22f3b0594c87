"""Each call adds a handler to a logger."""

import logging

LOG = logging.getLogger("application")


def op() -> None:
    LOG.addHandler(logging.NullHandler())
