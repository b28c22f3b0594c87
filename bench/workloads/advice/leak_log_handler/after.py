"""It is removed and closed."""

import logging

LOG = logging.getLogger("application")


def op() -> None:
    handler = logging.NullHandler()
    LOG.addHandler(handler)
    LOG.removeHandler(handler)
    handler.close()
