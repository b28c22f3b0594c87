"""All of a cell but its findings, as text."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from pathlib import PurePath

from packaging.requirements import InvalidRequirement, Requirement
from packaging.utils import InvalidWheelFilename, canonicalize_name, parse_wheel_filename

from unknot.records import Allocations, Cell, PerOp, Process, count_blame
from unknot.report.document import Block, Line
from unknot.report.tables.allocations import brief_allocations_table
from unknot.report.wording import (
    INDENT,
    called_from,
    type_label,
    wrapped,
)
from unknot.text import amount, clip, count, memory, one_line, rate, visible

ABSENT = "ModuleNotFoundError: No module named "
LONGEST_MODULE = 60
"""Maximum length of a module's name."""


def subject(cell: Cell, *, interpreter: bool = False) -> str:
    """Workload, interpreter, what was installed, and collector mode.

    The interpreter is left out where it says nothing: it was not asked for by ``interpreter``,
    and nothing was installed for it.
    """
    words = [visible(cell.workload)]
    if cell.python and (interpreter or cell.requirements):
        words.append(f"Python {cell.python}")
    words += [
        _installed(text, cell.projects.get(text), cell.packages) for text in cell.requirements
    ]
    return ", ".join([*words, *map(visible, cell.case.load), f"collector {cell.gc}"])


def with_hint(cell: Cell) -> str | None:
    """What to do about a timeout or a missing module; ``None`` for other errors."""
    if cell.error is not None and cell.error.kind == "timeout":
        return (
            "measure fewer operations, with --fast or -n, or give the cell more time with "
            "--time-limit SECONDS"
        )
    message = cell.error.message if cell.error is not None else ""
    name = message.removeprefix(ABSENT).strip("'\"")
    if not message.startswith(ABSENT) or "." in name:
        return None
    if name == "unknot" and not cell.requirements:
        return (
            "unknot is not installed for the measured Python, which without --with is measured as "
            "it is: install unknot there, name its project folder with --with, or write op(), and "
            "setup() and teardown() if needed, without importing it"
        )
    if name == "unknot":
        return (
            "an environment made by --with holds the workload's requirements alone, so the "
            "workload cannot import unknot: write op(), and setup() and teardown() if needed"
        )
    known = clip(visible(name), LONGEST_MODULE)
    return (
        f"{known} is not installed for the measured Python: --with {known} measures in an "
        "environment that has it, if the package has the module's name"
    )


def _installed(requirement: str, project: str | None, packages: Mapping[str, str]) -> str:
    """The package and its version; the requirement itself if the version is unknown."""
    if project is not None:
        return f"{visible(project)} {packages.get(canonicalize_name(project), '')}".rstrip()
    try:
        name: str = canonicalize_name(Requirement(requirement).name)
    except InvalidRequirement:
        file = PurePath(requirement).name
        try:
            name = parse_wheel_filename(file)[0]
        except InvalidWheelFilename:
            return visible(file or requirement)
    version = packages.get(name)
    return f"{name} {version}" if version else visible(requirement)


def aligned(rows: Iterable[Sequence[str]], least: int = 0, words: int = 1) -> list[str]:
    """A table as lines; the first ``words`` columns are aligned left, the others right.

    The latter are at least ``least`` characters wide.
    """
    table = list(rows)
    widths = [max(map(len, column)) for column in zip(*table, strict=True)]
    return [
        INDENT
        + INDENT.join(
            text.ljust(width) if at < words else text.rjust(max(width, least))
            for at, (text, width) in enumerate(zip(row, widths, strict=True))
        ).rstrip()
        for row in table
    ]


COMMAND = 40
"""Maximum length of a command."""

MOST_CLEAN = 4
"""Maximum number of clean processes that are listed; more are only counted."""


def process_lines(processes: Sequence[Process]) -> list[str]:
    """A table with one line per process; empty if there was only one."""
    if not processes:
        return []
    clean = [process for process in processes if process.verdict == "clean"]
    shown = [process for process in processes if process not in clean or len(clean) <= MOST_CLEAN]
    rows = [("process", "verdict", "cyclic", "leaked")]
    rows += [
        (
            f"{process.number:>2} {_command(process)}",
            process.verdict or process.ended or "came late",
            *_process_rates(process),
        )
        for process in shown
    ]
    lines = ["", *aligned(rows, 7, words=2)]
    if len(shown) < len(processes):
        lines.append(f"  and {len(processes) - len(shown)} clean ones")
    return lines


def _command(process: Process) -> str:
    command = visible(process.command)
    if len(command) <= COMMAND:
        return command
    half = COMMAND // 2  # the program is at the begin, what tells two apart often at the end
    return f"{command[:half]}…{command[1 - half :]}"


def _process_rates(process: Process) -> tuple[str, str]:
    if process.per_op is None:
        return "–", "–"
    return rate(process.per_op.cyclic), rate(process.per_op.leaked)


MOST_TYPES = 8
MOST_STDERR = 12
"""Number of lines shown from the end of standard error."""
LONGEST = 1_000
"""Maximum length of a message."""
LONGEST_TEXT = 20_000
"""Maximum length of a traceback or a process's output."""


