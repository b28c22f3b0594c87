"""The command line: one module a verb; :mod:`unknot.cli.commands` has them together.

Only :mod:`unknot.cli.commands` maps an error to an exit code, and :mod:`unknot.cli.status` has the
codes. This module imports next to nothing: from its first moment on, a signal ends the command in
good order.
"""

import sys

from unknot.cli.signals import shielded, stopped_by, take_signals

__all__ = ["main"]


def main() -> None:
    """Run the command that the arguments name, and exit."""
    take_signals()
    try:
        if sys.argv[1:] == ["--version"]:  # without click, which takes longer than all the rest
            with shielded():
                from unknot.cli.output import guarded, print_version
            sys.exit(guarded(print_version))
        with shielded():
            from unknot.cli.commands import commands, run_command
        run_command(commands, "unknot")
    except KeyboardInterrupt:
        sys.exit(stopped_by())
