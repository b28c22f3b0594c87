"""The README: what it shows of ``unknot run`` is what that prints, and its links lead somewhere."""

from __future__ import annotations

import html
import os
import re
import subprocess
import sys
from pathlib import Path
from textwrap import dedent

import pytest

import unknot

ROOT = Path(__file__).parents[2]
README = ROOT / "README.md"
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


def test_the_readme_is_short_and_what_it_links_to_exists() -> None:
    text = README.read_text(encoding="utf-8")
    assert len(text.splitlines()) <= 150
    targets = re.findall(r"\]\(([^)#]+)|(?:src|srcset)=\"([^\"]+)\"", text)
    local = [one or other for one, other in targets if "://" not in (one or other)]
    assert len(local) > 10
    assert [each for each in local if not (ROOT / each).is_file()] == []


def test_a_citation_is_of_this_version() -> None:
    citation = (ROOT / "CITATION.cff").read_text(encoding="utf-8")
    assert f"\nversion: {unknot.__version__}\n" in citation


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_the_picture_of_the_terminal_shows_the_example(scheme: str) -> None:
    drawn = (ROOT / "docs" / "pictures" / f"run-{scheme}.svg").read_text(encoding="utf-8")
    lines = re.findall(r"<text[^>]* y=\"([^\"]+)\"[^>]*>([^<]*)</text>", drawn)
    shown = "".join(text for _, text in lines)
    words = html.unescape(shown).split()
    _, output = example()
    assert words[-len(output.split()) :] == output.split()
