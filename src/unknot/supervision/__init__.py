"""Commands that end with this process, whatever ends it, and with them all that they started.

``command`` is this side of it; ``supervisor`` is a program of the standard library alone that
stands between, adopts what the command leaves, and ends it.
"""

from unknot.supervision.command import CommandRefused, Supervised, run_supervised

__all__ = ["CommandRefused", "Supervised", "run_supervised"]
