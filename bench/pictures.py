"""The pictures of the README: its example's output and its page, each light and dark.

``python -m bench.pictures`` runs the example that the README shows, and writes ``docs/pictures``:
the terminal as SVG, by rich, and the page as PNG, by Chromium.
"""

from __future__ import annotations

import os
import re
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import Literal

import click
from playwright.sync_api import sync_playwright
from rich._export_format import CONSOLE_SVG_FORMAT
from rich.console import Console
from rich.terminal_theme import DEFAULT_TERMINAL_THEME, SVG_EXPORT_THEME, TerminalTheme
from rich.text import Text

from bench.page import find_browser
from unknot.cli.commands import run_command

__all__ = ["draw_terminal", "example_code", "main"]

ROOT = Path(__file__).resolve().parents[1]
COMMAND = ("run", "kept.py")
THEMES: dict[Literal["light", "dark"], TerminalTheme] = {
    "light": DEFAULT_TERMINAL_THEME,
    "dark": SVG_EXPORT_THEME,
}
# An image may load nothing, so rich's web font only names a host.
SVG_FORMAT = re.sub(r"@font-face \{\{.*?\}\}\s*", "", CONSOLE_SVG_FORMAT, flags=re.DOTALL)


def example_code(readme: str) -> str:
    """The program in the README, the text between its two commands."""
    code = readme.partition("    $ cat kept.py\n")[2].partition("    $ unknot run kept.py\n")[0]
    return re.sub("^ {4}", "", code, flags=re.MULTILINE).strip() + "\n"


def draw_terminal(output: str, theme: TerminalTheme) -> str:
    """An SVG of what ``unknot run kept.py`` printed, ANSI colours included."""
    with Path(os.devnull).open("w") as nowhere:
        console = Console(record=True, width=84, file=nowhere, force_terminal=True)
        console.print(Text("$ unknot " + " ".join(COMMAND), style="bold"))
        console.print(Text.from_ansi(output))
        drawn = console.export_svg(
            title="unknot", theme=theme, code_format=SVG_FORMAT, unique_id="unknot"
        )
    return "\n".join(line.rstrip() for line in drawn.splitlines()) + "\n"


def _unknot(*arguments: str, folder: Path) -> str:
    done = subprocess.run(
        [sys.executable, "-c", "from unknot.cli import main; main()", *arguments],
        cwd=folder,
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        check=False,
        env={**os.environ, "FORCE_COLOR": "1", "PYTHONUTF8": "1", "COLUMNS": "80"},
    )
    if done.returncode not in (0, 1):  # 1 is a finding
        raise click.ClickException(f"unknot {' '.join(arguments)}: {done.stderr}")
    return done.stdout


def _photograph(page: Path, folder: Path) -> None:
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=find_browser())
        try:
            for scheme in THEMES:
                view = browser.new_page(
                    viewport={"width": 1000, "height": 860}, color_scheme=scheme
                )
                view.goto(page.as_uri())
                view.screenshot(path=folder / f"page-{scheme}.png")
                view.close()
        finally:
            browser.close()


@click.command(context_settings={"help_option_names": ["-h", "--help"]})
@click.option(
    "-o",
    "--output",
    type=click.Path(path_type=Path, file_okay=False),
    default=ROOT / "docs" / "pictures",
    show_default="docs/pictures",
    help="Folder for the pictures.",
)
def main(output: Path) -> None:
    """Redraw the pictures of the README; needs Chromium."""
    output.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory() as made:
        folder = Path(made)
        code = example_code((ROOT / "README.md").read_text(encoding="utf-8"))
        (folder / "kept.py").write_text(code, encoding="utf-8")
        said = _unknot(*COMMAND, "-o", "result.json", folder=folder)
        for scheme, theme in THEMES.items():
            drawn = draw_terminal(said, theme)
            (output / f"run-{scheme}.svg").write_text(drawn, encoding="utf-8")
        _unknot("report", "result.json", "-o", "page", folder=folder)
        _photograph(folder / "page" / "index.html", output)
    print(f"{output}: {', '.join(sorted(each.name for each in output.iterdir()))}")


if __name__ == "__main__":
    run_command(main, "python -m bench.pictures")
