"""The jinja2 environment of all templates, and the HTML that a notebook shows below a cell."""

from __future__ import annotations

import html
import re
from collections.abc import Sequence
from functools import cache
from typing import Any

from unknot.errors import UsageError
from unknot.report.document import Line, Trace


def template_environment() -> Any:
    """An autoescaping environment. Raises :class:`~unknot.errors.UsageError` without jinja2."""
    try:
        import jinja2
    except ModuleNotFoundError as error:
        raise UsageError("the page needs jinja2: python -m pip install 'unknot[report]'") from error
    environment = jinja2.Environment(
        loader=jinja2.PackageLoader("unknot.report", "templates"),
        autoescape=True,
        undefined=jinja2.StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.filters["coded"] = _coded
    return environment


def _coded(text: str) -> Any:
    """Turns text between backticks into ``code`` elements."""
    from markupsafe import Markup, escape  # jinja2's own

    parts = re.split(r"`([^`]+)`", text)
    return Markup().join(
        Markup("<code>{}</code>").format(part) if number % 2 else escape(part)
        for number, part in enumerate(parts)
    )


_MOST_DRAWN = 6
"""Maximum number of findings that are drawn."""


def as_html(lines: Sequence[Line], traces: Sequence[Trace], text: str) -> str:
    """A ``div`` in the notebook's colours, with ``text`` folded away.

    Without jinja2, which ``unknot[report]`` installs, ``text`` alone.
    """
    drawn = traces[:_MOST_DRAWN]
    try:
        template = _notebook()
    except UsageError:
        return f"<pre>{html.escape(text)}</pre>"
    return str(template.render(lines=lines, traces=drawn, more=len(traces) - len(drawn), text=text))


@cache
def _notebook() -> Any:
    """Cached, because a jinja2 environment that is dropped is a reference cycle."""
    return template_environment().get_template("notebook.html.j2")
