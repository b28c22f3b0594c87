"""A result is read back as it was written, or refused in one line."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from msgspec import structs

from tests.gate import made
from unknot.errors import InvalidResult
from unknot.records import (
    SCHEMA,
    CellError,
    Environment,
    Result,
    decode_result,
    encode_result,
    read_result,
)

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


def values_of(value: Any, path: tuple[Any, ...] = ()) -> Iterator[tuple[Any, ...]]:
    """The way to every number that is 0 or more."""
    if isinstance(value, dict | list):
        for key, one in value.items() if isinstance(value, dict) else enumerate(value):
            yield from values_of(one, (*path, key))
    elif isinstance(value, int | float) and not isinstance(value, bool) and value >= 0:
        yield path


MAY_BE_NEGATIVE = {"blocks", "blocks_survived", "exit_status"}
"""Of a window: blocks may be fewer after it. Signals end a process with a negative status."""


def test_a_count_below_zero_is_refused() -> None:
    whole = json.loads(encode_result(made.result(made.cell({"w.T": made.counts(1.0)}))))
    ways = [way for way in values_of(whole["cells"]) if way[-2:-1] != ("windows",)]
    assert len(ways) > 20
    for way in ways:
        document = json.loads(json.dumps(whole))
        holder = document["cells"]
        for key in way[:-1]:
            holder = holder[key]
        holder[way[-1]] = -1
        if way[-1] in MAY_BE_NEGATIVE and "windows" in way:
            decode_result(json.dumps(document).encode())
            continue
        with pytest.raises(InvalidResult):
            decode_result(json.dumps(document).encode())


def test_a_text_that_goes_on_and_on_can_still_be_read_back() -> None:
    endless = "begin" + "x" * 3_000_000 + "end"
    error = CellError(kind="raised", message=endless, traceback=endless, output=endless)
    cell = made.cell({endless: made.counts()}, notes=[endless], error=error, workload=endless)
    document = encode_result(made.result(cell))
    assert len(document) < 1_000_000
    (read,) = decode_result(document).cells
    assert read.error is not None
    assert read.error.message.startswith("begin")
    assert read.error.message.endswith("end")


SECRETS = (
    "import sys; sys.path.insert(0, '.');"
    "from tests.gate import made; from unknot.records import *;"
    "text = 'at https://ann:t0p-secret@h.invalid/x, https://h.invalid/k-1234/simple, opensesame';"
    "cell = made.cell(requirements=['p @ git+https://ann:t0p-secret@h.invalid/x'], notes=[text]);"
    "print(encode_result(made.result(cell)).decode());"
    "from unknot.text import visible; print(visible(text))"
)


def test_no_credential_is_in_a_result_or_shown() -> None:
    done = subprocess.run(
        [sys.executable, "-c", SECRETS],
        cwd=Path(__file__).parent.parent,
        capture_output=True,
        text=True,
        check=True,
        env={
            **os.environ,
            "PIP_EXTRA_INDEX_URL": "https://h.invalid/k-1234/simple https://b:w0rd-1@h.invalid/",
            "UV_INDEX_INNER_PASSWORD": "opensesame",
        },
    )
    for secret in ("t0p-secret", "ann:", "k-1234", "opensesame", "w0rd-1"):
        assert secret not in done.stdout
    assert "git+https://****@h.invalid/x" in done.stdout


def test_a_name_that_is_not_utf_8_is_written_with_escapes() -> None:
    read = decode_result(encode_result(structs.replace(RESULT, title="w\udcff.py")))
    assert read.title == "w\\udcff.py"
