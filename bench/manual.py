"""A Sphinx extension that generates parts of the documentation from the code.

Before the pages are read it writes the reference of the command line (from every ``--help``) and of
a result (from the records). Afterwards it writes each page as Markdown next to its HTML, and lists
them in ``llms.txt``.
"""

from __future__ import annotations

import ast
import inspect
import json
import re
import shutil
import textwrap
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click
import msgspec

from unknot import records
from unknot.cli.commands import VERBS, commands

if TYPE_CHECKING:
    from sphinx.application import Sphinx

__all__ = ["command_line_page", "field_docs", "result_page", "result_schema", "setup"]

SUMMARY = "Measures what each operation of a Python program leaves behind in memory."


def command_line_page() -> str:
    """Markdown: a section for each command, with its ``--help`` at 80 columns."""
    parts = [
        "# Command line\n",
        "Generated from each command's `--help`. All have the same [exit codes](exit-codes.md).\n",
        "## unknot\n",
        _help(commands, "unknot"),
    ]
    context = click.Context(commands, info_name="unknot")
    for verb in VERBS:
        command = commands.get_command(context, verb)
        assert command is not None
        parts += [f"## unknot {verb}\n", _help(command, verb, context)]
    return "\n".join(parts)


def _help(command: click.Command, name: str, parent: click.Context | None = None) -> str:
    context = command.context_class(
        command, info_name=name, parent=parent, terminal_width=80, max_content_width=80
    )
    return f"```text\n{command.get_help(context)}\n```\n"


def result_schema() -> dict[str, Any]:
    """The JSON Schema (2020-12) of what ``unknot run -o`` writes."""
    schema = msgspec.json.schema(records.Result)
    for name, definition in schema["$defs"].items():
        for field, text in field_docs(_record(name)).items():
            if field in definition.get("properties", {}):
                definition["properties"][field].setdefault("description", text)
    return {"$schema": "https://json-schema.org/draft/2020-12/schema", **schema}


def result_page() -> str:
    """Markdown: a table of fields for each record of a result, :class:`Result` first."""
    definitions = result_schema()["$defs"]
    first = "Result"
    lines = [
        "# A result",
        "",
        "`unknot run -o FILE`, `unknot compare -w -o` and the benchmarks write one JSON document.",
        "Reading is strict: a wrong type, a missing field or another schema number is an error;",
        "fields that this version does not know are passed over. Counts are objects, `*_per_op`",
        "are objects per operation, `*_s` are seconds, and memory is bytes. The schema number is",
        f"{records.SCHEMA}. For programs:",
        "[result.schema.json](result.schema.json), JSON Schema 2020-12.",
        "",
        "Generated from the records of `unknot.records`.",
        "",
    ]
    for name in [first, *sorted(definitions.keys() - {first})]:
        definition = definitions[name]
        lines += [f"## {name}", "", _markdown(definition.get("description", "")), ""]
        properties = definition.get("properties", {})
        if properties:
            lines += ["| field | type | meaning |", "|---|---|---|"]
            required = set(definition.get("required", ()))
            for field, kind in properties.items():
                text = _cell(kind.get("description", ""))
                optional = "" if field in required else " (optional)"
                lines.append(f"| `{field}` | {_type_text(kind)}{optional} | {text} |")
            lines.append("")
    return "\n".join(lines)


def field_docs(record: type[Any]) -> dict[str, str]:
    """The docstring below each field of a class."""
    body = ast.parse(textwrap.dedent(inspect.getsource(record))).body[0]
    assert isinstance(body, ast.ClassDef)
    found = {}
    for field, following in zip(body.body, body.body[1:], strict=False):
        if (
            isinstance(field, ast.AnnAssign)
            and isinstance(field.target, ast.Name)
            and isinstance(following, ast.Expr)
            and isinstance(following.value, ast.Constant)
        ):
            found[field.target.id] = inspect.cleandoc(str(following.value.value))
    return found


