"""``unknot check`` as continuous integration runs it: exit codes, files, and hostile input."""

from __future__ import annotations

import io
import json
import os
import sys
from contextlib import redirect_stderr, redirect_stdout
from pathlib import Path
from typing import NamedTuple
from xml.etree import ElementTree

import msgspec
import pytest

from tests.gate.made import cell, counts, cycle, failed, latency, result
from unknot.cli import main
from unknot.records import Result, encode_result, read_result

pytestmark = pytest.mark.once

CLEAN = result(cell(), latencies=[latency(1e-4)])
CYCLIC = result(cell({"w.Thing": counts(1.0)}, [cycle()]), latencies=[latency(1e-4)])
BUDGET = '[tool.unknot.budgets."w.py"]\ncyclic = 0\n'
ALLOWED = (
    '[[tool.unknot.allowed]]\nsignature = "aaaaaa"\nreason = "why"\nlink = "https://a.invalid"\n'
)


class Done(NamedTuple):
    """What a command came to."""

    returncode: int
    stdout: str
    stderr: str


def call(verb: str, folder: Path, *arguments: object, **environment: str) -> Done:
    """Runs the command line in this process: it starts as often as there are hostile files."""
    out, err = io.StringIO(), io.StringIO()
    with (
        pytest.MonkeyPatch.context() as patch,
        redirect_stdout(out),
        redirect_stderr(err),
    ):
        patch.chdir(folder)
        for name, value in environment.items():
            patch.setenv(name, value)
        patch.setattr(sys, "argv", ["unknot", verb, *map(str, arguments)])
        with pytest.raises(SystemExit) as ended:
            main()
    code = ended.value.code
    return Done(code if isinstance(code, int) else 0, out.getvalue(), err.getvalue())


def check(folder: Path, *arguments: object, **environment: str) -> Done:
    return call("check", folder, *arguments, **environment)


def write(folder: Path, measured: Result, name: str = "result.json") -> Path:
    path = folder / name
    path.write_bytes(encode_result(measured))
    return path


FIRST = "--allow-missing-baseline"


def test_where_there_is_nothing_to_judge_by_nothing_passes(tmp_path: Path) -> None:
    measured = write(tmp_path, CYCLIC)
    done = check(tmp_path, measured)
    assert done.returncode == 2
    assert "passed" not in done.stdout
    assert "nothing to compare with, so the check cannot pass: give --baseline" in done.stderr
    for first in ([FIRST], ["--save-baseline", "base.json"]):
        done = check(tmp_path, measured, *first)
        assert done.returncode == 0
        assert "passed" not in done.stdout


def test_a_baseline_that_is_missing_passes_only_where_that_is_allowed(tmp_path: Path) -> None:
    measured = write(tmp_path, CYCLIC)
    done = check(tmp_path, measured, "--baseline", "absent.json")
    assert done.returncode == 2
    assert "absent.json: there is no such baseline" in done.stderr
    done = check(tmp_path, measured, "--baseline", "absent.json", "--allow-missing-baseline")
    assert done.returncode == 0, done.stderr
    assert "absent.json: no such baseline yet" in done.stdout
    assert "not judged, 1 cell, nothing to judge by yet" in done.stdout


def test_a_link_that_leads_nowhere_is_no_missing_baseline(tmp_path: Path) -> None:
    (tmp_path / "base.json").symlink_to("absent.json")
    done = check(
        tmp_path,
        write(tmp_path, CLEAN),
        *("--baseline", "base.json", "--allow-missing-baseline"),
    )
    assert done.returncode == 2


def test_a_result_is_no_baseline_of_itself(tmp_path: Path) -> None:
    measured = write(tmp_path, CYCLIC)
    (tmp_path / "link.json").symlink_to(measured)
    assert check(tmp_path, measured, "--baseline", "link.json").returncode == 2


OP = "kept = []\ndef op(): kept.append(object())\n"


def measure(folder: Path, name: str = "work.py") -> None:
    done = call("run", folder, name, "-n", "40", "--warmup", "4", "-q", "-o", "result.json")
    assert done.returncode == 0, done.stdout + done.stderr


