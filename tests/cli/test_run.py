"""``unknot run`` as people run it: exit codes, what goes where, and what it makes of odd names."""

from __future__ import annotations

import os
import platform
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from tests.environments.packages import make_wheel
from tests.interpreters import need_interpreter
from unknot.records import read_result
from unknot.runtime import docket

pytestmark = pytest.mark.once

COMMAND = [sys.executable, "-c", "from unknot.cli import main; main()", "run"]
FEW = ("-n", "40", "--warmup", "4")
CYCLIC = "class Thing: pass\ndef op():\n    thing = Thing(); thing.me = thing\n"
CLEAN = "def op(): pass\n"
KEEPING = """
import unknot
from unknot.runtime import Worker, keep

async def answer():
    return 1

@unknot.workload
async def dispatch():
    async with Worker(release=keep) as worker:
        async def op():
            await worker.dispatch(answer)
        yield op
"""


def run(*arguments: object) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [*COMMAND, *map(str, arguments)],
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
        env={**os.environ, "PYTHONUTF8": "1"},
    )


def write(folder: Path, code: str) -> Path:
    path = folder / "w.py"
    path.write_text(code, encoding="utf-8")
    return path


def test_a_clean_workload_is_exit_code_0(tmp_path: Path) -> None:
    done = run(write(tmp_path, CLEAN), *FEW)
    assert done.returncode == 0, done.stderr
    assert ": clean" in done.stdout


def test_a_finding_is_exit_code_1_and_says_what_to_cut(tmp_path: Path) -> None:
    done = run(write(tmp_path, CYCLIC), *FEW)
    assert done.returncode == 1
    assert ": cyclic" in done.stdout
    assert "cut here: frees 1 of 1" in done.stdout
    assert ".me" in done.stdout


def test_the_cut_is_said_with_the_line_that_makes_the_reference(tmp_path: Path) -> None:
    pytest.importorskip("cloudpickle")
    done = run(f"{write(tmp_path, KEEPING)}:dispatch", *FEW)
    assert done.returncode == 1, done.stderr
    source = Path(docket.__file__).read_text(encoding="utf-8").splitlines()
    (line,) = [at for at, text in enumerate(source, 1) if "session.worker_task = " in text]
    said = " ".join(done.stdout.split())
    assert "Set `DispatchSession.worker_task` to None in a done-callback of the task" in said
    assert f"runtime/docket.py:{line})" in said


def test_a_workload_that_raises_is_exit_code_3_with_its_traceback(tmp_path: Path) -> None:
    done = run(write(tmp_path, "def op(): raise ValueError('odd')\n"), *FEW)
    assert done.returncode == 3
    assert "ValueError: odd" in done.stdout
    assert "w.py" in done.stdout


@pytest.mark.parametrize(
    ("arguments", "complaint"),
    [
        (("absent.py",), "there is no file"),
        (("absent_module:op",), "there is no module"),
        (("{}:absent",), "has no 'absent'"),
        (("{}", "-n", "2"), "ops must be at least 4"),
        (("{}", "--rounds", "2"), "rounds"),
        (("{}", "-n", "many"), "many"),
        (("{}", "--gc", "sometimes"), "sometimes"),
        (("{}", "--time-limit", "-1"), "time limit"),
        (("{}", "--time-limit", "inf"), "time limit"),
        (("{}", "--python", "/absent/python"), "/absent/python"),
        (("{}", "-o", "{}/result.json"), "w.py"),
        (("{}", "--no-such-option"), "no-such-option"),
        ((), "WORKLOAD"),
    ],
)
def test_wrong_use_is_exit_code_2_with_one_complaint_and_no_traceback(
    tmp_path: Path, arguments: tuple[str, ...], complaint: str
) -> None:
    path = write(tmp_path, CLEAN)
    done = run(*(each.format(path) for each in arguments))
    assert (done.returncode, done.stdout) == (2, "")
    assert complaint in done.stderr
    assert "Traceback" not in done.stderr


def test_a_workload_that_hangs_is_exit_code_124(tmp_path: Path) -> None:
    code = "import threading\ndef op(): threading.Event().wait()\n"
    done = run(write(tmp_path, code), *FEW, "--time-limit", "1")
    assert done.returncode == 124
    assert "timeout" in done.stdout


