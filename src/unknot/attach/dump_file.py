"""A dump as a file, which is read strictly: no pickle, and everything is checked.

The file begins with ``MAGIC``. Then follow the size of a head, its checksum, and the head, which is
JSON: facts about the process, the names of types, and for each part its name, its plain and
compressed size, and its checksum. Then follow the parts, compressed with zlib: one array each, and
the names of objects as JSON. Integers are little-endian; identities and targets are stored as
differences, which compress better.

A dump contains the names of types, code, attributes, variables and files of code, and sizes. It
contains no values, and no strings of the program except, if requested, keys of dicts.
"""

from __future__ import annotations

import struct
import zlib
from pathlib import Path
from typing import Any

import msgspec
import numpy as np
import numpy.typing as npt

from unknot.attach.dump import Dump
from unknot.attach.magic import MAGIC
from unknot.errors import UnknotError
from unknot.heap.snapshot import Places
from unknot.heap.survey import Survey
from unknot.heap.traits import Trait, Traits
from unknot.measuring.heap_duties import Labelled
from unknot.records.file import read_file
from unknot.records.look import Facts

__all__ = ["SCHEMA", "InvalidDump", "decode_dump", "encode_dump", "read_dump"]

SCHEMA = 1
LEVEL = 1
LARGEST = 8 << 30
"""Maximum bytes of a file, and of its contents."""
MOST_OBJECTS = 1 << 30

_HEAD = struct.Struct("<II")
"""Size and checksum of the head."""

ARRAYS = {
    "ids": "<u8",
    "types": "<i4",
    "sizes": "<i8",
    "counts": "<i8",
    "degrees": "<u4",
    "targets": "<i4",
    "trait_sources": "<u8",
    "trait_targets": "<u8",
    "trait_numbers": "<u8",
}
DIFFERENCES = {"ids", "targets"}


class InvalidDump(UnknotError):
    """A file that is not a dump this version can read."""


class Part(msgspec.Struct, frozen=True):
    """One compressed part of the file."""

    name: str
    size: int
    """Bytes as it is."""
    packed: int
    """Bytes in the file."""
    checksum: int
    """CRC-32 of those."""


class Head(msgspec.Struct, frozen=True, kw_only=True):
    """What is in the file."""

    schema: int
    facts: Facts
    type_names: list[str]
    tracked: int
    parts: list[Part]


class _Schema(msgspec.Struct):
    """Enough of a head to know whether the rest can be read."""

    schema: int


class Names(msgspec.Struct, frozen=True):
    """All names of objects, and the texts of their traits."""

    labels: list[Labelled]
    texts: list[Trait]


def encode_dump(dump: Dump) -> bytes:
    """The bytes of the file."""
    arrays: dict[str, npt.NDArray[Any]] = {
        "ids": dump.survey.ids,
        "types": dump.survey.types,
        "sizes": dump.survey.sizes,
        "counts": dump.survey.counts,
        "degrees": dump.survey.degrees,
        "targets": dump.survey.targets,
        "trait_sources": dump.survey.ids[dump.named.sources],
        "trait_targets": dump.survey.ids[dump.named.targets],
        "trait_numbers": dump.named.numbers,
    }
    parts: list[Part] = []
    packed: list[bytes] = []
    for name, dtype in ARRAYS.items():
        values = arrays[name].astype(dtype)
        _append(parts, packed, name, _apart(values) if name in DIFFERENCES else values.tobytes())
    names = {"labels": dump.labels, "texts": dump.named.found}
    _append(parts, packed, "names", msgspec.json.encode(names))
    head = msgspec.json.encode(
        Head(
            schema=SCHEMA,
            facts=dump.facts,
            type_names=list(dump.survey.type_names),
            tracked=dump.survey.tracked,
            parts=parts,
        )
    )
    return b"".join([MAGIC, _HEAD.pack(len(head), zlib.crc32(head)), head, *packed])


def _append(parts: list[Part], packed: list[bytes], name: str, plain: bytes) -> None:
    dense = zlib.compress(plain, LEVEL)
    parts.append(Part(name, len(plain), len(dense), zlib.crc32(dense)))
    packed.append(dense)


def _apart(values: npt.NDArray[Any]) -> bytes:
    return np.diff(values, prepend=values.dtype.type(0)).tobytes()


def read_dump(path: Path) -> Dump:
    """The dump in the file at ``path``. Raises :class:`InvalidDump`."""
    try:
        document = read_file(path, LARGEST)
    except OSError as error:
        raise InvalidDump(f"{path}: cannot be read: {error.strerror}") from error
    return decode_dump(document, str(path))


def decode_dump(document: bytes, source: str = "dump") -> Dump:
    """The dump that ``document`` holds; ``source`` names it in errors.

    Raises :class:`InvalidDump` if anything is inconsistent.
    """
    try:
        return _decode(document)
    except _Unfit as error:
        raise InvalidDump(f"{source}: {error}") from None
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
        raise InvalidDump(f"{source}: not an unknot dump: {error}") from None


class _Unfit(Exception):
    """Why a document is refused."""


def _need(holds: bool, otherwise: str) -> None:
    if not holds:
        raise _Unfit(otherwise)


