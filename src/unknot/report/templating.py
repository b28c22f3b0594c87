"""jinja2, as all templates need it."""

from __future__ import annotations

import re
from typing import Any

from unknot.errors import UsageError


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
