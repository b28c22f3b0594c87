"""A workload's file is loaded under a name that shadows nothing and that children can import."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

AGENT = Path(__file__).parents[2] / "src" / "unknot" / "agent"
LOAD = """
import importlib, sys, types
package = types.ModuleType("unknot_agent")
package.__path__ = [sys.argv[1]]
sys.modules["unknot_agent"] = package
sys.path[0] = sys.argv[3]
workload = importlib.import_module("unknot_agent.workload").load(sys.argv[2])
print(workload.op())
"""


def say(path: Path, cwd: Path, installed: Path | None = None) -> str:
    """What the operation returns, the file loaded as the agent loads it."""
    done = subprocess.run(
        [sys.executable, "-c", LOAD, str(AGENT), str(path), str(cwd)],
        cwd=cwd,
        env={"PYTHONPATH": str(installed or "")},
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    return done.stdout.strip()


def write(path: Path, code: str) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(code)
    return path


def installed(tmp_path: Path) -> Path:
    return write(tmp_path / "site" / "thing.py", "ANSWER = 'the package'\n").parent


OP = "import thing\ndef op(): return thing.ANSWER, __name__\n"


def test_a_file_called_like_the_package_imports_the_package(tmp_path: Path) -> None:
    path = write(tmp_path / "mine" / "thing.py", OP)
    said = say(path, tmp_path, installed(tmp_path))
    assert said == "('the package', 'unknot_workload_thing')"


def test_it_does_so_from_its_own_folder_too(tmp_path: Path) -> None:
    path = write(tmp_path / "mine" / "thing.py", OP)
    said = say(Path("thing.py"), path.parent, installed(tmp_path))
    assert said == "('the package', 'unknot_workload_thing')"


def test_a_neighbour_called_like_the_package_does_not_stand_in_its_way(tmp_path: Path) -> None:
    write(tmp_path / "mine" / "thing.py", "ANSWER = 'the neighbour'\n")
    path = write(tmp_path / "mine" / "work.py", OP)
    assert say(path, tmp_path, installed(tmp_path)) == "('the package', 'work')"


def test_a_neighbour_of_its_own_name_is_importable(tmp_path: Path) -> None:
    write(tmp_path / "mine" / "thing.py", "ANSWER = 'the neighbour'\n")
    path = write(tmp_path / "mine" / "work.py", OP)
    assert say(path, tmp_path) == "('the neighbour', 'work')"


def test_a_file_in_a_package_is_a_module_of_it(tmp_path: Path) -> None:
    for folder in ("outer", "outer/inner"):
        write(tmp_path / folder / "__init__.py", "")
    path = write(tmp_path / "outer" / "inner" / "thing.py", OP)
    here = installed(tmp_path)
    assert say(path, tmp_path, here) == "('the package', 'outer.inner.thing')"
    assert say(Path("thing.py"), path.parent, here) == "('the package', 'outer.inner.thing')"
