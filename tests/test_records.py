"""A result is read back as it was written, or refused in one line."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from unknot.errors import InvalidResult
from unknot.records import SCHEMA, Environment, Result, decode_result, encode_result, read_result

RESULT = Result(
    schema=SCHEMA,
    unknot="0",
    title="made for a test",
    environment=Environment(
        python="3.11.0",
        implementation="cpython",
        build="",
        gc_thresholds=(700, 10, 10),
        platform="",
        machine="",
        cpu_count=1,
        hash_seed="0",
        packages={},
        command=[],
        started="2026-01-01T00:00:00+00:00",
        duration_s=0.0,
        jobs=1,
    ),
    cells=[],
)


def changed(**fields: Any) -> bytes:
    return json.dumps({**json.loads(encode_result(RESULT)), **fields}).encode()


SHORT = {
    "workload": "w.py",
    "variant": "",
    "shape": "",
    "ending": "",
    "gc": "off",
    "python": "3.11.0",
    "ops": 8,
    "rounds": 4,
    "series": {"ops": [0, 100], "total": [5], "types": {"a.B": [1, 2]}},
}
"""A cell whose series has fewer totals than samples."""


def test_what_is_written_is_read_back(tmp_path: Path) -> None:
    path = tmp_path / "result.json"
    path.write_bytes(encode_result(RESULT))
    assert read_result(path) == RESULT


def test_fields_of_a_newer_writer_are_passed_over() -> None:
    assert decode_result(changed(more=1)) == RESULT


@pytest.mark.parametrize(
    ("document", "complaint"),
    [
        (b"", "not an unknot result"),
        (b"\xff\xfe", "not an unknot result"),
        (encode_result(RESULT)[:-20], "not an unknot result"),
        (b"[" * 1_000_000, "not an unknot result"),
        (b'{"schema":1,"cells":' + b"[" * 1_000_000, "not an unknot result"),
        (b"{}", "not an unknot result"),
        (changed(schema=SCHEMA + 1), f"schema {SCHEMA + 1}"),
        (changed(cells=[{}]), "not an unknot result"),
        (changed(title=1), "not an unknot result"),
        (changed(cells=[SHORT]), "samples are missing"),
    ],
)
def test_what_is_no_result_is_refused_in_one_line(document: bytes, complaint: str) -> None:
    with pytest.raises(InvalidResult, match=complaint) as caught:
        decode_result(document, "some.json")
    assert str(caught.value).startswith("some.json: ")
    assert "\n" not in str(caught.value)


def test_a_file_that_cannot_be_read_is_refused(tmp_path: Path) -> None:
    with pytest.raises(InvalidResult, match="cannot be read"):
        read_result(tmp_path / "absent.json")
    with pytest.raises(InvalidResult, match="cannot be read"):
        read_result(tmp_path)
