"""``unknot attach PID``: look into a process that runs."""

from __future__ import annotations

import re
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import click

from unknot import __version__, files
from unknot.attach.dump import Dump
from unknot.attach.explain import explain
from unknot.attach.process import dump_process
from unknot.attach.target import find_target
from unknot.cli.dump import IN_PLACE, save, time_to_answer
from unknot.cli.explain import JSON, show
from unknot.cli.output import say
from unknot.records.look_file import LookFile, encode_look
from unknot.report.look import grown_lines, look_lines, pause
from unknot.text import duration

__all__ = ["command"]

UNITS = {"": 1.0, "s": 1.0, "m": 60.0, "h": 3600.0}
SPAN = re.compile(r"(\d+(?:\.\d+)?)([smh]?)")


class Span(click.ParamType):  # type: ignore[type-arg]
    """A time span: ``60``, ``60s``, ``5m``, ``2h``; in seconds."""

    name = "TIME"

    def convert(
        self, value: object, param: click.Parameter | None, ctx: click.Context | None
    ) -> float:
        match = SPAN.fullmatch(str(value))
        if match is None or not float(match[1]):
            self.fail(f"{value!r} is no time; give it as 60s, 5m or 2h", param, ctx)
        return float(match[1]) * UNITS[match[2]]


@click.command("attach")
@click.argument("pid", type=click.IntRange(min=1))
@click.option("--for", "span", type=Span(), help="Look again after this time and show what grew.")
@click.option("--every", type=Span(), help="With --for, also look at this interval.")
@click.option("--in-place", is_flag=True, help=IN_PLACE)
@click.option(
    "--collect", is_flag=True, help="Run the process's garbage collector before each look."
)
@click.option("--keys", is_flag=True, help="Show dict keys, which may be the program's data.")
@click.option(
    "-o",
    "--output",
    type=click.Path(path_type=Path),
    help="Save the dump of the last look to PATH.",
)
@click.option("--json", "kept", type=click.Path(path_type=Path), help=JSON)
@click.option("-v", "--verbose", is_flag=True, help="Show every type and task.")
@time_to_answer
def command(
    pid: int,
    span: float | None,
    every: float | None,
    in_place: bool,
    collect: bool,
    keys: bool,
    output: Path | None,
    kept: Path | None,
    verbose: bool,
    time_limit: float,
) -> None:
    """Show what process PID holds, what waits for its collector, and which reference to cut.

    The process needs no preparation: it is forked, and the copy is examined. Nothing is left in the
    process. Uses sys.remote_exec on Python 3.14 and newer, and gdb otherwise.
    """
    if every is not None and span is None:
        raise click.UsageError("--every needs --for, the time after which to stop")
    wanted = {"-o": output, "--json": kept}
    outputs = {name: path for name, path in wanted.items() if path is not None}
    files.ensure_distinct(outputs, {})
    for path in outputs.values():
        files.ensure_writable(path)
    target = find_target(pid)

    def look(before: Dump | None = None) -> Dump:
        return dump_process(
            target,
            seconds=time_limit,
            keys=keys,
            collect=collect,
            in_place=in_place,
            before=before,
        )

    def keep(dump: Dump, file: LookFile) -> None:
        """Write the files that were asked for, before anything else that may fail."""
        if output is not None:
            save(dump, output)
        if kept is not None:
            files.replace(kept, encode_look(file))

    dump = look()
    file = LookFile(unknot=__version__, title=f"process {pid}", look=explain(dump))
    show(look_lines(file.look, verbose=verbose))
    keep(dump, file)
    if span is not None:
        for last, later in _looks(look, dump, file, span, every or span):
            keep(last, later)


def _looks(
    look: Callable[[Dump], Dump], first: Dump, file: LookFile, span: float, every: float
) -> Iterator[tuple[Dump, LookFile]]:
    """Look again and again; show of each look what has grown since the first."""
    began = time.monotonic()
    while (left := began + span - time.monotonic()) > 0:
        time.sleep(min(every, left))
        dump = look(first)
        passed = duration(time.monotonic() - began)
        later = explain(dump, first)
        say("")
        say(f"after {passed}, paused for {pause(dump.facts)}:")
        show(grown_lines(later) or ["nothing has grown"])
        yield (
            dump,
            LookFile(
                unknot=__version__, title=f"{file.title}, {passed}", look=later, before=file.look
            ),
        )
