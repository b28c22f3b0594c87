"""Tables of a result's environment, machines, errors and notes, and of what was not measured."""

from __future__ import annotations

import shlex

from unknot.records import Case, Cell, Environment, Result
from unknot.report.cases import cases, differing, failed, name_of
from unknot.report.document import (
    Entry,
    Fold,
    Table,
    figures,
    heads,
    message,
    named,
    number,
    table,
    texts,
)
from unknot.text import amount, clip, count, duration, one_line, visible

_LONGEST_NOTE = 300
_MOST_OUTPUTS = 24
_LONGEST_OUTPUT = 20_000


def command_line(environment: Environment) -> str:
    """The command in a shell's syntax."""
    return visible(shlex.join(environment.command))


def environment_table(environment: Environment) -> Table | None:
    """The environment, one fact per row."""
    packages = ", ".join(f"{name} {release}" for name, release in environment.packages.items())
    thresholds = ", ".join(map(count, environment.gc_thresholds))
    facts = {
        "Python": f"{environment.implementation} {environment.python}",
        "Build": environment.build,
        "Collector": environment.collector,
        "Collector's thresholds": thresholds,
        "Platform": environment.platform,
        "Machine": f"{environment.machine}, {amount(environment.cpu_count, 'processor')}",
        "Measured at a time": amount(environment.jobs, "cell"),
        "Hash seed": environment.hash_seed,
        "Started": environment.started,
        "Took": duration(environment.duration_s),
        "Packages": packages,
    }
    rows = [(Entry(name), Entry(visible(fact))) for name, fact in facts.items() if fact]
    return table("environment", "Where it was measured", heads("Fact") + texts("Value"), rows)


def errors_table(result: Result, limit: int) -> Table | None:
    """A row for each failed cell, messages clipped at ``limit``; ``None`` if none failed."""
    cells = failed(result)
    rows = [_error_row(cell, limit, cases(result)) for cell in cells]
    columns = heads("Variant") + texts("Case", "Collector", "Error", "Message")
    ends = [
        end
        for end, there in (
            ("failed", any(cell.verdict is None for cell in cells)),
            ("ended early", any(cell.verdict is not None for cell in cells)),
        )
        if there
    ]
    caption = f"Cells that {' or '.join(ends)}"
    return table("errors", caption, columns, rows)


def outputs(result: Result) -> list[Fold]:
    """Message, traceback and output of the first failed cells."""
    among = [cell.case for cell in result.cells]
    said = (_output(cell, among) for cell in failed(result)[:_MOST_OUTPUTS])
    return [output for output in said if output.text]


def notes(result: Result) -> list[str]:
    """The notes with their cells, equal ones merged; unconfirmed verdicts come first."""
    subjects: dict[str, list[str]] = {}
    among = [cell.case for cell in result.cells]
    for cell in result.cells:
        subject = name_of(cell.case, among)
        doubt = [f"unconfirmed: {cell.unconfirmed}"] if cell.unconfirmed is not None else []
        for note in (*doubt, *cell.notes):
            subjects.setdefault(note, []).append(subject)
    return [
        f"{cells[0]}{f' and {len(cells) - 1} more' if len(cells) > 1 else ''}: "
        f"{clip(visible(note), _LONGEST_NOTE)}"
        for note, cells in subjects.items()
    ]


def absent(result: Result) -> list[str]:
    """A sentence for each kind of measurement that is missing; empty if no cell was measured."""
    measured = [cell for cell in result.cells if cell.error is None]
    if not measured:
        return []
    missing = {
        "Where memory is allocated: not traced; unknot run --allocations traces it.": (
            not result.allocations
        ),
        "The time of an operation: not measured; unknot's benchmarks measure it with pyperf.": (
            not result.latencies
        ),
        "What the collector costs: no cell ran with it on; --gc auto measures one.": (
            all(cell.gc == "off" for cell in measured)
        ),
    }
    return [sentence for sentence, missed in missing.items() if missed]


def _error_row(cell: Cell, limit: int, among: list[Case]) -> tuple[Entry, ...]:
    assert cell.error is not None
    return (
        named(cell.variant, 24, variant=True),
        named(differing(cell.case.work, among) or cell.workload, 32),
        Entry(cell.gc),
        Entry(cell.error.kind, tone="bad"),
        message(one_line(cell.error.message), limit),
    )


def _output(cell: Cell, among: list[Case]) -> Fold:
    assert cell.error is not None
    said = [cell.error.message, cell.error.traceback, cell.error.output]
    text = visible("\n\n".join(filter(None, said)), keep="\n\t")
    status = "" if cell.error.exit_status is None else f", exit status {cell.error.exit_status}"
    summary = f"{name_of(cell.case, among)}: {cell.error.kind}{status}"
    return Fold(summary, text=clip(text, _LONGEST_OUTPUT))


_LONGEST = 48


def machines_table(result: Result) -> Table | None:
    """A row for each machine; ``None`` if no cell names one."""
    rows = []
    for cells in _by_machine(result).values():
        machine = cells[0].machine
        assert machine is not None
        loads = [cell.machine.load for cell in cells if cell.machine is not None]
        rows.append(
            (
                named(machine.name, _LONGEST),
                number(machine.cores, count),
                number(len(cells), count),
                number(sum(cell.seconds for cell in cells), duration),
                Entry(f"{min(loads):.2f} to {max(loads):.2f}", max(loads)),
                named(machine.platform, _LONGEST),
            )
        )
    columns = heads("Machine") + figures("Processors", "Cells", "Together", "Load")
    return table("machines", "The machines", columns + texts("Platform"), rows)


def measured_by_table(result: Result) -> Table | None:
    """A row for each cell that names its machine."""
    among = [cell.case for cell in result.cells]
    rows = [
        (
            named(f"{name_of(cell.case, among)}, collector {cell.gc}", 2 * _LONGEST),
            named(cell.machine.name, _LONGEST),
            number(cell.machine.load, lambda load: f"{load:.2f}"),
            number(cell.seconds, duration),
        )
        for cell in result.cells
        if cell.machine is not None
    ]
    columns = heads("Cell") + texts("Machine") + figures("Load", "Took")
    return table("measured-by", "Which machine measured which cell", columns, rows)


def _by_machine(result: Result) -> dict[str, list[Cell]]:
    found: dict[str, list[Cell]] = {}
    for cell in result.cells:
        if cell.machine is not None:
            found.setdefault(cell.machine.name, []).append(cell)
    return found
