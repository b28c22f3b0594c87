"""``unknot dump PID|WORKLOAD``: the heap of a process as a file."""

from __future__ import annotations

from pathlib import Path

import click

from unknot import files
from unknot.attach.dump import Dump
from unknot.attach.dump_file import encode_dump
from unknot.attach.process import dump_process
from unknot.attach.target import find_target
from unknot.attach.workload import dump_workload
from unknot.cli.output import say
from unknot.environments.interpreters import find_interpreter
from unknot.report.look import pause
from unknot.text import amount, memory

__all__ = ["IN_PLACE", "command", "save", "time_to_answer"]

IN_PLACE = "Do not fork: the process itself answers, and pauses longer and several times."

time_to_answer = click.option(
    "--time-limit",
    type=click.FloatRange(min=1),
    default=30.0,
    show_default=True,
    help="Time limit for the process to answer, in seconds.",
)


@click.command("dump")
@click.argument("what", metavar="PID|WORKLOAD")
@click.option(
    "-o",
    "--output",
    type=click.Path(path_type=Path),
    required=True,
    help="File to write the dump to.",
)
@click.option("--keys", is_flag=True, help="Include dict keys, which may be the program's data.")
@click.option("--in-place", is_flag=True, help=IN_PLACE)
@click.option("--collect", is_flag=True, help="Run the process's garbage collector first.")
@time_to_answer
@click.option(
    "-n",
    "--ops",
    type=click.IntRange(min=1),
    default=1_000,
    show_default=True,
    help="Operations of WORKLOAD to run before the dump is taken.",
)
@click.option("--python", help="Interpreter to run WORKLOAD under.")
def command(
    what: str,
    output: Path,
    keys: bool,
    in_place: bool,
    collect: bool,
    time_limit: float,
    ops: int,
    python: str | None,
) -> None:
    """Write the heap of process PID, or of a new one that ran WORKLOAD, to a file.

    The file holds sizes and the names of types, code, attributes and variables. It holds no values
    and, unless --keys is given, none of the program's strings. 'unknot explain' reads it.
    """
    files.ensure_writable(output)
    if what.isdecimal():
        dump = dump_process(
            find_target(int(what)),
            seconds=time_limit,
            keys=keys,
            collect=collect,
            in_place=in_place,
        )
    else:
        import sys

        dump = dump_workload(what, ops, find_interpreter(python or sys.executable), keys=keys)
    save(dump, output)


def save(dump: Dump, output: Path) -> None:
    """Write the dump, and say so."""
    files.replace(output, encode_dump(dump))
    size = memory(int(dump.survey.sizes.sum()))
    say(
        f"{amount(dump.survey.tracked, 'object')} in {size} dumped to {output}; paused for "
        f"{pause(dump.facts)}",
        err=True,
    )
