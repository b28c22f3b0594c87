"""HTML by jinja2: what all templates need, and the piece that a notebook shows below a cell."""

from __future__ import annotations

import html
import re
from collections.abc import Sequence
from functools import cache
from typing import Any

from unknot.errors import UsageError
from unknot.report.document import Line, Trace


def template_environment() -> Any:
    """An environment that escapes. Raises :class:`~unknot.errors.UsageError` without jinja2."""
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
    """Names between backticks, as messages have them, in a ``code`` element each."""
    from markupsafe import Markup, escape  # jinja2's own

    parts = re.split(r"`([^`]+)`", text)
    return Markup().join(
        Markup("<code>{}</code>").format(part) if number % 2 else escape(part)
        for number, part in enumerate(parts)
    )


_MOST_DRAWN = 6
"""Findings that are drawn; the text has more."""


def as_html(lines: Sequence[Line], traces: Sequence[Trace], text: str) -> str:
    """One ``div`` in the notebook's own colours, with all of ``text`` folded away.

    Without jinja2, which is in ``unknot[report]``, it is ``text`` alone.
    """
    drawn = traces[:_MOST_DRAWN]
    try:
        template = _notebook()
    except UsageError:
        return f"<pre>{html.escape(text)}</pre>"
    return str(template.render(lines=lines, traces=drawn, more=len(traces) - len(drawn), text=text))


@cache
def _notebook() -> Any:
    """Loaded once: each of jinja2's environments that is dropped is a reference cycle."""
    return template_environment().get_template("notebook.html.j2")