def _decode(document: bytes) -> Dump:
    _need(document[: len(MAGIC)] == MAGIC, "not an unknot dump")
    begin = len(MAGIC) + _HEAD.size
    _need(len(document) >= begin, "ends in the middle")
    length, checksum = _HEAD.unpack(document[len(MAGIC) : begin])
    _need(len(document) >= begin + length, "ends in the middle")
    text = document[begin : begin + length]
    _need(zlib.crc32(text) == checksum, "damaged: its head has another checksum")
    schema = msgspec.json.decode(text, type=_Schema).schema
    _need(
        schema == SCHEMA,
        f"schema {schema}, but this unknot reads schema {SCHEMA}; "
        "read it with the unknot that wrote it, or dump again",
    )
    head = msgspec.json.decode(text, type=Head)
    parts = _unpack(memoryview(document)[begin + length :], head.parts)
    names = msgspec.json.decode(parts.pop("names"), type=Names)
    arrays = {name: _array(name, plain) for name, plain in parts.items()}
    _check(head, arrays, names)
    return Dump(
        facts=head.facts,
        survey=Survey(
            type_names=tuple(head.type_names),
            tracked=head.tracked,
            ids=arrays["ids"],
            types=arrays["types"],
            sizes=arrays["sizes"],
            counts=arrays["counts"],
            degrees=arrays["degrees"],
            targets=arrays["targets"],
        ),
        named=_traits(arrays, names, head.tracked),
        labels=names.labels,
    )


def _traits(arrays: dict[str, npt.NDArray[Any]], names: Names, tracked: int) -> Traits:
    """Those of tracked objects: only these are in a cycle."""
    places = Places(arrays["ids"][:tracked])
    sources, targets = (places.find(arrays[f"trait_{each}"]) for each in ("sources", "targets"))
    inside = (sources >= 0) & (targets >= 0)
    return Traits(
        found=tuple(names.texts),
        sources=sources[inside],
        targets=targets[inside],
        numbers=arrays["trait_numbers"][inside].astype(np.int32),
    )


def _unpack(rest: memoryview, parts: list[Part]) -> dict[str, bytes]:
    """The parts as they were, each of the size that the head says."""
    _need([part.name for part in parts] == [*ARRAYS, "names"], "has other parts than a dump has")
    _need(all(part.size >= 0 and part.packed >= 0 for part in parts), "has parts of negative size")
    _need(sum(part.size for part in parts) <= LARGEST, "has more in it than is read")
    _need(sum(part.packed for part in parts) == len(rest), "ends too early or too late")
    found = {}
    for part in parts:
        packed, rest = rest[: part.packed], rest[part.packed :]
        _need(zlib.crc32(packed) == part.checksum, f"damaged: {part.name} has another checksum")
        inflating = zlib.decompressobj()
        try:
            plain = inflating.decompress(packed, part.size + 1)
        except zlib.error:
            raise _Unfit(f"damaged: {part.name} cannot be decompressed") from None
        _need(len(plain) == part.size, f"damaged: {part.name} has another size")
        found[part.name] = plain
    return found


def _array(name: str, plain: bytes) -> npt.NDArray[Any]:
    dtype = np.dtype(ARRAYS[name])
    _need(len(plain) % dtype.itemsize == 0, f"damaged: {name} has another size")
    values: npt.NDArray[Any] = np.frombuffer(plain, dtype=dtype)
    return np.cumsum(values, dtype=dtype) if name in DIFFERENCES else values


def _check(head: Head, arrays: dict[str, npt.NDArray[Any]], names: Names) -> None:
    """Check that the arrays are consistent, so that readers need not."""
    size = len(arrays["ids"])
    _need(size < MOST_OBJECTS, "has more objects than are read")
    same = all(len(arrays[each]) == size for each in ("types", "sizes", "counts", "degrees"))
    _need(same and 0 <= head.tracked <= size, "has arrays that do not fit together")
    _need(_within(arrays["types"], len(head.type_names)), "has an object without a type")
    _need(_within(arrays["targets"], size), "has a reference to no object")
    _need(int(arrays["degrees"].sum()) == len(arrays["targets"]), "has references of no object")
    _need(int(arrays["sizes"].min(initial=0)) >= 0, "has an object of negative size")
    _need(float(arrays["sizes"].sum(dtype=np.float64)) < 2.0**62, "has more bytes than there are")
    ids = np.sort(arrays["ids"])
    _need(bool((ids[1:] != ids[:-1]).all()), "has two objects in one place")
    number = {len(arrays[f"trait_{each}"]) for each in ("sources", "targets", "numbers")}
    _need(len(number) == 1, "has traits that do not fit together")
    _need(_within(arrays["trait_numbers"], len(names.texts)), "has a trait without a text")
    _need("." in head.facts.python, "does not say of which Python it is")
    _need(all(part.isdigit() for part in head.facts.python.split(".")[:2]), "has no version")
    _need(all("." in name for name in head.type_names), "has a type without a module")


def _within(values: npt.NDArray[Any], end: int) -> bool:
    return not len(values) or (int(values.min()) >= 0 and int(values.max()) < end)
