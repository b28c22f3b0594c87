"""What people expect of a command line: several workloads, colours, settings, a start."""

from __future__ import annotations

import os
import re
import signal
import subprocess
import sys
from pathlib import Path

import click
import pytest

from unknot.cli.commands import VERBS, commands, run_command
from unknot.cli.init import BASELINE, CI
from unknot.gate.budgets import OPTIONS
from unknot.records import read_result

CLEAN = "def op(): pass\n"
CYCLIC = "class Thing: pass\ndef op():\n    thing = Thing(); thing.me = thing\n"
CRASHING = "import ctypes\ndef inner(): ctypes.string_at(0)\ndef op(): inner()\n"
TALKING = f"import sys\n{CYCLIC}def setup(): print('odd things', file=sys.stderr)\n"
FEW = ("-n", "40", "--warmup", "4")


@pytest.fixture(autouse=True)
def here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(signal, "signal", lambda *_: None)  # the tests' own stay
    return tmp_path


def unknot(*arguments: object) -> int:
    """The command's exit code."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(sys, "argv", ["unknot", *map(str, arguments)])
        with pytest.raises(SystemExit) as ended:
            run_command(commands, "unknot")
    code = ended.value.code
    assert isinstance(code, int)
    return code


def test_a_folder_and_files_make_one_result(here: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (here / "some" / ".hidden").mkdir(parents=True)
    (here / "some" / "clean.py").write_text(CLEAN)
    (here / "some" / "no_workload.py").write_text("x = 1\n")
    (here / "some" / "broken.py").write_text("def op(:\n")
    (here / "some" / ".hidden" / "other.py").write_text(CLEAN)
    (here / "marked.py").write_text(
        "import unknot\n@unknot.workload\ndef work():\n    yield lambda: None\n"
    )
    (here / "cyclic.py").write_text(CYCLIC)
    assert unknot("run", "some", "cyclic.py", "some", "marked.py:work", *FEW, "-o", "r.json") == 1
    cells = read_result(here / "r.json").cells
    assert [(cell.workload, cell.verdict) for cell in cells] == [
        ("some/clean.py", "clean"),
        ("cyclic.py", "cyclic"),
        ("marked.py:work", "clean"),
    ]
    assert "cyclic.py, collector off: cyclic" in capsys.readouterr().out


def test_what_was_measured_before_a_workload_that_is_none_is_kept(
    here: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (here / "cyclic.py").write_text(CYCLIC)
    assert unknot("run", "cyclic.py", "cyclic.py:absent", *FEW, "-o", "r.json") == 2
    printed = capsys.readouterr()
    assert "cyclic.py, collector off: cyclic" in printed.out
    assert "cyclic.py has no 'absent'; it has op" in printed.err
    result = read_result(here / "r.json")
    assert [cell.verdict for cell in result.cells] == ["cyclic"]
    assert result.interrupted


@pytest.mark.parametrize(("code", "status"), [(CYCLIC, 0), (CLEAN, 0), ("def op(): 1 / 0\n", 3)])
def test_exit_zero_is_for_findings_alone(here: Path, code: str, status: int) -> None:
    (here / "w.py").write_text(code)
    assert unknot("run", "w.py", *FEW, "--exit-zero") == status


def test_a_crash_shows_the_users_stack(here: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (here / "w.py").write_text(CRASHING)
    assert unknot("run", "w.py", *FEW) == 3
    printed = capsys.readouterr().out
    assert "killed by SIGSEGV" in printed
    frames = re.findall(r'File "(.+)", line \d+ in (\w+)', printed)
    mine = [name for file, name in frames if file.endswith("w.py")]
    assert mine == ["inner", "op"]
    assert [file for file, _ in frames if "unknot/agent" in file or "runpy" in file] == []


def test_standard_error_is_kept_and_shown_with_a_finding(
    here: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (here / "w.py").write_text(TALKING)
    assert unknot("run", "w.py", *FEW, "-o", "r.json") == 1
    assert "the workload wrote to standard error:\n  odd things\n" in capsys.readouterr().out
    assert read_result(here / "r.json").cells[0].stderr == "odd things\n"


@pytest.mark.parametrize(
    ("variable", "options", "coloured"),
    [
        (None, (), False),
        (None, ("--color",), True),
        ("FORCE_COLOR", (), True),
        ("FORCE_COLOR", ("--no-color",), False),
        ("NO_COLOR", ("--no-color",), False),
    ],
)
def test_colour_is_for_those_who_ask(
    here: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
    variable: str | None,
    options: tuple[str, ...],
    coloured: bool,
) -> None:
    monkeypatch.setenv("TERM", "xterm-256color")
    if variable is not None:
        monkeypatch.setenv(variable, "1")
    (here / "w.py").write_text(CYCLIC)
    assert unknot("run", "w.py", *FEW, *options) == 1
    printed = capsys.readouterr().out
    assert ("\x1b[1;31mcyclic" in printed) == coloured
    assert ("\x1b[" in re.sub("\x1b\\[0?m|\x1b\\[1m", "", printed)) == coloured


def test_the_project_sets_options_and_the_command_line_goes_first(here: Path) -> None:
    (here / "w.py").write_text(CLEAN)
    (here / "pyproject.toml").write_text(
        '[tool.unknot.run]\nops = 40\nwarmup = 4\nfast = true\ngc = ["off", "auto"]\n'
        'output = "r.json"\n[tool.unknot.check]\nbaseline = "absent.json"\n'
        "allow-missing-baseline = true\n"
    )
    assert unknot("run", "w.py") == 0
    cells = read_result(here / "r.json").cells
    assert [(cell.gc, cell.ops) for cell in cells] == [("off", 40), ("auto", 40)]
    assert unknot("run", "w.py", "--gc", "off", "-n", "80") == 0
    assert [(cell.gc, cell.ops) for cell in read_result(here / "r.json").cells] == [("off", 80)]
    assert unknot("check", "r.json") == 0


@pytest.mark.parametrize(
    ("setting", "complaint"),
    [
        ("oops = 4", "[tool.unknot.run]: there is no option 'oops'; known are allocations, "),
        ("ops = true", "[tool.unknot.run]: ops takes one value, got True"),
        ('quiet = "yes"', "[tool.unknot.run]: quiet takes true or false, got 'yes'"),
        ('with = "wool"', "[tool.unknot.run]: with takes a list, got 'wool'"),
    ],
)
def test_a_wrong_setting_is_named(
    here: Path, capsys: pytest.CaptureFixture[str], setting: str, complaint: str
) -> None:
    (here / "pyproject.toml").write_text(f"[tool.unknot.run]\n{setting}\n")
    assert unknot("run", "w.py") == 2
    assert f"pyproject.toml: {complaint}" in capsys.readouterr().err


def test_each_command_may_have_its_table_beside_the_budgets() -> None:
    assert set(VERBS) == OPTIONS


def test_init_makes_a_gate_that_passes_and_never_overwrites(
    here: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert unknot("init") == 0
    workload, (workflow, _) = Path("unknot_workload.py"), CI["github"]
    files = {path: path.read_bytes() for path in (workload, BASELINE, workflow)}
    steps = re.findall(r"- run: unknot (.+)", workflow.read_text())
    assert [unknot(*step.split()) for step in steps] == [0, 0]
    workload.write_text(CYCLIC)
    assert [unknot(*step.split()) for step in steps] == [0, 1]
    capsys.readouterr()
    assert unknot("init", "other.py") == 2
    assert f"{BASELINE} exists already, and is not overwritten" in capsys.readouterr().err
    assert {path: path.read_bytes() for path in files} == {**files, workload: CYCLIC.encode()}
    assert not Path("other.py").exists()


def test_init_takes_a_workload_that_is_there_and_writes_no_baseline_of_one_that_raises(
    here: Path,
) -> None:
    (here / "w.py").write_text("def op(): 1 / 0\n")
    assert unknot("init", "w.py", "--ci", "none") == 3
    assert sorted(path.name for path in here.glob("*.*")) == ["w.py"]


def test_help_shows_defaults_and_cuts_no_summary_off() -> None:
    context = click.Context(commands, info_name="unknot", terminal_width=80)
    assert "..." not in commands.get_help(context).replace("[ARGS]...", "")
    run = commands.get_command(context, "run")
    assert run is not None
    shown = " ".join(run.get_help(click.Context(run, info_name="run")).split())
    assert "[default: (1000; 400 with --fast; 16000 with --rigorous)]" in shown
    assert "[default: (120; 600 with --rigorous)]" in shown


@pytest.mark.once
@pytest.mark.parametrize("shell", ["bash", "zsh", "fish"])
def test_completion_knows_commands_and_options(shell: str) -> None:
    environment = {
        **os.environ,
        "_UNKNOT_COMPLETE": f"{shell}_complete",
        "COMP_WORDS": "unknot run --exit",
        "COMP_CWORD": "2" if shell != "fish" else "--exit",
    }
    done = subprocess.run(
        [sys.executable, "-m", "unknot"],
        env=environment,
        capture_output=True,
        text=True,
        check=False,
    )
    assert "--exit-zero" in done.stdout
