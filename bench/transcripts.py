"""Runs the transcripts of the documentation: each page's commands, in order, in a clean folder.

``python -m bench.transcripts`` writes their output into the pages; with ``--check`` the exit
code is 1 if a page differs. Numbers of megabytes are not compared, because they depend on the
machine, nor are bytes with a fraction, in which malloc's share varies by a few between runs.
"""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from difflib import unified_diff
from pathlib import Path

import click

from unknot.cli.commands import run_command

__all__ = ["PAGES", "differences", "follow", "main"]

DOCS = Path(__file__).resolve().parents[1] / "docs"
PAGES = [DOCS / name for name in ("tutorial.md", "gate.md", "bytes.md")]
"""Next to each is a folder of its name, with the files that the reader starts with."""

_BLOCK = re.compile(r"(?<=^```console\n).*?(?=^```$)", flags=re.MULTILINE | re.DOTALL)
_VARYING = re.compile(r" *[\d,]+ MB\b|\b\d+,\d+\.\d+\b")


def follow(page: str, files: Path) -> str:
    """``page`` with its commands' current output, run in order in a copy of ``files``."""
    with tempfile.TemporaryDirectory() as made:
        folder, tools = Path(made, "here"), Path(made, "bin")
        shutil.copytree(files, folder, ignore=shutil.ignore_patterns("__pycache__"))
        tools.mkdir()
        _write_tool(tools / "unknot", "-c 'from unknot.cli import main; main()'")
        _write_tool(tools / "python", "")
        environment = {
            "HOME": made,
            "PATH": f"{tools}{os.pathsep}{os.environ['PATH']}",
            "PYTHONUTF8": "1",
            "PYTHONDONTWRITEBYTECODE": "1",
            "GIT_CONFIG_NOSYSTEM": "1",
            **{f"GIT_{role}_NAME": "You" for role in ("AUTHOR", "COMMITTER")},
            **{f"GIT_{role}_EMAIL": "you@example.org" for role in ("AUTHOR", "COMMITTER")},
        }
        return _BLOCK.sub(lambda block: _run_block(block[0], folder, environment), page)


def _write_tool(path: Path, arguments: str) -> None:
    path.write_text(f'#!/bin/sh\nexec "{sys.executable}" {arguments} "$@"\n')
    path.chmod(0o755)


def _run_block(block: str, folder: Path, environment: dict[str, str]) -> str:
    lines: list[str] = []
    for command in re.findall(r"^\$ (.*)$", block, flags=re.MULTILINE):
        done = subprocess.run(
            ["/bin/sh", "-c", command],
            cwd=folder,
            env=environment,
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            timeout=120,
            check=False,
        )
        if done.returncode not in (0, 1):
            raise click.ClickException(f"{command}: exit code {done.returncode}\n{done.stderr}")
        lines += [f"$ {command}", *done.stdout.rstrip().splitlines()]
        lines += ["(exit code 1)"] * done.returncode
    return "".join(line.rstrip() + "\n" for line in lines)


def differences(page: str, followed: str) -> Iterator[str]:
    """The lines of a diff that ignores varying figures."""
    old, new = (_VARYING.sub(" #", text).splitlines() for text in (page, followed))
    yield from unified_diff(old, new, "the page", "what its commands print", lineterm="")


@click.command(context_settings={"help_option_names": ["-h", "--help"]})
@click.option("--check", is_flag=True, help="Write nothing; fail if a page differs.")
def main(check: bool) -> int:
    """Run the commands of the pages, and write their output into the pages."""
    differ = False
    for path in PAGES:
        page = path.read_text(encoding="utf-8")
        followed = follow(page, path.with_suffix(""))
        found = list(differences(page, followed))
        differ |= bool(found)
        print(f"{path.name}: {'differs' if found else 'as it stands'}", *found, sep="\n")
        if found and not check:
            path.write_text(followed, encoding="utf-8")
    return int(check and differ)


if __name__ == "__main__":
    run_command(main, "python -m bench.transcripts")
