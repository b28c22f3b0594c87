"""The command line: one module a verb. Only here is an error mapped to an exit code.

Exit codes: 0 fine, 1 a finding or a failed measurement, 2 wrong use, 124 a time limit, 130 Ctrl-C.
"""

from __future__ import annotations

import sys
from importlib import import_module

import click

import unknot
from unknot.errors import UnknotError

__all__ = ["main"]

VERBS = ("run", "check", "compare", "report")


class Verbs(click.Group):
    """Loads a verb's module when it is asked for: judging a result needs no numpy."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        return list(VERBS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        if cmd_name not in VERBS:
            return None
        command: click.Command = import_module(f"unknot.cli.{cmd_name}").command
        return command


@click.group(cls=Verbs, context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(unknot.__version__, prog_name="unknot")
def commands() -> None:
    """What each operation of a Python program leaves behind for the cyclic collector."""


def main() -> None:
    """Run the command that the arguments name, and exit."""
    try:
        commands(prog_name="unknot", standalone_mode=True)
    except UnknotError as error:
        click.echo(f"unknot: {error}", err=True)
        sys.exit(error.exit_code)
    except KeyboardInterrupt:
        click.echo("unknot: interrupted", err=True)
        sys.exit(130)
