"""``unknot report RESULT``: the page and the pictures of any result."""

from __future__ import annotations

import webbrowser
from pathlib import Path

import click

from unknot import report
from unknot.records import encode_result, read_result

__all__ = ["command"]


@click.command("report")
@click.argument("result", type=click.Path(path_type=Path))
@click.option(
    "-o",
    "--output",
    type=click.Path(file_okay=False, path_type=Path),
    show_default="RESULT's name, without .json and with -report",
    help="Folder for index.html, the pictures and a copy of the result.",
)
@click.option("--open", "show", is_flag=True, help="Show the page in a browser.")
def command(result: Path, output: Path | None, show: bool) -> None:
    """Write the page and the pictures of RESULT, the JSON of a run, a comparison or a benchmark.

    What of an earlier report is in the folder is replaced; pictures that this result has no data
    for are removed.
    """
    measured = read_result(result)
    folder = output or result.with_name(f"{result.stem}-report")
    report.replace(folder / "result.json", encode_result(measured))
    pictures = report.write_pictures(measured, folder)
    page = report.write_page(measured, folder, pictures)
    click.echo(f"report in {page}")
    if show and not webbrowser.open(page.resolve().as_uri()):
        click.echo("there is no browser to show it in", err=True)
