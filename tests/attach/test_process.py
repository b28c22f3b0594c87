"""Programs that run are looked into, each kind under each interpreter, and go on."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from tests.attach.debugger import need_gdb
from tests.attach.targets import KINDS, PLANTED, running
from tests.interpreters import VERSIONS, need_interpreter
from unknot.attach import ways
from unknot.attach.debuggers import DEBUGGERS
from unknot.attach.explain import explain
from unknot.attach.landing import Landing
from unknot.attach.process import dump_process
from unknot.attach.target import find_target
from unknot.attach.ways import by_remote_exec, ways_into
from unknot.errors import UsageError

SECONDS = 60.0
WHOLE = ("3.8", "3.14")
"""Under these, all kinds: by the debugger, and by the interpreter's own way."""
HARDEST = ("8 busy threads",)
ATTACH = "from unknot.cli import main; main()"

pytestmark = pytest.mark.skipif(not sys.platform.startswith("linux"), reason="needs /proc")


@pytest.mark.once
@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("version", VERSIONS)
def test_each_kind_of_program_is_looked_into_and_goes_on(version: str, kind: str) -> None:
    """All with ``UNKNOT_MATRIX=1``; without it, each version and each kind."""
    if not os.environ.get("UNKNOT_MATRIX") and version not in WHOLE and kind not in HARDEST:
        pytest.skip("a part of the matrix; UNKNOT_MATRIX=1 runs it")
    python = need_interpreter(version)
    need_gdb()
    with running(python, kind) as program:
        before = threads_and_files(program.pid)
        look = explain(dump_process(find_target(program.pid), seconds=SECONDS))
        after = threads_and_files(program.pid)
        assert program.goes_on("19")
    (cycle,) = [one for one in look.cycles if "Request" in one.path[0]]
    assert (cycle.path, cycle.per_op) == (["Request.me"], 100)
    assert (cycle.cut.edge, cycle.cut.sufficient) == ("Request.me", True)
    totals = {total.type: total.objects for total in look.types}
    assert totals["__main__.Session"] == 100
    assert after == before


def threads_and_files(pid: int) -> tuple[list[str], list[str], list[str]]:
    """What the system knows of a process: its threads, open files and children."""
    folder = Path("/proc", str(pid))
    tasks = sorted(path.name for path in (folder / "task").iterdir())
    files = sorted(str(path.readlink()) for path in (folder / "fd").iterdir())
    children = [(folder / "task" / task / "children").read_text() for task in tasks]
    return tasks, files, children


@pytest.mark.once
def test_what_grows_meanwhile_is_named_with_its_holder() -> None:
    need_gdb()
    program = "begin()\nready()\nfor line in sys.stdin:\n    begin(int(line))\n    ready()\n"
    process = subprocess.Popen(
        [need_interpreter("3.14"), "-c", PLANTED + program],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    )
    try:
        assert process.stdin is not None
        assert process.stdout is not None
        process.stdout.readline()
        first = dump_process(find_target(process.pid), seconds=SECONDS)
        process.stdin.write("250\n")
        process.stdin.flush()
        process.stdout.readline()
        second = dump_process(find_target(process.pid), seconds=SECONDS, before=first)
    finally:
        process.kill()
        process.communicate()
    grown = {leak.type: leak for leak in explain(second, first).grown}
    leak = grown["__main__.Session"]
    assert (leak.per_op, leak.path) == (250, ["module __main__.REGISTRY", "list[…]"])


@pytest.mark.once
def test_the_census_of_a_program_is_the_same_after_a_look() -> None:
    """After the first: it leaves up to two empty lists, the interpreter's own for hooks of fork."""
    counting = """
import collections, gc
def census():
    gc.collect()
    return collections.Counter(map(type, gc.get_objects()))
begin()
ready()
sys.stdin.readline()
first = census()
first = census()
print("counted", flush=True)
sys.stdin.readline()
second = census()
print(dict(second - first), flush=True)
"""
    need_gdb()
    for version in ("3.11", "3.14"):
        process = subprocess.Popen(
            [need_interpreter(version), "-c", PLANTED + counting],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )
        try:
            assert process.stdin is not None
            assert process.stdout is not None
            process.stdout.readline()
            dump_process(find_target(process.pid), seconds=SECONDS)
            process.stdin.write("\n")
            process.stdin.flush()
            assert process.stdout.readline() == "counted\n"
            dump_process(find_target(process.pid), seconds=SECONDS)
            process.stdin.write("\n")
            process.stdin.flush()
            assert process.stdout.readline() == "{}\n", version
        finally:
            process.kill()
            process.communicate()