def test_a_result_of_the_workload_before_it_changed_does_not_pass(tmp_path: Path) -> None:
    work = tmp_path / "work.py"
    work.write_text("def op(): pass\n")
    measure(tmp_path)
    assert check(tmp_path, "result.json", FIRST).returncode == 0
    os.utime(work)
    assert check(tmp_path, "result.json", FIRST).returncode == 0
    work.write_text(OP)
    done = check(tmp_path, "result.json", "--save-baseline", "base.json")
    assert done.returncode == 2
    assert "the workload has changed since this was measured" in " ".join(done.stdout.split())
    assert not (tmp_path / "base.json").exists()


def test_a_result_is_judged_where_its_workload_is_not_at_hand(tmp_path: Path) -> None:
    (tmp_path / "work.py").write_text("def op(): pass\n")
    measure(tmp_path)
    (tmp_path / "work.py").unlink()
    assert check(tmp_path, "result.json", FIRST).returncode == 0


def test_an_older_result_that_knows_no_digest_goes_by_the_time(tmp_path: Path) -> None:
    measured = write(tmp_path, CLEAN)
    (tmp_path / "w.py").write_text("def op(): pass\n")
    assert check(tmp_path, measured).returncode == 2
    os.utime(tmp_path / "w.py", (0, 0))
    assert check(tmp_path, measured, FIRST).returncode == 0


def test_a_saved_baseline_passes_and_then_fails_one_object_more(tmp_path: Path) -> None:
    clean, cyclic = write(tmp_path, CLEAN), write(tmp_path, CYCLIC, "worse.json")
    assert check(tmp_path, clean, "--save-baseline", "kept/base.json").returncode == 0
    assert check(tmp_path, clean, "--baseline", "kept/base.json").returncode == 0
    done = check(tmp_path, cyclic, "--baseline", "kept/base.json")
    assert done.returncode == 1
    assert "NEW cycle in w" in done.stdout
    assert "cut here: frees 1 of 1" in done.stdout
    assert "FAIL: w gc off: cyclic per op: 0 → 1" in done.stdout
    assert "\x1b" not in done.stdout
    assert max(map(len, done.stdout.splitlines())) <= 80


def test_what_is_worse_than_the_baseline_does_not_take_its_place(tmp_path: Path) -> None:
    base, cyclic = write(tmp_path, CLEAN, "base.json"), write(tmp_path, CYCLIC)
    done = check(tmp_path, cyclic, "--baseline", base, "--save-baseline", base)
    assert done.returncode == 1
    assert "not saved" in done.stdout
    assert read_result(base) == CLEAN
    assert check(tmp_path, cyclic, "--save-baseline", base).returncode == 0
    assert read_result(base).cells[0].cycles


def test_a_failed_measurement_fails_and_is_no_baseline(tmp_path: Path) -> None:
    done = check(tmp_path, write(tmp_path, result(failed())), "--save-baseline", "base.json")
    assert done.returncode == 3
    assert "crashed: it died" in done.stdout
    assert not (tmp_path / "base.json").exists()


def test_an_improvement_fails_only_when_strict(tmp_path: Path) -> None:
    base, clean = write(tmp_path, CYCLIC, "base.json"), write(tmp_path, CLEAN)
    assert check(tmp_path, clean, "--baseline", base).returncode == 0
    done = check(tmp_path, clean, "--baseline", base, "--strict")
    assert done.returncode == 1
    assert "it improved" in done.stdout


def test_budgets_are_read_from_the_project_here_or_named(tmp_path: Path) -> None:
    measured = write(tmp_path, CYCLIC)
    (tmp_path / "pyproject.toml").write_text(BUDGET)
    assert check(tmp_path, measured).returncode == 1
    other = tmp_path / "other.toml"
    other.write_text(BUDGET + ALLOWED)
    assert check(tmp_path, measured, "--config", other).returncode == 0


def test_github_gets_a_summary_and_annotations(tmp_path: Path) -> None:
    summary, below = tmp_path / "summary.md", tmp_path / "below"
    below.mkdir()
    (below / "w.py").write_text("")
    os.utime(below / "w.py", (0, 0))
    done = check(
        below,
        write(tmp_path, CYCLIC),
        *("--baseline", write(tmp_path, CLEAN, "base.json")),
        GITHUB_ACTIONS="true",
        GITHUB_STEP_SUMMARY=str(summary),
        GITHUB_WORKSPACE=str(tmp_path),
    )
    errors = [line for line in done.stdout.splitlines() if line.startswith("::error ")]
    assert any("file=below/w.py,line=3," in line for line in errors)
    text = summary.read_text()
    assert "FAILED" in text
    assert "| :--- |" in text
    assert "cut here: frees 1 of 1" in text