def head_lines(
    cell: Cell, *, quiet: bool = False, verbose: bool = False, interpreter: bool = False
) -> list[str]:
    """What comes before a cell's findings: the verdict, and what an operation leaves by type.

    ``quiet`` omits the counts, ``verbose`` shows all types, ``interpreter`` names the interpreter.
    """
    title = subject(cell, interpreter=interpreter)
    if cell.verdict is None:
        return _error_lines(title, cell)
    lines = [f"{title}: {cell.verdict}"]
    if cell.unconfirmed is not None:
        lines += wrapped(f"unconfirmed: {visible(cell.unconfirmed)}")
    if not quiet:
        lines += [*_per_op_lines(cell), *_type_lines(cell, verbose)]
        lines += process_lines(cell.processes)
    lines += [line for note in cell.notes for line in wrapped(f"note: {visible(note)}")]
    return [*lines, ""]


def end_lines(cell: Cell, *, interpreter: bool = False) -> list[str]:
    """What comes after a cell's findings: whose they are, its output, and how it ended."""
    title = subject(cell, interpreter=interpreter)
    ended = ["", *_error_lines(title, cell)] if cell.error is not None else []
    return [*_blame_lines(cell), *_stderr_lines(cell), *ended]


def _stderr_lines(cell: Cell) -> list[str]:
    """The workload's standard error, if there is a finding; a failed cell's output includes it."""
    text = cell.stderr.rstrip()
    if not text or cell.verdict == "clean" or cell.error is not None:
        return []
    said = text.splitlines()[-MOST_STDERR:]
    return ["the workload wrote to standard error:", *(f"  {visible(line)}" for line in said), ""]


def _error_lines(title: str, cell: Cell) -> list[str]:
    error = cell.error
    assert error is not None
    lines = [f"{title}: {error.kind}: {clip(one_line(error.message), LONGEST)}"]
    if cell.verdict is None:
        lines += [line for note in cell.notes for line in wrapped(f"note: {visible(note)}")]
    hint = with_hint(cell)
    if hint is not None:
        lines += wrapped(f"hint: {hint}")
    for text in (error.traceback, error.output):
        if text:
            said = clip(text.rstrip(), LONGEST_TEXT)
            lines += ["", *(f"  {visible(line)}" for line in said.splitlines())]
    return [*lines, ""]


def _per_op_lines(cell: Cell) -> list[str]:
    per_op = cell.per_op
    if per_op is None:
        return []
    figures = (
        (per_op.cyclic, f"{rate(per_op.cyclic)} cyclic{_followers(per_op)}"),
        (per_op.leaked, f"{rate(per_op.leaked)} leaked"),
        (per_op.blocks, f"{amount(per_op.blocks, 'block')} allocated"),
        (per_op.blocks_leaked, f"{amount(per_op.blocks_leaked, 'block')} leaked"),
        (per_op.bytes, f"{memory(per_op.bytes or 0.0)} kept"),
        (
            per_op.asyncgen_finalizers,
            amount(per_op.asyncgen_finalizers, "async-generator finalizer call"),
        ),
    )
    said = [words for figure, words in figures if figure]
    said = said or ["nothing" if cell.verdict == "clean" else "no new object"]
    windows = ", ".join(count(window.ops) for window in cell.windows)
    return [
        *wrapped(f"per operation: {' · '.join(said)}"),
        *wrapped(f"rounds of {windows} operations"),
    ]


def _followers(per_op: PerOp) -> str:
    """How many cyclic objects are not garbage but freed with it, such as weak references to it."""
    followers = round(per_op.cyclic - per_op.garbage, 9)
    if not per_op.garbage or followers <= 0:
        return ""
    verb = "goes" if followers == 1 else "go"
    return f" ({rate(per_op.garbage)} garbage, {rate(followers)} that {verb} with it)"


def _type_lines(cell: Cell, verbose: bool) -> list[str]:
    left = {
        name: found
        for name, found in cell.types.items()
        if found.cyclic_per_op or found.leaked_per_op
    }
    if not left:
        return []
    order = sorted(left, key=lambda name: (-left[name].retained_per_op, name))
    shown = order if verbose else order[:MOST_TYPES]
    rows = [("type", "cyclic", "leaked", "bytes")]
    rows += [
        (
            type_label(name),
            rate(left[name].cyclic_per_op),
            rate(left[name].leaked_per_op),
            kept_bytes(left[name].bytes_per_op),
        )
        for name in shown
    ]
    head, *others = aligned(rows, 9)
    lines = ["", f"{head}   per operation", *others]
    if len(order) > len(shown):
        lines.append(f"  … {amount(len(order) - len(shown), 'more type')} with -v")
    return lines


def _blame_lines(cell: Cell) -> list[str]:
    """The number of findings per package, if any is a package's."""
    mine, others = count_blame(cell)
    if not others:
        return []
    every = amount(mine + others.total(), "finding")
    whose = ", ".join(f"{visible(name)} {count(number)}" for name, number in others.most_common())
    return [*wrapped(f"{every}, {count(mine)} in your code: {whose}"), ""]


def kept_bytes(octets: float) -> str:
    """``octets`` with a unit; empty if unknown."""
    return memory(octets) if octets else ""


def allocation_blocks(allocations: Allocations) -> Iterator[Block]:
    """The first places that left memory behind, or why there are none, then where the survivors of
    each finding were created."""
    yield from _allocated(allocations)
    for made in allocations.made:
        said = called_from("made", list(map(visible, made.frames)))
        yield Line(f"{type_label(made.type)} that stays was {said}")


def _allocated(allocations: Allocations) -> Iterator[Block]:
    if allocations.error is not None:
        yield Line(f"allocations: {one_line(allocations.error)}", "warn")
        return
    table = brief_allocations_table(allocations)
    if table is None:
        yield Line("allocations: operations leave none")
        return
    yield table
    if allocations.flame_graph is not None:
        yield Line(f"memray's flame graph of what is left: {visible(allocations.flame_graph)}")
