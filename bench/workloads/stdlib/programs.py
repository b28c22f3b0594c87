"""What programs are built of: arguments, contexts, logs, classes, functions, their inspection."""

from __future__ import annotations

import argparse
import ast
import collections
import contextlib
import dataclasses
import decimal
import enum
import functools
import importlib
import inspect
import io
import logging
import re
import string
import traceback
import types
import typing
import unittest
from collections.abc import AsyncIterator, Iterator
from contextlib import suppress
from unittest import mock

_log = logging.getLogger(__name__)
_log.propagate = False


def _divide() -> float:
    return 1 / 0


async def _fail() -> None:
    raise ValueError("nothing to do")


@contextlib.contextmanager
def _handled() -> Iterator[None]:
    with suppress(ValueError):
        yield


@contextlib.asynccontextmanager
async def _handled_async() -> AsyncIterator[None]:
    with suppress(ValueError):
        yield


class _Case(unittest.TestCase):
    def fails(self) -> None:
        self.fail()


# Arguments and contexts


def arguments() -> None:
    """An ``ArgumentParser`` of its own for each call."""
    parser = argparse.ArgumentParser()
    parser.add_argument("-x", type=int)
    parser.parse_args(["-x", "1"])


def arguments_wrong() -> None:
    """The same, with arguments that it refuses."""
    parser = argparse.ArgumentParser(exit_on_error=False)
    parser.add_argument("-x", type=int)
    with suppress(argparse.ArgumentError):
        parser.parse_args(["-x", "y"])


def stack() -> None:
    """An ``ExitStack`` with two callbacks."""
    with contextlib.ExitStack() as opened:
        opened.callback(int)
        opened.enter_context(contextlib.nullcontext())


def stack_callback_raises() -> None:
    """An ``ExitStack`` whose callback raises."""
    with suppress(ZeroDivisionError), contextlib.ExitStack() as opened:
        opened.callback(_divide)


async def async_stack_callback_raises() -> None:
    """An ``AsyncExitStack`` whose callback raises."""
    with suppress(ValueError):
        async with contextlib.AsyncExitStack() as opened:
            opened.push_async_callback(_fail)


def context_handles() -> None:
    """A ``@contextmanager`` that handles what its body raises."""
    with _handled():
        raise ValueError("nothing to do")


async def async_context_handles() -> None:
    """An ``@asynccontextmanager`` that handles what its body raises."""
    async with _handled_async():
        raise ValueError("nothing to do")


# Logs and errors


def log_exception() -> None:
    """An exception logged by a handler that is added, removed and closed."""
    handler = logging.StreamHandler(io.StringIO())
    handler.setFormatter(logging.Formatter("{message}", style="{"))
    _log.addHandler(handler)
    try:
        _divide()
    except ZeroDivisionError:
        _log.exception("no")
    _log.removeHandler(handler)
    handler.close()


def format_exception() -> None:
    """A ``TracebackException`` with a cause and a context."""
    try:
        try:
            _divide()
        except ZeroDivisionError as error:
            raise ValueError("nothing to do") from error
    except ValueError as error:
        "".join(traceback.TracebackException.from_exception(error).format())


def failing_test() -> None:
    """A test of ``unittest`` that fails."""
    _Case("fails").run(unittest.TestResult())


# Classes


def class_of_enum() -> None:
    """An enum by the functional API."""
    enum.Enum("Colour", "RED GREEN", module=__name__)


def class_of_named_tuple() -> None:
    """A ``namedtuple``, and a ``typing.NamedTuple``."""
    collections.namedtuple("Point", "x y")
    typing.NamedTuple("Point", [("x", int)])


def class_of_data() -> None:
    """A class by ``make_dataclass``."""
    dataclasses.make_dataclass("Point", ["x", "y"])


def class_by_types() -> None:
    """A class by ``types.new_class``."""
    types.new_class("Point")


def mock_called() -> None:
    """A ``Mock`` with an attribute, called."""
    double = mock.Mock()
    double.method(1)


def mock_magic() -> None:
    """A ``MagicMock``."""
    mock.MagicMock()


def mock_patch() -> None:
    """``mock.patch`` of a function."""
    with mock.patch("string.capwords", return_value=""):
        string.capwords("")


# Functions and code


def cached() -> None:
    """A function with an ``lru_cache`` of its own."""
    functools.lru_cache(maxsize=9)(abs)(1)


def dispatched() -> None:
    """A function by ``singledispatch``, made for each call."""
    functools.singledispatch(abs)(1)


def compiled() -> None:
    """A regular expression compiled anew."""
    re.purge()
    re.compile(r"(a|b)+?(?P<x>\d{2,3})").match("ab12")


def scanned() -> None:
    """A text split by ``re.Scanner``."""
    re.Scanner([(r"\d+", None), (r"\s+", None)]).scan("1 2")  # type: ignore[attr-defined]


def code_parsed() -> None:
    """Code parsed and visited."""
    ast.NodeVisitor().visit(ast.parse("a = b + 1"))


def code_dumped() -> None:
    """``ast.dump`` of parsed code."""
    ast.dump(ast.parse("a = 1"))


def code_located() -> None:
    """``ast.fix_missing_locations`` of parsed code."""
    ast.fix_missing_locations(ast.parse("a = 1"))


def signature() -> None:
    """``inspect.signature``, and arguments bound to it."""
    inspect.signature(_divide).bind()


def stack_inspected() -> None:
    """``inspect.stack``."""
    inspect.stack(0)


def reloaded() -> None:
    """A small module, loaded again."""
    importlib.reload(importlib.import_module("keyword"))


def decimals() -> None:
    """A decimal context, and a division by zero in it."""
    with decimal.localcontext(), suppress(decimal.DivisionByZero):
        decimal.Decimal(1) / 0
