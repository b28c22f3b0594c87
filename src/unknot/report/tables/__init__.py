"""A result's tables: one module a table, all of them :class:`~unknot.report.table.Table` values."""

from __future__ import annotations

from unknot.report.tables.allocations import (
    allocations_tables,
    brief_allocations_table,
    left_table,
)
from unknot.report.tables.by_process import by_process_table
from unknot.report.tables.collector import brief_latency_table, collector_table, latency_table
from unknot.report.tables.environment import command_line, environment_table
from unknot.report.tables.errors import errors_table
from unknot.report.tables.live import live_table
from unknot.report.tables.memory import memory_table
from unknot.report.tables.per_op import per_op_table
from unknot.report.tables.processes import processes_table
from unknot.report.tables.reduction import ratio_table, reduction_table
from unknot.report.tables.releases import changes_table, releases_table
from unknot.report.tables.types import types_table

__all__ = [
    "allocations_tables",
    "brief_allocations_table",
    "brief_latency_table",
    "by_process_table",
    "changes_table",
    "collector_table",
    "command_line",
    "environment_table",
    "errors_table",
    "latency_table",
    "left_table",
    "live_table",
    "memory_table",
    "per_op_table",
    "processes_table",
    "ratio_table",
    "reduction_table",
    "releases_table",
    "types_table",
]
