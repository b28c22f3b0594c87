"""Writes a result as JSON and reads it strictly."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import msgspec

from unknot.errors import InvalidResult
from unknot.records.file import read_file
from unknot.records.result import Result
from unknot.text import clip, masked

__all__ = ["LARGEST", "SCHEMA", "decode_result", "encode_result", "read_result"]

SCHEMA = 1

LONGEST = 100_000
"""Maximum length of one text in a result, in characters."""

HEAVY = 8 << 20
"""Size in bytes up to which a result is checked for long texts as a whole."""

LARGEST = 256 * 1024 * 1024
"""Maximum size of a result in bytes; a typical one has a few hundred thousand."""


class _Head(msgspec.Struct):
    """The part of a document that says whether the rest can be read."""

    schema: int


_encoder = msgspec.json.Encoder(order=None)
_decoder = msgspec.json.Decoder(Result)
_head_decoder = msgspec.json.Decoder(_Head)


def encode_result(result: Result) -> bytes:
    """The result as indented JSON, without credentials and with long texts clipped."""
    try:
        document = _encoder.encode(result)
        plain = len(document) <= HEAVY and max(map(len, document.split(b'"'))) <= LONGEST
    except UnicodeEncodeError:  # a file name that is not UTF-8
        document, plain = b"", False
    if not plain:
        document = _encoder.encode(_clipped(msgspec.to_builtins(result)))
    return masked(msgspec.json.format(document, indent=1).decode()).encode() + b"\n"


def _clipped(value: Any) -> Any:
    """The values of a result, with texts made encodable and clipped to ``LONGEST``."""
    if isinstance(value, str):
        return clip(value.encode("utf-8", "backslashreplace").decode(), LONGEST)
    if isinstance(value, dict):
        return {_clipped(name): _clipped(one) for name, one in value.items()}
    if isinstance(value, list | tuple):
        return [_clipped(one) for one in value]
    return value


def decode_result(document: bytes, source: str = "result") -> Result:
    """The result in ``document``, which errors call ``source``.

    Raises :class:`~unknot.errors.InvalidResult`.
    """
    try:
        head = _head_decoder.decode(document)
        if head.schema != SCHEMA:
            raise InvalidResult(
                f"{source}: schema {head.schema}, but this unknot reads schema {SCHEMA}; "
                "read it with the unknot that wrote it, or measure again"
            )
        # A number such as 1e999 is read as infinity, written as null, and then rejected.
        return _decoder.decode(_encoder.encode(_decoder.decode(document)))
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
        raise InvalidResult(f"{source}: not an unknot result: {error}") from error


def read_result(path: Path) -> Result:
    """The result in the file at ``path``. Raises :class:`~unknot.errors.InvalidResult`."""
    if path.suffix == ".py":
        raise InvalidResult(
            f"{path}: a program and no result; to measure it: unknot run {path} -o result.json"
        )
    try:
        document = read_file(path, LARGEST)
    except OSError as error:
        raise InvalidResult(f"{path}: cannot be read: {error.strerror}") from error
    return decode_result(document, str(path))
