"""A look at a process as JSON, alone or beside an earlier one; written, and strictly read."""

from __future__ import annotations

from pathlib import Path
from typing import Literal

import msgspec

from unknot.errors import InvalidResult
from unknot.records.document import LARGEST
from unknot.records.file import read_file
from unknot.records.look import Look
from unknot.text import masked

__all__ = ["SCHEMA", "LookFile", "encode_look", "is_look", "read_look"]

SCHEMA = 1
BEGIN = b'{\n "kind": "look"'


class LookFile(msgspec.Struct, frozen=True, kw_only=True):
    """A look, and what it is compared with."""

    kind: Literal["look"] = "look"
    schema: int = SCHEMA
    unknot: str
    """The version that wrote it."""
    title: str
    look: Look
    """With what has grown since ``before``, where there is one."""
    before: Look | None = None


class _Head(msgspec.Struct):
    """Enough of a document to know whether the rest can be read."""

    schema: int


def encode_look(file: LookFile) -> bytes:
    """Indented JSON, without credentials."""
    document = msgspec.json.Encoder(order=None).encode(file)
    return masked(msgspec.json.format(document, indent=1).decode()).encode() + b"\n"


def is_look(path: Path) -> bool:
    """Whether the file begins as a look does."""
    try:
        if not path.is_file():
            return False
        with path.open("rb") as stream:
            return stream.read(len(BEGIN)) == BEGIN
    except (OSError, ValueError):
        return False


def read_look(path: Path) -> LookFile:
    """The look in the file at ``path``. Raises :class:`~unknot.errors.InvalidResult`."""
    try:
        document = read_file(path, LARGEST)
        head = msgspec.json.decode(document, type=_Head)
        if head.schema != SCHEMA:
            raise InvalidResult(
                f"{path}: schema {head.schema}, but this unknot reads schema {SCHEMA}; "
                "read it with the unknot that wrote it, or look again"
            )
        return msgspec.json.decode(document, type=LookFile)
    except OSError as error:
        raise InvalidResult(f"{path}: cannot be read: {error.strerror}") from error
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
        raise InvalidResult(f"{path}: not a look that unknot wrote: {error}") from error
