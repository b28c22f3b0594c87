"""The generated parts of the documentation."""

from __future__ import annotations

import re
from typing import Any

from bench.manual import command_line_page, field_docs, result_page, result_schema
from unknot.cli.commands import VERBS
from unknot.records import Cell
from unknot.records.collector import Collections


def test_every_verb_and_its_options_are_on_the_page_of_the_command_line() -> None:
    page = command_line_page()
    assert re.findall("^## unknot (.+)$", page, flags=re.MULTILINE) == list(VERBS)
    assert page.count("Usage: unknot") == len(VERBS) + 1
    assert "--in-flight N" in page
    assert max(map(len, page.splitlines())) <= 100


def test_each_field_of_each_record_is_in_the_schema_and_on_the_page() -> None:
    definitions: dict[str, Any] = result_schema()["$defs"]
    assert set(Cell.__struct_fields__) == set(definitions["Cell"]["properties"])
    page = result_page()
    for name, definition in definitions.items():
        section = page.partition(f"\n## {name}\n")[2].partition("\n## ")[0]
        assert [each for each in definition["properties"] if f"| `{each}` |" not in section] == []


def test_links_between_records_lead_to_a_heading() -> None:
    page = result_page()
    headings = {each.lower() for each in re.findall("^## (.+)$", page, flags=re.MULTILINE)}
    assert set(re.findall(r"\]\(#([a-z]+)\)", page)) <= headings


def test_the_docstring_below_a_field_describes_it() -> None:
    assert "backend" not in field_docs(Cell)
    assert field_docs(Cell)["seconds"].startswith("Total duration")
    described = result_schema()["$defs"]["Cell"]["properties"]["seconds"]["description"]
    assert described == field_docs(Cell)["seconds"]
    assert set(field_docs(Collections)) <= set(Collections.__struct_fields__)