@pytest.mark.once
def test_attach_killed_at_any_moment_leaves_the_program_as_it_was() -> None:
    need_gdb()
    for version in ("3.11", "3.14"):
        with running(need_interpreter(version), "busy asyncio") as program:
            before = threads_and_files(program.pid)
            for number in range(10):
                looking = subprocess.Popen(
                    [sys.executable, "-c", ATTACH, "attach", str(program.pid)],
                    stdout=subprocess.DEVNULL,
                    stderr=subprocess.DEVNULL,
                )
                time.sleep(0.3 + number * 0.25)
                looking.send_signal(signal.SIGKILL)
                looking.wait()
            deadline = time.monotonic() + 60
            while copies_of(program.pid) and time.monotonic() < deadline:
                time.sleep(0.1)
            assert not copies_of(program.pid)
            while threads_and_files(program.pid) != before and time.monotonic() < deadline:
                time.sleep(0.1)
            assert threads_and_files(program.pid) == before, version
            assert program.goes_on("19")


def copies_of(pid: int) -> list[int]:
    """Other processes with the same command line."""
    wanted = Path("/proc", str(pid), "cmdline").read_bytes()
    found = []
    for folder in Path("/proc").iterdir():
        if folder.name.isdecimal() and int(folder.name) != pid:
            try:
                if (folder / "cmdline").read_bytes() == wanted:
                    found.append(int(folder.name))
            except OSError:
                continue
    return found


def test_no_process_of_that_number_is_said_in_one_line() -> None:
    with pytest.raises(UsageError, match="there is no process 4194305 here"):
        find_target(4194305)


def test_a_process_that_is_no_python_is_refused() -> None:
    sleeping = subprocess.Popen(["sleep", "60"])
    try:
        deadline = time.monotonic() + 60
        while Path(f"/proc/{sleeping.pid}/exe").readlink().name.startswith("python"):
            assert time.monotonic() < deadline
        with pytest.raises(UsageError, match="is not a CPython that unknot recognises"):
            find_target(sleeping.pid)
    finally:
        sleeping.kill()
        sleeping.wait()


def test_a_stopped_process_is_refused_with_the_remedy() -> None:
    with running(sys.executable, "blocked in recv") as program:
        os.kill(program.pid, signal.SIGSTOP)
        try:
            deadline = time.monotonic() + 60
            while "T (stopped)" not in Path(f"/proc/{program.pid}/status").read_text():
                assert time.monotonic() < deadline
            with pytest.raises(UsageError, match=f"kill -CONT {program.pid}"):
                find_target(program.pid)
        finally:
            os.kill(program.pid, signal.SIGCONT)


def test_without_a_debugger_and_remote_exec_there_is_no_way(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("PATH", "/nonexistent")
    monkeypatch.setattr(ways, "DEBUGGERS", [each for each in DEBUGGERS if each.folder is None])
    with running(need_interpreter("3.11"), "blocked in recv") as program:
        with pytest.raises(UsageError, match="apt-get install gdb"):
            ways_into(find_target(program.pid))
        assert program.goes_on("on")


def test_a_process_that_forbids_remote_debugging_is_entered_by_the_debugger_alone(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    need_gdb()
    monkeypatch.setenv("PYTHON_DISABLE_REMOTE_DEBUG", "1")
    with running(need_interpreter("3.14"), "blocked in recv") as program:
        assert "gdb" in [getattr(way, "name", "") for way in ways_into(find_target(program.pid))]
        assert by_remote_exec not in ways_into(find_target(program.pid))
        assert program.goes_on("on")


def test_another_users_process_is_refused_with_the_remedy() -> None:
    if os.geteuid() != 0:
        pytest.skip("needs root to become somebody else")
    with running(sys.executable, "blocked in recv") as program:
        said = subprocess.run(
            [
                sys.executable,
                "-c",
                "import os, sys\n"
                "from unknot.attach.target import find_target\n"
                "os.setgid(65534); os.setuid(65534)\n"
                "try: find_target(int(sys.argv[1]))\n"
                "except Exception as error: print(error)",
                str(program.pid),
            ],
            capture_output=True,
            text=True,
            check=True,
        ).stdout
    assert "belongs to user 0, and this is user 65534: run unknot as that user or as root" in said


def test_the_folder_goes_when_who_made_it_is_killed(tmp_path: Path) -> None:
    program = (
        "import os, sys, time\n"
        "from unknot.attach.landing import Landing\n"
        "with Landing() as landing:\n"
        "    print(landing.inside, flush=True)\n"
        "    time.sleep(60)"
    )
    process = subprocess.Popen([sys.executable, "-c", program], stdout=subprocess.PIPE, text=True)
    assert process.stdout is not None
    folder = Path(process.stdout.readline().strip())
    assert (folder / "visit.py").exists()
    process.kill()
    process.communicate()
    deadline = time.monotonic() + 60
    while folder.exists():
        assert time.monotonic() < deadline
        time.sleep(0.05)


def test_the_folder_goes_though_the_program_ends_first() -> None:
    with running(sys.executable, "blocked in recv") as program:
        root = find_target(program.pid).root
        with Landing(root) as landing:
            assert program.goes_on("on")
            assert Path(landing.inside, "visit.py").exists()
        assert not Path(landing.inside).exists()
