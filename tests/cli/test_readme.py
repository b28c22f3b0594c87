"""What the README shows of ``unknot run`` is what it prints."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path
from textwrap import dedent

import pytest

README = Path(__file__).parents[2] / "README.md"
COMMAND = "$ unknot run kept.py"


def example() -> tuple[str, str]:
    """The code of the example, and the output below it."""
    block = README.read_text(encoding="utf-8").partition("    $ cat kept.py\n")[2]
    lines = []
    for line in block.splitlines():
        if line and not line.startswith("    "):
            break
        lines.append(line)
    code, _, output = dedent("\n".join(lines)).partition(COMMAND)
    return code.strip() + "\n", output.strip()


@pytest.mark.skipif(sys.version_info[:2] != (3, 11), reason="blocks allocated differ by release")
def test_the_example_in_the_readme_prints_what_stands_there(tmp_path: Path) -> None:
    code, output = example()
    (tmp_path / "kept.py").write_text(code)
    done = subprocess.run(
        [sys.executable, "-c", "from unknot.cli import main; main()", "run", "kept.py"],
        cwd=tmp_path,
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
        env={**os.environ, "PYTHONUTF8": "1"},
    )
    assert done.returncode == 1, done.stderr
    assert done.stdout.strip() == output
