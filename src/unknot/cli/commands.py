"""The verbs, loaded on demand, and the mapping of errors and signals to exit codes."""

from __future__ import annotations

import errno
import sys
from functools import partial
from importlib import import_module
from typing import NoReturn

import click

from unknot.cli.output import complain, guarded, say
from unknot.cli.signals import ignore_signals, shielded, stopped_by, take_signals
from unknot.cli.status import BUG, INTERRUPTED, WRONG_USE
from unknot.errors import SCARCE, UnknotError
from unknot.text import visible
from unknot.version import __version__

__all__ = ["commands", "run_command"]

COLOR = "color"
VERBS = {
    "run": "Measure what each operation leaves behind, and name the reference to cut.",
    "init": "Write a first workload, its baseline and a CI workflow.",
    "check": "Fail if a result is worse than its baseline or over budget.",
    "compare": "Show what changed between two results or two releases.",
    "merge": "Join results that were measured with --shard.",
    "report": "Write an HTML page and pictures of a result.",
    "attach": "Examine a running Python process without restarting it.",
    "dump": "Write the heap of a process or workload to a file.",
    "explain": "Show what a dump holds.",
}
"""Each verb with its line in the help."""


class Verbs(click.Group):
    """Loads a verb's module on demand; listing the verbs loads none."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        return list(VERBS)

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        with formatter.section("Commands"):
            formatter.write_dl(list(VERBS.items()))

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        if cmd_name not in VERBS:
            return None
        with shielded():
            command: click.Command = import_module(f"unknot.cli.{cmd_name}").command
        if not any(param.name == COLOR for param in command.params):
            command.params.append(_color())
        return command

    def resolve_command(
        self, ctx: click.Context, args: list[str]
    ) -> tuple[str | None, click.Command | None, list[str]]:
        """The verb, with the project's values for its options as defaults."""
        if args and args[0].partition(":")[0].endswith(".py"):
            ctx.fail(f"no command is called {args[0]!r}; to measure it: unknot run {args[0]}")
        name, command, rest = super().resolve_command(ctx, args)
        if name is not None and command is not None and not ctx.resilient_parsing:
            from unknot.cli.settings import default_map

            ctx.default_map = {name: default_map(command, name)}
        return name, command, rest


def _color() -> click.Option:
    """The option of every verb; click stores its value in the context."""
    return click.Option(
        ["--color/--no-color", COLOR],
        default=None,
        expose_value=False,
        callback=_set_color,
        help="Force colours on or off.  [default: as NO_COLOR, FORCE_COLOR and the terminal say]",
    )


def _set_color(context: click.Context, _: click.Parameter, value: bool | None) -> None:
    if value is not None:
        context.color = value


@click.group(
    cls=Verbs,
    invoke_without_command=True,
    context_settings={"help_option_names": ["-h", "--help"]},
)
@click.version_option(__version__, prog_name="unknot")
@click.pass_context
def commands(context: click.Context) -> None:
    """Find out what each operation of a Python program leaves for the cyclic garbage collector.

    Exit codes: 0 success, 1 a finding or a regression, 2 incorrect usage or configuration, 3 a
    workload that cannot be measured, 124 out of time with no result, 130 Ctrl-C, 143 SIGTERM, 129
    SIGHUP.
    """
    if context.invoked_subcommand is None:
        click.echo(context.get_help(), err=True)
        context.exit(WRONG_USE)


def run_command(command: click.Command, name: str) -> NoReturn:
    """Run ``command`` and exit with its exit code, or with that of the signal that stopped it."""
    take_signals()
    try:
        status = guarded(partial(_status, command, name))
        ignore_signals()
    except KeyboardInterrupt:
        ignore_signals()
        status = INTERRUPTED
    sys.exit(stopped_by() or status)


def _status(command: click.Command, name: str) -> int:
    """The command's exit code, once it has said what there is to say."""
    try:
        done = command.main(prog_name=name, standalone_mode=False)
        return done if isinstance(done, int) else 0
    except SystemExit as done:
        return done.code if isinstance(done.code, int) else 0
    except UnknotError as error:
        complain(error)
        return error.exit_code
    except click.ClickException as error:
        _show(error)
        return error.exit_code
    except (click.Abort, KeyboardInterrupt):
        say("unknot: interrupted", err=True)
        return INTERRUPTED
    except Exception as error:
        if isinstance(error, OSError) and error.errno in SCARCE:
            say(f"unknot: {_scarcity(error)}", err=True)
            return WRONG_USE
        from traceback import format_exception  # here, because next to nobody needs it

        click.echo(visible("".join(format_exception(error)), keep="\n"), err=True)
        return BUG


def _scarcity(error: OSError) -> str:
    where = f" ({error.filename})" if error.filename else ""
    hint = "; raise the limit with ulimit -n" if error.errno == errno.EMFILE else ""
    return f"{error.strerror}{where}{hint}"


def _show(error: click.ClickException) -> None:
    """Print an error as click does, with control characters escaped."""
    context = getattr(error, "ctx", None)
    if context is not None:
        click.echo(context.get_usage(), err=True)
        click.echo(f"Try '{context.command_path} --help' for help.\n", err=True)
    click.echo(f"Error: {visible(error.format_message())}", err=True)
