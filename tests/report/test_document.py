"""A table's entries keep the numbers that they show."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.report.conftest import CLAIMS
from tests.report.shown import magnitude
from unknot.records import Result
from unknot.report.document import Table
from unknot.report.findings import cuts
from unknot.report.sections import sections


@pytest.mark.once
def test_every_entry_has_the_number_that_it_shows(any_result: Result, tmp_path: Path) -> None:
    tables = [
        block
        for section in sections(any_result, cuts(any_result), [], CLAIMS, None, tmp_path)
        for block in section.blocks
        if isinstance(block, Table)
    ]
    for table in tables:
        for row in table.rows:
            for column, entry in zip(table.columns, row, strict=True):
                if not column.numeric:
                    continue
                shown = magnitude(entry.text)
                if shown is None:
                    assert entry.number is None, entry
                else:
                    assert entry.number == pytest.approx(shown, rel=0.006, abs=0.001), entry
