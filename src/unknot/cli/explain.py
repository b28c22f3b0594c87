"""``unknot explain FILE``: what a dump shows."""

from __future__ import annotations

from pathlib import Path

import click
from rich.console import Console

from unknot.attach.dump_file import read_dump
from unknot.attach.explain import explain
from unknot.report.look import look_lines
from unknot.report.terminal import styled

__all__ = ["command", "show"]


@click.command("explain")
@click.argument("file", type=click.Path(path_type=Path))
@click.option("-v", "--verbose", is_flag=True, help="Show all types and tasks.")
def command(file: Path, verbose: bool) -> None:
    """Say what the dump in FILE shows: types, tasks, cycles that wait, and what holds most."""
    show(look_lines(explain(read_dump(file)), verbose=verbose))


def show(lines: list[str]) -> None:
    """Print lines; where the output has no Unicode, in ASCII."""
    console = Console(highlight=False)
    plain = console.options.ascii_only
    for line in lines:
        console.print(styled(line, "", plain), highlight=False, soft_wrap=True)