def test_the_output_file_holds_what_was_printed(tmp_path: Path) -> None:
    output = tmp_path / "result.json"
    done = run(write(tmp_path, CYCLIC), *FEW, "--gc", "off", "--gc", "auto", "-o", output)
    result = read_result(output)
    assert [cell.gc for cell in result.cells] == ["off", "auto"]
    assert all(cell.cycles[0].cut.edge == "Thing.me" for cell in result.cells)
    assert result.cells[0].cycles[0].signature[:6] in done.stdout
    assert not result.interrupted


def test_quiet_leaves_the_middle_out_and_verbose_shows_every_type(tmp_path: Path) -> None:
    kinds = "\n".join(f"class Kind{n}: pass" for n in range(12))
    made = ", ".join(f"Kind{n}()" for n in range(12))
    path = write(tmp_path, f"{kinds}\ndef op():\n    all = [{made}]; all.append(all)\n")
    normal, quiet, verbose = (run(path, *FEW, *flags).stdout for flags in ((), ("-q",), ("-v",)))
    assert "more types with -v" in normal
    assert all(f"Kind{n}" in verbose for n in range(12))
    assert "more types" not in verbose
    assert "per operation" not in quiet
    assert "cut here" in quiet


def test_off_a_terminal_a_line_has_at_most_80_columns_and_no_escapes(tmp_path: Path) -> None:
    path = write(tmp_path, CYCLIC)
    done = subprocess.run(
        [*COMMAND, f"{path.name}:op", *FEW],
        cwd=tmp_path,
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert done.returncode == 1
    assert "\x1b" not in done.stdout + done.stderr
    long = [line for line in done.stdout.splitlines() if len(line) > 80]
    assert long == []


@pytest.mark.parametrize(
    "name",
    ["<script>alert(1)</script>", "x" * 5000, "\x1b[31mred\x07\n\r", "\u202eright-to-left", "[/b]"],
    ids=["markup", "long", "control", "direction", "rich"],
)
def test_a_hostile_type_name_does_not_break_the_text(tmp_path: Path, name: str) -> None:
    code = f"Thing = type({name!r}, (), {{}})\ndef op():\n    thing = Thing(); thing.me = thing\n"
    output = tmp_path / "result.json"
    done = run(write(tmp_path, code), *FEW, "-o", output)
    assert done.returncode == 1, done.stderr
    assert "cut here: frees 1 of 1" in done.stdout
    assert not {"\x1b", "\x07", "\r", "\u202e"} & set(done.stdout)
    assert max(map(len, done.stdout.splitlines())) < 300
    assert name in read_result(output).cells[0].cycles[0].steps[0].source


def test_ctrl_c_keeps_what_is_measured(tmp_path: Path) -> None:
    path, mark, output = tmp_path / "w.py", tmp_path / "mark", tmp_path / "result.json"
    path.write_text(  # the second process that sets up says so, and then hangs
        f"import os, threading\nmark = {str(mark)!r}\n"
        "def setup():\n"
        "    if not os.path.exists(mark):\n"
        "        open(mark, 'w').close()\n"
        "        return\n"
        "    print('again', file=open(mark, 'w'), flush=True)\n"
        "    threading.Event().wait()\n"
        "def op(): pass\n"
    )
    process = subprocess.Popen(
        [*COMMAND, str(path), *FEW, "--gc", "off", "--gc", "auto", "-o", str(output)],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )
    while process.poll() is None and not (mark.exists() and mark.read_text()):
        os.sched_yield()
    process.send_signal(signal.SIGINT)
    said, complaint = process.communicate(timeout=60)
    assert process.returncode == 130
    assert ": clean" in said
    assert "Traceback" not in complaint
    result = read_result(output)
    assert result.interrupted
    assert [cell.gc for cell in result.cells] == ["off"]


def test_one_command_measures_under_several_interpreters_and_names_them(tmp_path: Path) -> None:
    versions = ("3.11", "3.12", "3.13", "3.14", "3.15")
    pythons = [part for each in versions for part in ("--python", need_interpreter(each))]
    output = tmp_path / "result.json"
    done = run(write(tmp_path, CYCLIC), *FEW, *pythons, "--gc", "off", "--gc", "auto", "-o", output)
    assert done.returncode == 1, done.stderr
    titles = [line for line in done.stdout.splitlines() if line.endswith(": cyclic")]
    assert len(titles) == 2 * len(versions)
    for version, (off, auto) in zip(
        versions, zip(titles[::2], titles[1::2], strict=True), strict=True
    ):
        assert f", Python {version}." in off
        assert off.endswith(", collector off: cyclic")
        assert auto.endswith(", collector auto: cyclic")
    assert [cell.requirements for cell in read_result(output).cells] == [[]] * 2 * len(versions)


def test_with_measures_in_an_environment_that_has_the_requirement(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("UNKNOT_CACHE", str(tmp_path / "cache"))
    wheel = make_wheel(tmp_path, "thing", "1.2", "class Thing: pass\n")
    code = "import thing\ndef op():\n    it = thing.Thing(); it.me = it\n"
    output = tmp_path / "result.json"
    done = run(write(tmp_path, code), *FEW, "--with", wheel, "-o", output)
    assert done.returncode == 1, done.stderr
    assert f", Python {platform.python_version()}, thing 1.2, collector off: cyclic" in done.stdout
    (cell,) = read_result(output).cells
    assert (cell.requirements, cell.packages) == ([str(wheel)], {"thing": "1.2"})


def test_a_requirement_that_cannot_be_had_is_exit_code_2_with_what_to_do(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("UNKNOT_CACHE", str(tmp_path / "cache"))
    (tmp_path / "uv.toml").write_text("no-index = true\n")
    monkeypatch.setenv("UV_CONFIG_FILE", str(tmp_path / "uv.toml"))
    monkeypatch.setenv("PIP_NO_INDEX", "1")
    done = run(write(tmp_path, CLEAN), *FEW, "--with", "nothing-of-that-name==1")
    assert (done.returncode, done.stdout) == (2, "")
    assert "unknot: nothing-of-that-name==1 cannot be installed" in done.stderr
    assert "there is no such package" in done.stderr
    assert "Traceback" not in done.stderr


def test_a_package_that_is_not_installed_hints_at_with(tmp_path: Path) -> None:
    done = run(write(tmp_path, "import absent_thing\ndef op(): pass\n"), *FEW)
    assert done.returncode == 3
    assert "--with absent_thing" in done.stdout
    other = run(write(tmp_path, "import os.absent\ndef op(): pass\n"), *FEW)
    assert "ModuleNotFoundError" in other.stdout
    assert "--with" not in other.stdout


def test_allocations_are_traced_on_request_with_a_page_beside_the_result(tmp_path: Path) -> None:
    code = "KEPT = []\nclass Thing: pass\ndef op(): KEPT.append((Thing(), bytes(10_000)))\n"
    output = tmp_path / "result.json"
    done = run(write(tmp_path, code), *FEW, "--allocations", "-o", output)
    assert done.returncode == 1, done.stderr
    assert "w.py:3" in done.stdout
    assert "result-flame.html" in done.stdout
    result = read_result(output)
    (allocations,) = result.allocations
    assert allocations.error is None
    assert allocations.left[0].bytes_per_op >= 10_000
    assert b"<!DOCTYPE html>" in (tmp_path / "result-flame.html").read_bytes()
    assert [drawn.type for drawn in result.holders] == ["w.Thing"]


def test_allocations_need_no_file_and_are_not_traced_unasked(tmp_path: Path) -> None:
    workload = write(tmp_path, "KEPT = []\ndef op(): KEPT.append(bytes(10_000))\n")
    asked, unasked = run(workload, *FEW, "--allocations"), run(workload, *FEW)
    assert "Allocated and left:" in asked.stdout
    assert "Allocated and left:" not in unasked.stdout
    assert [path.name for path in tmp_path.iterdir() if path.suffix == ".html"] == []


def test_an_environment_without_memray_costs_the_allocations_alone(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("UNKNOT_CACHE", str(tmp_path / "cache"))
    wheel = make_wheel(tmp_path, "thing", "1.2", "class Thing: pass\n")
    output = tmp_path / "result.json"
    workload = write(tmp_path, "import thing\nK = []\ndef op(): K.append(thing.Thing())\n")
    done = run(workload, *FEW, "--with", wheel, "--allocations", "-o", output)
    assert done.returncode == 1, done.stderr
    assert "memray is not in the environment" in done.stdout
    assert "--with memray" in done.stdout
    assert "objgraph is not in the environment" in done.stderr
    assert read_result(output).cells[0].verdict == "leaking"


def test_a_page_that_cannot_be_written_costs_no_result(tmp_path: Path) -> None:
    output = tmp_path / "result.json"
    (tmp_path / "result-flame.html" / "in the way").mkdir(parents=True)
    done = run(write(tmp_path, CYCLIC), *FEW, "--allocations", "-o", output)
    assert done.returncode == 2
    assert "result-flame.html" in done.stderr
    assert "Traceback" not in done.stderr
    assert read_result(output).cells[0].verdict == "cyclic"
