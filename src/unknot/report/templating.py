"""jinja2, as all templates need it."""

from __future__ import annotations

from typing import Any

from unknot.errors import UsageError


def template_environment() -> Any:
    """An environment that escapes. Raises :class:`~unknot.errors.UsageError` without jinja2."""
    try:
        import jinja2
    except ModuleNotFoundError as error:
        raise UsageError("the page needs jinja2: python -m pip install 'unknot[report]'") from error
    return jinja2.Environment(
        loader=jinja2.PackageLoader("unknot.report", "templates"),
        autoescape=True,
        undefined=jinja2.StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
