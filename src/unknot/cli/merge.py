"""``unknot merge PARTS``: results of one plan, measured in parts, as one."""

from __future__ import annotations

import sys
from pathlib import Path

import click
from msgspec import structs

from unknot import files
from unknot.cli.output import complain, say
from unknot.cli.status import FINDING, FINE, WRONG_USE
from unknot.errors import UsageError
from unknot.gate import compare_in_turn
from unknot.measuring.merging import merge
from unknot.records import encode_result, read_result
from unknot.text import amount

__all__ = ["command"]

FILE = click.Path(path_type=Path)
SHOWN = 5
"""Maximum number of missing cells to list."""


@click.command("merge")
@click.argument("parts", type=FILE, nargs=-1, required=True)
@click.option(
    "-o", "--output", type=FILE, required=True, help="File to write the joined result to."
)
def command(parts: tuple[Path, ...], output: Path) -> None:
    """Join PARTS, the results of one plan measured with --shard, into one result.

    Parts are refused if they come from different plans or versions of unknot, or had different
    package versions installed. If two parts disagree on the counts of a cell, that is a finding,
    and nothing is written. If cells are missing, the result is written and marked as incomplete,
    and the exit code is 2; 'unknot run --resume' measures the rest.
    """
    files.ensure_distinct({"-o": output}, {str(part): part for part in parts})
    files.ensure_writable(output)
    merged = merge([(str(part), read_result(part)) for part in parts])
    if merged.contradictions:
        for said in merged.contradictions:
            complain(UsageError(said))
        sys.exit(FINDING)
    result = merged.result
    if result.plan is not None and result.plan.in_turn:
        cells = dict(zip(result.plan.places, result.cells, strict=True))
        result = structs.replace(result, differences=compare_in_turn(cells))
    files.replace(output, encode_result(result))
    of = len(merged.result.cells) + len(merged.missing)
    say(f"{len(merged.result.cells)} of {amount(of, 'cell')} in {output}", err=True)
    if merged.missing:
        places = ", ".join(str(place + 1) for place in merged.missing[:SHOWN])
        more = len(merged.missing) - SHOWN
        complain(UsageError(f"missing: cell {places}{f' and {more} more' if more > 0 else ''}"))
    sys.exit(WRONG_USE if merged.missing else FINE)
