"""A verdict and what to cut as a piece of HTML: what a notebook shows below a cell."""

from __future__ import annotations

from collections.abc import Sequence
from functools import cache
from typing import Any

from unknot.errors import UsageError
from unknot.report.document import Line, Trace
from unknot.report.templating import template_environment

_MOST = 6
"""Findings that are drawn; the text has more."""


def as_html(lines: Sequence[Line], traces: Sequence[Trace], text: str) -> str:
    """One ``div`` in the notebook's own colours, with all of ``text`` folded away.

    Without jinja2, which is in ``unknot[report]``, it is ``text`` alone.
    """
    drawn = traces[:_MOST]
    try:
        template = _template()
    except UsageError:
        from html import escape

        return f"<pre>{escape(text)}</pre>"
    return str(template.render(lines=lines, traces=drawn, more=len(traces) - len(drawn), text=text))


@cache
def _template() -> Any:
    """Loaded once: each of jinja2's environments that is dropped is a reference cycle."""
    return template_environment().get_template("notebook.html.j2")