def test_outside_github_there_are_no_annotations(tmp_path: Path) -> None:
    base = write(tmp_path, CLEAN, "base.json")
    assert "::error" not in check(tmp_path, write(tmp_path, CYCLIC), "--baseline", base).stdout


def test_exports_are_what_their_readers_expect(tmp_path: Path) -> None:
    done = check(
        tmp_path,
        write(tmp_path, CYCLIC),
        *("--baseline", write(tmp_path, CLEAN, "base.json")),
        *("--junit", "j.xml", "--github-benchmark", "g.json", "--bencher", "b.json"),
    )
    assert done.returncode == 1
    suite = ElementTree.parse(tmp_path / "j.xml").getroot()[0]
    assert (suite.get("tests"), suite.get("failures")) == ("1", "1")
    assert "cut here" in (suite[0][0].text or "")
    points = json.loads((tmp_path / "g.json").read_text())
    assert {"name": "w gc off – cyclic", "unit": "objects/op", "value": 1.0} in [
        {key: point[key] for key in ("name", "unit", "value")} for point in points
    ]
    bencher = json.loads((tmp_path / "b.json").read_text())
    assert bencher["w gc off"]["cyclic"] == {"value": 1.0}
    assert bencher["w gc off"]["latency"]["value"] == pytest.approx(1e5)


def test_names_that_attack_the_terminal_or_xml_do_no_harm(tmp_path: Path) -> None:
    name = "evil\x1b[31m\u202e\n::error::<b>|`%\ud800"[:-1]
    hostile = result(cell({name: counts(1.0)}, [cycle()], variant=name, workload=name))
    base = write(tmp_path, result(cell(variant=name, workload=name)), "base.json")
    done = check(
        tmp_path,
        write(tmp_path, hostile),
        *("--baseline", base, "--junit", "j.xml"),
        GITHUB_ACTIONS="1",
        GITHUB_STEP_SUMMARY=str(tmp_path / "summary.md"),
    )
    assert done.returncode == 1, done.stderr
    assert "\x1b" not in done.stdout
    assert not any(line.startswith("::error::") for line in done.stdout.splitlines())
    assert "<b>" not in (tmp_path / "summary.md").read_text()
    ElementTree.parse(tmp_path / "j.xml")


def test_odd_but_valid_numbers_do_not_crash_it(tmp_path: Path) -> None:
    huge = cell({"w.Thing": counts(1e300)}, blocks_leaked=0.0, windows=[], ops=0)
    empty = msgspec.structs.replace(cycle(), steps=[], where="x:y:z")
    odd = result(msgspec.structs.replace(huge, cycles=[empty], python="…"))
    tiny = result(cell({"w.Thing": counts(5e-324)}, python=".."))
    done = check(
        tmp_path,
        write(tmp_path, odd),
        "--baseline",
        write(tmp_path, tiny, "b.json"),
        "--junit",
        "j",
    )
    assert done.returncode == 1
    assert "Traceback" not in done.stderr