def _record(name: str) -> type[Any]:
    record: type[Any] = getattr(records, name)
    return record


def _markdown(docstring: str) -> str:
    """Markdown of a docstring, which is reStructuredText: roles and literals become code."""
    text = re.sub(r":\w+:`~?([^`]+)`", r"`\1`", inspect.cleandoc(docstring))
    return text.replace("``", "`")


def _cell(text: str) -> str:
    return " ".join(_markdown(text).split()).replace("|", "\\|")


def _type_text(kind: Mapping[str, Any]) -> str:
    """A short name of a schema's type, with links to the records that it refers to."""
    if "$ref" in kind:
        name = kind["$ref"].rpartition("/")[2]
        return f"[{name}](#{name.lower()})"
    if "anyOf" in kind:
        return " or ".join(map(_type_text, kind["anyOf"]))
    if "enum" in kind:
        return " or ".join(f"`{json.dumps(each)}`" for each in kind["enum"])
    match kind.get("type"):
        case "array":
            return f"list of {_type_text(kind.get('items') or {})}"
        case "object":
            return f"object of {_type_text(kind.get('additionalProperties') or {})}"
        case None:
            return "anything"
        case name:
            return str(name)


def write_reference(app: Sphinx) -> None:
    """Write the generated pages into the source folder; unchanged files are left alone."""
    folder = Path(app.srcdir, "reference")
    folder.mkdir(exist_ok=True)
    schema = json.dumps(result_schema(), indent=2, ensure_ascii=False) + "\n"
    for name, text in {
        "command-line.md": command_line_page(),
        "result.md": result_page(),
        "result.schema.json": schema,
    }.items():
        path = folder / name
        if not path.exists() or path.read_text(encoding="utf-8") != text:
            path.write_text(text, encoding="utf-8")


ACCESSIBLE = {
    '<p class="caption" role="heading">': '<p class="caption" role="heading" aria-level="2">',
    '<aside class="sidebar-drawer">': '<aside class="sidebar-drawer" aria-label="All pages">',
    '<aside class="toc-drawer': '<aside aria-label="On this page" class="toc-drawer',
    '<div class="table-wrapper ': '<div tabindex="0" class="table-wrapper ',
    "<pre>": '<pre tabindex="0">',
}
"""Fixes for what axe-core reports in pages of furo and Sphinx: levels of headings, names of
landmarks, and keyboard access to parts that scroll sideways."""


def finish(app: Sphinx, error: Exception | None) -> None:
    """Make the pages acceptable to axe-core; write each as Markdown, too, and ``llms.txt``."""
    if error is not None or app.builder.format != "html":
        return
    out = Path(app.outdir)
    for path in out.rglob("*.html"):
        text = path.read_text(encoding="utf-8")
        for old, new in ACCESSIBLE.items():
            text = text.replace(old, new)
        path.write_text(text, encoding="utf-8")
    for page in sorted(app.env.found_docs):
        (out / page).parent.mkdir(parents=True, exist_ok=True)
        shutil.copyfile(app.env.doc2path(page), out / f"{page}.md")
    (out / "llms.txt").write_text("\n".join(_index_lines(app)) + "\n", encoding="utf-8")


def _index_lines(app: Sphinx) -> Iterator[str]:
    yield from ("# unknot", "", f"> {SUMMARY}", "")
    for page in _in_order(app, app.config.root_doc):
        yield f"- [{app.env.titles[page].astext()}]({page}.md)"


def _in_order(app: Sphinx, page: str) -> Iterator[str]:
    yield page
    for child in app.env.toctree_includes.get(page, ()):
        yield from _in_order(app, child)


def setup(app: Sphinx) -> dict[str, Any]:
    """Called by Sphinx."""
    app.connect("builder-inited", write_reference)
    app.connect("build-finished", finish)
    return {"parallel_read_safe": True, "parallel_write_safe": True}
