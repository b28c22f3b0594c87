"""Options from a project's ``pyproject.toml``: ``[tool.unknot.run]`` for ``unknot run``, and so on.

A key is an option's long name without its dashes. What the command line says goes first; where a
flag excludes another (``fast``, ``rigorous``), the last one that is true holds.
"""

from __future__ import annotations

import tomllib
from pathlib import Path
from typing import Any

import click

from unknot.errors import UsageError

__all__ = ["default_map"]

PROJECT = Path("pyproject.toml")
LARGEST = 1 << 20
"""Bytes of a ``pyproject.toml`` that are read."""


def default_map(command: click.Command, verb: str) -> dict[str, Any]:
    """The project's values for options of ``command``, by parameter; none without a project.

    Raises :class:`~unknot.errors.UsageError` for an option that there is not, or a value of another
    type. A file that cannot be read as TOML is left to ``unknot check``, which says why.
    """
    given = _table(verb)
    options = {
        text.lstrip("-"): option
        for option in command.params
        if isinstance(option, click.Option) and not option.is_eager
        for text in option.opts
        if text.startswith("--")
    }
    values: dict[str, Any] = {}
    for key, value in given.items():
        option = options.get(key)
        if option is None:
            known = ", ".join(sorted(options))
            raise UsageError(
                f"{PROJECT}: [tool.unknot.{verb}]: there is no option {key!r}; known are {known}"
            )
        if _fits(option, value):
            if not option.is_flag or option.is_bool_flag:
                values[option.name or ""] = value
            elif value:
                values[option.name or ""] = option.flag_value
            continue
        kind = "true or false" if option.is_flag else "a list" if option.multiple else "one value"
        raise UsageError(f"{PROJECT}: [tool.unknot.{verb}]: {key} takes {kind}, got {value!r}")
    return values


def _fits(option: click.Option, value: Any) -> bool:
    if option.is_flag:
        return isinstance(value, bool)
    if option.multiple:
        return isinstance(value, list) and all(isinstance(one, str) for one in value)
    return isinstance(value, str | int | float) and not isinstance(value, bool)


def _table(verb: str) -> dict[str, Any]:
    """``[tool.unknot.VERB]`` of the project that is here."""
    try:
        if PROJECT.stat().st_size > LARGEST:
            return {}
        settings: Any = tomllib.loads(PROJECT.read_text("utf-8"))
        for part in ("tool", "unknot", verb):
            settings = settings.get(part, {})
    except (OSError, ValueError, RecursionError, AttributeError):
        return {}
    return settings if isinstance(settings, dict) else {}
