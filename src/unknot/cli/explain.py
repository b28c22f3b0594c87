"""``unknot explain FILE``: what a dump shows."""

from __future__ import annotations

from pathlib import Path

import click

from unknot import __version__, files
from unknot.attach.dump_file import read_dump
from unknot.attach.explain import explain
from unknot.cli.console import make_console
from unknot.errors import UsageError
from unknot.records.look_file import LookFile, encode_look, is_look, read_look
from unknot.report.look import look_lines
from unknot.report.terminal import styled

__all__ = ["JSON", "command", "look_file", "show"]

JSON = "Write what is shown to PATH as JSON; 'unknot report' makes a page of it."


@click.command("explain")
@click.argument("file", type=click.Path(path_type=Path))
@click.option("-v", "--verbose", is_flag=True, help="Show every type and task.")
@click.option("--json", "output", type=click.Path(path_type=Path), help=JSON)
def command(file: Path, verbose: bool, output: Path | None) -> None:
    """Show what the dump in FILE holds: types, tasks, uncollected cycles, largest holders."""
    if output is not None:
        files.ensure_distinct({"--json": output}, {str(file): file})
        files.ensure_writable(output)
    found = look_file(file)
    if output is not None:
        files.replace(output, encode_look(found))
    show(look_lines(found.look, verbose=verbose))


def look_file(source: Path, before: Path | None = None) -> LookFile:
    """What a dump shows, or a look that was kept; beside an earlier dump, what has grown since."""
    if is_look(source):
        if before is not None:
            raise UsageError(f"{source} is no dump: to see what has grown, give two dumps")
        return read_look(source)
    if before is None:
        return LookFile(unknot=__version__, title=source.name, look=explain(read_dump(source)))
    first, last = read_dump(before), read_dump(source)
    return LookFile(
        unknot=__version__,
        title=f"{before.name} → {source.name}",
        look=explain(last, first),
        before=explain(first),
    )


def show(lines: list[str]) -> None:
    """Print lines; where the output has no Unicode, in ASCII."""
    console = make_console()
    plain = console.options.ascii_only
    for line in lines:
        console.print(styled(line, "", plain), highlight=False, soft_wrap=True)
