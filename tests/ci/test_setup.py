"""What the set-up script does with an environment that is not this folder's."""

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]


@pytest.mark.once
def test_a_link_to_another_folders_environment_is_replaced_and_that_one_stays_whole(
    tmp_path: Path,
) -> None:
    here, other = tmp_path / "here", tmp_path / "other"
    (here / "scripts").mkdir(parents=True)
    shutil.copy(ROOT / "scripts" / "setup", here / "scripts")
    other.mkdir()
    (other / "theirs").touch()
    (here / ".venv").symlink_to(other)
    subprocess.run(
        ["bash", "-c", "source scripts/setup; make_venv"],
        cwd=here,
        env={**os.environ, "UNKNOT_PYTHON": sys.executable},
        check=True,
        timeout=300,
    )
    assert not (here / ".venv").is_symlink()
    assert (here / ".venv" / "pyvenv.cfg").is_file()
    assert [path.name for path in other.iterdir()] == ["theirs"]
