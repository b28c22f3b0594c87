"""What a command prints and writes, where a name attacks, a disk is full or a reader has gone."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path
from xml.etree import ElementTree

import pytest

from tests.gate.made import cell, counts, cycle, result
from unknot.records import encode_result, read_result

pytestmark = pytest.mark.once

EVIL = "a\x1b]0;title\x07\n::error::injected\r##[group]%0A\u202eb"
FEW = ("-n", "40", "--warmup", "4")
FULL = Path("/dev/full")


def unknot(
    folder: Path, *arguments: object, out: Path | None = None, **environment: str
) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-c", "from unknot.cli import main; main()", *map(str, arguments)]
    target = out.open("w") if out is not None else subprocess.PIPE
    try:
        return subprocess.run(
            command,
            cwd=folder,
            stdout=target,
            stderr=subprocess.PIPE,
            text=True,
            timeout=60,
            check=False,
            env={**os.environ, "PYTHONUTF8": "1", **environment},
        )
    finally:
        if not isinstance(target, int):
            target.close()


def assert_harmless(done: subprocess.CompletedProcess[str]) -> None:
    said = (done.stdout or "") + done.stderr
    assert not set(said) & set("\x1b\x07\r\u202e"), said
    assert "##[" not in said
    assert not [line for line in said.splitlines() if line.lstrip().startswith("::")], said


@pytest.mark.parametrize(
    "arguments",
    [
        ("run", f"{EVIL}.py"),
        ("run", f"{EVIL}.py:{EVIL}"),
        ("run", "w.py", "--with", EVIL),
        ("run", "w.py", "--with", f"{EVIL}/x"),
        ("run", "w.py", "--with", f"{EVIL}.whl"),
        ("run", "w.py", "--python", EVIL),
        ("run", "w.py", "--backend", EVIL),
        ("run", "w.py", "-o", f"w.py/{EVIL}"),
        ("run", "w.py", f"--{EVIL}"),
        ("run", "w.py", "-n", EVIL),
        ("check", EVIL),
        ("check", "r.json", "--config", EVIL),
        ("check", "r.json", "--junit", f"r.json/{EVIL}"),
        ("check", "r.json", "--factor", EVIL),
        ("compare", EVIL, EVIL),
        ("compare", EVIL, "x==1", "-w", "w.py"),
        ("report", EVIL),
        ("report", "r.json", "-o", f"r.json/{EVIL}"),
        (EVIL,),
    ],
    ids=range(19),
)
def test_a_hostile_argument_is_shown_and_does_nothing(
    tmp_path: Path, arguments: tuple[str, ...]
) -> None:
    (tmp_path / "w.py").write_text("def op(): pass\n")
    (tmp_path / "r.json").write_bytes(encode_result(result(cell())))
    done = unknot(tmp_path, *arguments)
    assert done.returncode == 2, done.stderr
    assert "Traceback" not in done.stderr
    assert_harmless(done)


def test_a_workload_that_attacks_by_its_name_its_error_and_its_output(tmp_path: Path) -> None:
    name = EVIL.replace("/", "")
    source = f"print({EVIL!r}, flush=True)\ndef op(): raise ValueError({EVIL!r})\n"
    (tmp_path / f"{name}.py").write_text(source)
    done = unknot(tmp_path, "run", f"{name}.py", *FEW, "-o", "r.json")
    assert done.returncode == 3, done.stderr
    assert "title" in done.stdout
    assert_harmless(done)
    assert_harmless(unknot(tmp_path, "check", "r.json"))


def test_standard_output_that_is_no_utf_8_is_no_error(tmp_path: Path) -> None:
    (tmp_path / "wörk→.py").write_text("def op(): pass\n")
    done = unknot(tmp_path, "run", "wörk→.py", *FEW, PYTHONIOENCODING="ascii")
    assert done.returncode == 0, done.stderr


@pytest.mark.skipif(not FULL.is_char_device(), reason="there is no full device")
def test_a_full_disk_takes_what_is_printed_and_no_file(tmp_path: Path) -> None:
    (tmp_path / "w.py").write_text("def op(): pass\n")
    done = unknot(tmp_path, "run", "w.py", *FEW, "-o", "r.json", out=FULL)
    assert done.returncode == 2
    assert done.stderr.splitlines()[-1] == "unknot: standard output: No space left on device"
    assert "Traceback" not in done.stderr
    assert read_result(tmp_path / "r.json").cells[0].verdict == "clean"


@pytest.mark.skipif(not FULL.is_char_device(), reason="there is no full device")
@pytest.mark.parametrize("option", ["--junit", "--save-baseline", "--bencher"])
def test_a_file_that_cannot_be_written_takes_nothing_that_is_printed(
    tmp_path: Path, option: str
) -> None:
    (tmp_path / "r.json").write_bytes(encode_result(result(cell())))
    done = unknot(tmp_path, "check", "r.json", option, FULL)
    assert done.returncode == 2
    assert "not judged, 1 cell" in done.stdout
    assert "/dev/full: cannot be written: No space left" in done.stderr
    assert FULL.is_char_device()


def test_every_file_is_tried_though_one_cannot_be_written(tmp_path: Path) -> None:
    (tmp_path / "r.json").write_bytes(encode_result(result(cell())))
    done = unknot(tmp_path, "check", "r.json", "--junit", FULL, "--bencher", "b.json")
    assert done.returncode == 2
    assert (tmp_path / "b.json").exists()


def test_a_reader_that_has_seen_enough_changes_no_exit_code(tmp_path: Path) -> None:
    worse = result(cell({"w.Thing": counts(1.0)}, [cycle()]))
    (tmp_path / "r.json").write_bytes(encode_result(worse))
    (tmp_path / "b.json").write_bytes(encode_result(result(cell())))
    reading, writing = os.pipe()
    os.close(reading)
    code = "from unknot.cli import main; main()"
    done = subprocess.run(
        [sys.executable, "-c", code, "check", "r.json", "--baseline", "b.json"],
        cwd=tmp_path,
        stdout=writing,
        stderr=subprocess.PIPE,
        timeout=60,
        check=False,
    )
    os.close(writing)
    assert (done.returncode, done.stderr) == (1, b"")


@pytest.mark.parametrize("output", ["-", "/dev/stdout", "/proc/self/fd/1"])
def test_a_result_on_standard_output_is_all_that_is_there(tmp_path: Path, output: str) -> None:
    (tmp_path / "w.py").write_text("def op(): pass\n")
    for out in (None, tmp_path / "out.json"):
        done = unknot(tmp_path, "run", "w.py", *FEW, "-o", output, out=out)
        assert done.returncode == 0, done.stderr
        path = tmp_path / "read.json" if out is None else out
        if out is None:
            path.write_text(done.stdout)
        assert read_result(path).cells[0].verdict == "clean"
        assert "w.py, collector off: clean" in done.stderr
    assert Path("/dev/stdout").is_symlink()


@pytest.mark.parametrize("option", ["--junit", "--save-baseline", "--github-benchmark"])
def test_no_option_overwrites_what_is_judged(tmp_path: Path, option: str) -> None:
    document = encode_result(result(cell()))
    (tmp_path / "r.json").write_bytes(document)
    done = unknot(tmp_path, "check", "r.json", option, "./r.json")
    assert done.returncode == 2
    assert "overwrite" in done.stderr
    assert (tmp_path / "r.json").read_bytes() == document


def test_a_run_does_not_overwrite_its_workload(tmp_path: Path) -> None:
    (tmp_path / "w.py").write_text("def op(): pass\n")
    done = unknot(tmp_path, "run", "w.py", *FEW, "-o", "w.py")
    assert done.returncode == 2
    assert (tmp_path / "w.py").read_text() == "def op(): pass\n"


def test_too_few_descriptors_are_what_is_said(tmp_path: Path) -> None:
    (tmp_path / "w.py").write_text("def op(): pass\n")
    script = f"ulimit -n 8; exec {sys.executable} -c 'from unknot.cli import main; main()' run w.py"
    done = subprocess.run(
        ["bash", "-c", script],
        cwd=tmp_path,
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert done.returncode == 2
    assert "Too many open files" in done.stderr
    assert "3.8" not in done.stderr


def test_an_export_on_standard_output_is_all_that_is_there(tmp_path: Path) -> None:
    (tmp_path / "r.json").write_bytes(encode_result(result(cell())))
    done = unknot(tmp_path, "check", "r.json", "--allow-missing-baseline", "--junit", "-")
    assert done.returncode == 0, done.stderr
    assert ElementTree.fromstring(done.stdout).tag == "testsuites"
    assert "not judged, 1 cell" in done.stderr


@pytest.mark.parametrize("closed", [">&-", "2>&-", "<&-", "<&- >&- 2>&-"])
def test_closed_descriptors_change_no_exit_code_and_no_file(tmp_path: Path, closed: str) -> None:
    (tmp_path / "w.py").write_text("def op(): print('said')\n")
    code = "from unknot.cli import main; main()"
    script = f'{sys.executable} -c "{code}" run w.py -n 40 --warmup 4 -o r.json {closed}'
    done = subprocess.run(
        ["bash", "-c", script], cwd=tmp_path, capture_output=True, timeout=60, check=False
    )
    assert done.returncode == 0, done.stderr
    assert read_result(tmp_path / "r.json").cells[0].verdict == "clean"


def test_an_empty_pipe_or_device_is_an_empty_configuration(tmp_path: Path) -> None:
    (tmp_path / "r.json").write_bytes(encode_result(result(cell())))
    first = "--allow-missing-baseline"
    assert unknot(tmp_path, "check", "r.json", first, "--config", os.devnull).returncode == 0
    code = "from unknot.cli import main; main()"
    script = f'{sys.executable} -c "{code}" check r.json {first} --config <(true)'
    done = subprocess.run(["bash", "-c", script], cwd=tmp_path, timeout=60, check=False)
    assert done.returncode == 0


def test_a_bug_of_ours_is_no_finding(tmp_path: Path) -> None:
    code = (
        "import unknot.gate; unknot.gate.judge = None; from unknot.cli import main; "
        "import sys; sys.argv = ['unknot', 'check', 'r.json']; main()"
    )
    (tmp_path / "r.json").write_bytes(encode_result(result(cell())))
    done = subprocess.run(
        [sys.executable, "-c", code], cwd=tmp_path, capture_output=True, timeout=60, check=False
    )
    assert done.returncode == 70
    assert b"TypeError" in done.stderr