def hostile_files() -> dict[str, bytes]:
    document = encode_result(CLEAN)
    return {
        "empty": b"",
        "truncated": document[: len(document) // 2],
        "binary": bytes(range(256)) * 10,
        "newer schema": document.replace(b'"schema": 1', b'"schema": 99', 1),
        "other document": b'{"schema": 1, "cells": 7}',
        "a list": b"[]",
        "nested": b'{"schema": 1, "cells": ' + b"[" * 200_000,
        "nested objects": b'{"schema": 1, "x": ' + b'{"a":' * 200_000,
        "infinite": document.replace(b'"mean_s": 0.0001', b'"mean_s": 1e999', 1),
        "huge number": document.replace(b'"ops": 1000', b'"ops": ' + b"9" * 5000, 1),
    }


@pytest.mark.parametrize("kind", hostile_files())
@pytest.mark.parametrize("role", ["result", "baseline"])
def test_a_hostile_file_is_exit_code_2_with_one_line(tmp_path: Path, kind: str, role: str) -> None:
    bad, good = tmp_path / "bad.json", write(tmp_path, CLEAN)
    bad.write_bytes(hostile_files()[kind])
    done = check(tmp_path, *([bad] if role == "result" else [good, "--baseline", bad]))
    assert done.returncode == 2, done.stdout
    assert "bad.json" in done.stderr
    assert len(done.stderr.splitlines()) == 1


def test_a_file_too_large_to_be_a_result_is_not_read(tmp_path: Path) -> None:
    bad = tmp_path / "bad.json"
    with bad.open("wb") as stream:
        stream.truncate(300 * 1024 * 1024)
    done = check(tmp_path, bad)
    assert done.returncode == 2
    assert "MiB" in done.stderr


@pytest.mark.parametrize(
    ("arguments", "complaint"),
    [
        (("absent.json",), "absent.json"),
        (("result.json", "--config", "absent.toml"), "absent.toml"),
        (("result.json", "--config", "bad.toml"), "cylic"),
        (("result.json", "--factor", "0.5"), "factor"),
        (("result.json", "--junit", "."), "folder"),
        ((".",), "cannot be read"),
        ((), "RESULT"),
    ],
)
def test_wrong_use_is_exit_code_2_and_no_traceback(
    tmp_path: Path, arguments: tuple[str, ...], complaint: str
) -> None:
    write(tmp_path, CLEAN)
    (tmp_path / "bad.toml").write_text("[tool.unknot.budgets.w]\ncylic = 1\n")
    done = check(tmp_path, *arguments)
    assert done.returncode == 2
    assert complaint.lower() in done.stderr.lower()
    assert "Traceback" not in done.stderr


@pytest.mark.parametrize("width", ["80", "40"])
@pytest.mark.parametrize("verb", ["check", "compare"])
def test_no_line_ends_in_spaces_or_is_too_long(tmp_path: Path, verb: str, width: str) -> None:
    base, cyclic = write(tmp_path, CLEAN, "base.json"), write(tmp_path, CYCLIC)
    arguments = (cyclic, "--baseline", base) if verb == "check" else (base, cyclic)
    lines = call(verb, tmp_path, *arguments, COLUMNS=width).stdout.split("\n")
    assert len(lines) > 10
    assert [line for line in lines if line != line.rstrip()] == []
    assert max(map(len, lines)) <= int(width)


RARE = """
import itertools

numbers, kept = itertools.count(1), []

class Thing:
    pass

async def op():
    if next(numbers) % 1000 == 0:
        kept.append(Thing())
"""
FILLING = """
kept = {}

class Thing:
    pass

async def op():
    if len(kept) < 500:
        kept[len(kept)] = Thing()
"""


@pytest.mark.parametrize(("source", "code"), [(RARE, 1), (FILLING, 0)], ids=["rare", "filling"])
def test_one_object_in_a_thousand_operations_fails_and_a_cache_that_fills_does_not(
    tmp_path: Path, source: str, code: int
) -> None:
    (tmp_path / "workload.py").write_text(source)
    (tmp_path / "pyproject.toml").write_text('[tool.unknot.budgets."workload.py"]\nleaked = 0\n')
    measured = call(
        "run", tmp_path, "workload.py", "--gc", "off", "--rigorous", "-o", "result.json"
    )
    assert measured.returncode == code, measured.stderr
    done = check(tmp_path, "result.json")
    assert done.returncode == code, done.stdout
    per_op = read_result(tmp_path / "result.json").cells[0].per_op
    assert per_op is not None
    assert per_op.leaked == (0.001 if code else 0)


@pytest.mark.parametrize(
    "again",
    [("absent.py",), ("broken.py",), ("work.py", "--python", "3.99"), ("work.py", "--with", "?")],
)
def test_a_run_that_fails_leaves_no_older_result_to_judge(
    tmp_path: Path, again: tuple[str, ...]
) -> None:
    (tmp_path / "work.py").write_text("def op(): pass\n")
    (tmp_path / "broken.py").write_text("def op(x): pass\n")
    measure(tmp_path)
    assert check(tmp_path, "result.json", FIRST).returncode == 0
    assert call("run", tmp_path, *again, "-n", "40", "-o", "result.json").returncode in (2, 3)
    assert check(tmp_path, "result.json").returncode == 3
