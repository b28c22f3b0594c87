"""Environments made by the real pip and the real uv, from wheels in a folder."""

from __future__ import annotations

import os
import re
import shutil
import signal
import subprocess
import sys
import time
from pathlib import Path

import psutil
import pytest

from tests.environments.packages import make_project, make_wheel
from tests.interpreters import VERSIONS, need_interpreter
from unknot.environments.cache import IsolatedEnvironment, environment
from unknot.environments.installers import installed_packages
from unknot.environments.interpreters import uv_command
from unknot.errors import UnknotError, UsageError

pytestmark = pytest.mark.once

BUILD = "import sys; from unknot.environments.cache import environment as e; "
BUILD += "print(e(sys.argv[1:], sys.executable).python)"


WITH_PIP_TOO = {
    "test_it_holds_the_requirements_and_what_they_need_and_nothing_else",
    "test_a_half_that_a_killed_builder_leaves_is_never_used",
    "test_a_package_that_does_not_exist_is_told",
    "test_two_builders_at_once_make_one_environment",
}


@pytest.fixture(params=["uv", "pip"])
def builder(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> str:
    """Each of the two, if it is there. pip is slow, so it runs everything only when asked to."""
    name: str = request.param
    everything = "UNKNOT_TEST_EVERYTHING" in os.environ
    if name == "pip" and request.node.originalname not in WITH_PIP_TOO and not everything:
        pytest.skip("with pip only where UNKNOT_TEST_EVERYTHING is set: it takes minutes")
    if name == "uv" and uv_command() is None:
        pytest.skip("no uv on this machine")
    monkeypatch.setenv("UNKNOT_BUILDER", name)
    return name


@pytest.fixture(autouse=True)
def wheels(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder in the place of the index, and a cache of its own."""
    folder = tmp_path / "wheels"
    folder.mkdir()
    for variable in ("PIP_INDEX_URL", "PIP_EXTRA_INDEX_URL", "UV_INDEX", "UV_DEFAULT_INDEX"):
        monkeypatch.delenv(variable, raising=False)
    monkeypatch.setenv("PIP_CONFIG_FILE", os.devnull)
    monkeypatch.setenv("PIP_NO_INDEX", "1")
    for installer in ("PIP", "UV"):
        monkeypatch.setenv(f"{installer}_FIND_LINKS", str(folder))
    (tmp_path / "uv.toml").write_text("no-index = true\n")  # not every uv has a variable for it
    monkeypatch.setenv("UV_CONFIG_FILE", str(tmp_path / "uv.toml"))
    monkeypatch.setenv("UNKNOT_CACHE", str(tmp_path / "cache"))
    return folder


def say(made: IsolatedEnvironment, code: str) -> str:
    command = [made.python, "-E", "-c", code]  # whatever PYTHONPATH shows the tests
    done = subprocess.run(command, capture_output=True, text=True, check=True)
    return done.stdout.strip()


def builds(tmp_path: Path) -> list[Path]:
    return sorted((tmp_path / "cache" / "environments").glob("*/*"))


def refusal(*requirements: str, python: str = sys.executable) -> str:
    with pytest.raises(UnknotError) as caught:
        environment(requirements, python)
    assert caught.value.exit_code == 2
    return str(caught.value)


def test_it_holds_the_requirements_and_what_they_need_and_nothing_else(
    wheels: Path, builder: str
) -> None:
    make_wheel(wheels, "thing", "1.0", "ANSWER = 42", metadata=("Requires-Dist: part>=2",))
    make_wheel(wheels, "part", "2.1")
    made = environment(["Thing == 1.0"], sys.executable)
    assert made.packages == {"part": "2.1", "thing": "1.0"}
    assert say(made, "import thing, part; print(thing.ANSWER)") == "42"
    absent = "import importlib.util as u; print([n for n in %r if u.find_spec(n)])"
    assert say(made, absent % (["unknot", "pip", "setuptools", "numpy"],)) == "[]"


@pytest.mark.parametrize(
    ("builder", "version"),
    # With pip a version takes seconds: the oldest, the last with setuptools, and the newest.
    [
        *(("uv", version) for version in VERSIONS),
        *(("pip", version) for version in ("3.8", "3.11", VERSIONS[-1])),
    ],
    indirect=["builder"],
)
def test_every_supported_interpreter_gets_one(wheels: Path, builder: str, version: str) -> None:
    make_wheel(wheels, "thing", "1.0")
    made = environment(["thing==1.0"], need_interpreter(version))
    assert say(made, "import thing, sys; print('%d.%d' % sys.version_info[:2])") == version
    assert made.packages == {"thing": "1.0"}


def test_a_requirement_for_pip_itself_is_kept(
    wheels: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("UNKNOT_BUILDER", "pip")
    make_wheel(wheels, "thing", "1.0", metadata=("Requires-Dist: pip",))
    assert set(environment(["thing"], sys.executable).packages) == {"pip", "thing"}


def test_pythonpath_and_user_settings_put_nothing_elsewhere(
    wheels: Path, builder: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    make_wheel(wheels, "thing", "1.0")
    make_wheel(tmp_path, "thing", "1.0")
    elsewhere = tmp_path / "elsewhere"
    shutil.unpack_archive(tmp_path / "thing-1.0-py3-none-any.whl", elsewhere, "zip")
    for name in ("PYTHONPATH", "PIP_TARGET", "PIP_PREFIX"):
        monkeypatch.setenv(name, str(elsewhere))
    monkeypatch.setenv("PIP_USER", "1")
    made = environment(["thing==1.0"], sys.executable)
    assert made.packages == {"thing": "1.0"}


def test_the_same_set_in_another_order_and_spelling_is_not_made_again(
    wheels: Path, builder: str, tmp_path: Path
) -> None:
    make_wheel(wheels, "one", "1.0")
    make_wheel(wheels, "two", "2.0")
    first = environment(["one==1.0", "two==2.0"], sys.executable)
    shutil.rmtree(wheels)
    assert environment(["TWO ==2.0", " one== 1.0", "one==1.0"], sys.executable) == first


def test_another_version_or_interpreter_is_another_environment(wheels: Path) -> None:
    make_wheel(wheels, "thing", "1.0")
    make_wheel(wheels, "thing", "2.0")
    old, new = (environment([f"thing=={n}.0"], sys.executable) for n in (1, 2))
    mine = f"{sys.version_info.major}.{sys.version_info.minor}"
    other_version = next(each for each in ("3.12", "3.13") if each != mine)
    other = environment(["thing==1.0"], need_interpreter(other_version))
    assert [each.packages["thing"] for each in (old, new, other)] == ["1.0", "2.0", "1.0"]
    assert len({old.python, new.python, other.python}) == 3


def test_without_requirements_it_is_the_interpreter_as_it_is(tmp_path: Path) -> None:
    assert environment([], sys.executable) == IsolatedEnvironment(sys.executable, {})
    assert builds(tmp_path) == []


def test_what_is_not_pinned_is_looked_up_anew_after_a_day(
    wheels: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    make_wheel(wheels, "thing", "1.0")
    loose, pinned = ["thing>=1"], ["thing==1.0"]
    kept = environment(pinned, sys.executable)
    assert environment(loose, sys.executable).packages == {"thing": "1.0"}
    make_wheel(wheels, "thing", "1.1")
    assert environment(loose, sys.executable).packages == {"thing": "1.0"}
    tomorrow = time.time() + 25 * 3600
    monkeypatch.setattr(time, "time", lambda: tomorrow)
    assert environment(loose, sys.executable).packages == {"thing": "1.1"}
    assert environment(pinned, sys.executable) == kept


def test_a_wheel_that_was_made_anew_is_installed_anew(tmp_path: Path) -> None:
    wheel = make_wheel(tmp_path, "thing", "1.0", "ANSWER = 1")
    first = environment([str(wheel)], sys.executable)
    assert environment([str(wheel)], sys.executable) == first
    make_wheel(tmp_path, "thing", "1.0", "ANSWER = 'changed'")
    second = environment([str(wheel)], sys.executable)
    assert [say(each, "import thing; print(thing.ANSWER)") for each in (first, second)] == [
        "1",
        "changed",
    ]


def test_a_project_folder_is_measured_as_it_is_now(
    builder: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    make_project(tmp_path / "project", "thing", "1.0", "ANSWER = 1")
    monkeypatch.chdir(tmp_path)
    answers = []
    for answer in ("1", "2"):
        (tmp_path / "project" / "thing.py").write_text(f"ANSWER = {answer}")
        made = environment(["./project"], sys.executable)
        answers.append(say(made, "import thing; print(thing.ANSWER)"))
    assert answers == ["1", "2"]


@pytest.mark.parametrize("text", ["", "-r x.txt", "--index-url=x", "a b", "thing==", "thing=1"])
def test_what_is_no_requirement_never_reaches_an_installer(tmp_path: Path, text: str) -> None:
    with pytest.raises(UsageError, match="is not a requirement"):
        environment([text], sys.executable)
    assert builds(tmp_path) == []


def test_a_path_that_is_not_there_is_wrong_use() -> None:
    with pytest.raises(UsageError, match="cannot be read"):
        environment(["absent-1.0-py3-none-any.whl"], sys.executable)
    with pytest.raises(UsageError, match="no project folder"):
        environment(["./absent"], sys.executable)


def test_a_package_that_does_not_exist_is_told(builder: str, tmp_path: Path) -> None:
    said = refusal("nothing-of-that-name")
    assert said.startswith("nothing-of-that-name cannot be installed for Python 3")
    assert "there is no such package" in said.splitlines()[0]
    assert not any(path.is_dir() for path in builds(tmp_path))


def test_a_version_that_does_not_exist_is_told(wheels: Path, builder: str) -> None:
    make_wheel(wheels, "thing", "1.0")
    assert "there is no such version" in refusal("thing==9").splitlines()[0]


def test_a_package_for_a_newer_python_is_told(wheels: Path, builder: str) -> None:
    make_wheel(wheels, "thing", "1.0", metadata=("Requires-Python: >=3.11",))
    said = refusal("thing==1.0", python=need_interpreter("3.9"))
    assert re.match(r"thing==1.0 cannot be installed for Python 3\.9\.\d+: it does not", said)


def test_a_package_that_cannot_be_built_is_told_with_its_own_words(
    builder: str, tmp_path: Path
) -> None:
    backend = "raise RuntimeError('no compiler here')"
    folder = make_project(tmp_path / "project", "thing", "1.0", "", backend)
    said = refusal(str(folder))
    assert "it cannot be built" in said.splitlines()[0]
    assert "no compiler here" in said


def test_an_index_out_of_reach_is_told_without_its_password(
    builder: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("PIP_NO_INDEX")
    (tmp_path / "uv.toml").write_text("")
    for variable in ("PIP_INDEX_URL", "UV_DEFAULT_INDEX"):
        monkeypatch.setenv(variable, "http://me:secret@127.0.0.1:9/simple")  # nobody listens there
    monkeypatch.setenv("UV_HTTP_RETRIES", "0")
    monkeypatch.setenv("PIP_RETRIES", "1")
    said = refusal("thing")
    assert "the package index is not within reach" in said.splitlines()[0]
    assert "secret" not in said


def test_requirements_that_contradict_are_told(wheels: Path, builder: str) -> None:
    make_wheel(wheels, "thing", "1.0", metadata=("Requires-Dist: part==1.0",))
    make_wheel(wheels, "part", "1.0")
    make_wheel(wheels, "part", "2.0")
    assert "do not fit together" in refusal("thing", "part==2.0").splitlines()[0]


def test_two_builders_at_once_make_one_environment(
    wheels: Path, builder: str, tmp_path: Path
) -> None:
    make_wheel(wheels, "thing", "1.0")
    command = [sys.executable, "-c", BUILD, "thing==1.0"]
    both = [subprocess.Popen(command, stdout=subprocess.PIPE, text=True) for _ in range(2)]
    said = {process.communicate(timeout=120)[0] for process in both}
    assert [process.returncode for process in both] == [0, 0]
    assert len(said) == 1
    assert sum(path.is_dir() for path in builds(tmp_path)) == 1


@pytest.mark.parametrize(
    ("builder", "end"),
    [("uv", signal.SIGKILL), ("uv", signal.SIGINT), ("pip", signal.SIGKILL)],
    indirect=["builder"],
    ids=["uv-SIGKILL", "uv-Ctrl-C", "pip-SIGKILL"],
)
def test_a_half_that_a_killed_builder_leaves_is_never_used(
    builder: str, tmp_path: Path, end: signal.Signals
) -> None:
    mark = tmp_path / "mark"
    backend = f"""import os, signal
with open({str(mark)!r} + ".half", "w") as file:
    file.write(str(os.getpid()))
os.rename(file.name, {str(mark)!r})
signal.pause()
"""
    folder = make_project(tmp_path / "project", "thing", "1.0", "ANSWER = 1")
    good = (folder / "backend.py").read_text()
    (folder / "backend.py").write_text(backend)
    command = [sys.executable, "-c", BUILD, str(folder)]
    with subprocess.Popen(command, stderr=subprocess.DEVNULL) as process:
        while not mark.exists() and process.poll() is None:
            os.sched_yield()
        assert any(path.is_dir() for path in builds(tmp_path))
        process.send_signal(end)
        assert process.wait(60) != 0
    halves = {path for path in builds(tmp_path) if path.is_dir()}
    orphan = int(mark.read_text())
    if end == signal.SIGINT:  # Ctrl-C tidies up behind itself
        assert halves == set()
    else:
        assert halves
    (folder / "backend.py").write_text(good)
    made = environment([str(folder)], sys.executable)
    assert say(made, "import thing; print(thing.ANSWER)") == "1"
    assert not halves & set(builds(tmp_path))
    psutil.wait_procs([each for each in psutil.process_iter() if each.pid == orphan], timeout=30)
    assert not psutil.pid_exists(orphan)


@pytest.mark.parametrize("harm", ["no stamp", "half a stamp", "no python", "no package"])
def test_an_environment_that_is_not_whole_is_made_again(
    wheels: Path, tmp_path: Path, harm: str
) -> None:
    make_wheel(wheels, "thing", "1.0")
    first = environment(["thing==1.0"], sys.executable)
    build = Path(first.python).parent.parent
    stamp = build / "unknot.json"
    if harm == "no stamp":
        stamp.unlink()
    elif harm == "half a stamp":
        stamp.write_bytes(stamp.read_bytes()[:9])
    elif harm == "no python":  # its interpreter was removed from the machine
        (build / "bin" / "python").unlink()
        (build / "bin" / "python").symlink_to(tmp_path / "gone")
    else:
        shutil.rmtree(next(build.glob("lib/*/site-packages/*.dist-info")))
    second = environment(["thing==1.0"], sys.executable)
    assert say(second, "import thing") == ""
    assert second.python != first.python
    assert not build.exists()


def test_a_cache_folder_that_cannot_be_made_is_told(
    wheels: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    make_wheel(wheels, "thing", "1.0")
    (tmp_path / "file").write_text("")
    monkeypatch.setenv("UNKNOT_CACHE", str(tmp_path / "file"))
    said = refusal("thing")
    assert "cannot be used: Not a directory; set UNKNOT_CACHE" in said


def test_a_builder_that_is_unknown_is_wrong_use(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("UNKNOT_BUILDER", "conda")
    with pytest.raises(UsageError, match="'uv' or 'pip'"):
        environment(["thing"], sys.executable)


@pytest.mark.parametrize("damage", [b"", b"\xff\xfe", b"Name\n", b"Name: \n\n", None])
def test_damaged_metadata_is_no_traceback(tmp_path: Path, damage: bytes | None) -> None:
    site = tmp_path / "lib" / "python3.11" / "site-packages"
    for name in ("good", "bad"):
        folder = site / f"{name}-1.0.dist-info"
        folder.mkdir(parents=True)
        (folder / "METADATA").write_bytes(f"Name: {name}\nVersion: 1.0\n".encode())
    assert installed_packages(tmp_path) == {"bad": "1.0", "good": "1.0"}
    metadata = site / "bad-1.0.dist-info" / "METADATA"
    if damage is None:
        metadata.unlink()
        metadata.mkdir()
    else:
        metadata.write_bytes(damage)
    assert installed_packages(tmp_path) == {"good": "1.0"}
