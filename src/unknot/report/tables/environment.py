"""Where a result was measured, and the command that measures it again."""

from __future__ import annotations

import shlex

from unknot.records import Environment
from unknot.report.number import amount, count, duration
from unknot.report.table import Column, Entry, Table
from unknot.text import visible

__all__ = ["command_line", "environment_table"]


def command_line(environment: Environment) -> str:
    """The command to paste into a shell."""
    return visible(shlex.join(environment.command))


def environment_table(environment: Environment) -> Table:
    """The environment, a fact a row."""
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
    rows = tuple((Entry(name), Entry(visible(fact))) for name, fact in facts.items() if fact)
    columns = (Column("Fact", heads=True), Column("Value"))
    return Table("environment", "Where it was measured", columns, rows)
