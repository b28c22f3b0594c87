"""A dump as a file: what is read is what was written, and what is damaged is refused."""

from __future__ import annotations

import random
import struct
import zlib
from pathlib import Path

import msgspec
import numpy as np
import pytest
from click.testing import CliRunner

from unknot.attach.dump import Dump
from unknot.attach.dump_file import InvalidDump, decode_dump, encode_dump, read_dump
from unknot.attach.explain import explain
from unknot.attach.magic import MAGIC
from unknot.cli.attach import command as attach_command
from unknot.cli.compare import command as compare_command
from unknot.cli.explain import command as explain_command
from unknot.cli.report import command as report_command
from unknot.heap.survey import Survey
from unknot.records.look import Facts
from unknot.records.look_file import read_look

FACTS = Facts(
    python="3.13.0",
    collector="generational",
    enabled=True,
    thresholds=[700, 10, 10],
    passes=[3, 2, 1],
)
DAMAGES = 500


def made(more: int = 0) -> Dump:
    """Two objects in a cycle, that nothing holds; a module that holds a list of two strings.

    And of so many ``more``, of 100 bytes each.
    """
    fence, types = 7, {"1": "app.Node", "2": "builtins.module", "3": "builtins.list"}
    types["4"] = "builtins.str"
    others = [112 + 16 * number for number in range(more)]
    ids = [16, 32, 48, 64, 80, 96, *others]
    referents = [32, fence, 16, fence, 64, fence, 80, 96, *others, *[fence] * (3 + more)]
    columns = [
        np.array(ids, np.uint64),
        np.array([1, 1, 2, 3, *[4] * (2 + more)], np.uint64),
        np.array([1] * (6 + more), np.int64),
        np.array(referents, np.uint64),
        np.array([6 + more], np.uint64),
        np.array([40, 40, 56, 72, 5_000, 9_000, *[100] * more], np.uint64),
        *[np.array([], np.uint64)] * 2,
    ]
    message = {"tracked": 4, "overhead": 0, "fence": fence, "integer": 32, "names": types}
    message.update(mappings=[], headers={"1": 16, "2": 16, "3": 16, "4": 0})
    return Dump(FACTS, Survey.from_raw(message, [column.tobytes() for column in columns]))


def test_what_is_read_says_the_same_as_what_was_written() -> None:
    dump = made()
    read = decode_dump(encode_dump(dump))
    assert explain(read) == explain(dump)
    assert encode_dump(read) == encode_dump(dump)


def test_the_cycle_and_the_suspect_of_a_made_heap() -> None:
    look = explain(made())
    assert look.garbage == 2
    assert [(cycle.per_op, cycle.objects_per_op) for cycle in look.cycles] == [(1, 2)]
    assert [(one.type, one.bytes) for one in look.suspects] == [
        ("builtins.str", 9_000),
        ("builtins.str", 5_000),
    ]


def test_no_random_damage_is_read(tmp_path: Path) -> None:
    whole = encode_dump(made())
    chance = random.Random(19)
    for _ in range(DAMAGES):
        damaged = bytearray(whole)
        kind = chance.randrange(4)
        if kind == 0:
            del damaged[chance.randrange(len(whole)) :]
        elif kind == 1:
            damaged[chance.randrange(len(whole))] ^= 1 << chance.randrange(8)
        elif kind == 2:
            begin = chance.randrange(len(whole))
            damaged[begin : begin + chance.randrange(1, 64)] = chance.randbytes(
                chance.randrange(1, 64)
            )
        else:
            damaged += chance.randbytes(chance.randrange(1, 64))
        if bytes(damaged) == whole:
            continue
        with pytest.raises(InvalidDump) as caught:
            decode_dump(bytes(damaged), "x.dump")
        assert len(str(caught.value).splitlines()) == 1


HOSTILE = {
    "a reference to no object": {"targets": np.array([9, 9, 9, 9, 9], "<i4")},
    "a reference before the first": {"targets": np.array([-1, 0, 0, 0, 0], "<i4")},
    "an object without a type": {"types": np.array([0, 0, 0, 0, 0, 99], "<i4")},
    "too few sizes": {"sizes": np.array([1], "<i8")},
    "a negative size": {"sizes": np.array([1, 1, 1, 1, 1, -1], "<i8")},
    "sizes that overflow": {"sizes": np.full(6, 2**62, "<i8")},
    "degrees of more references": {"degrees": np.full(6, 9, "<u4")},
    "degrees that overflow": {"degrees": np.array([2**32 - 1, 6, 0, 0, 0, 0], "<u4")},
    "one identity twice": {"ids": np.array([16, 0, 0, 0, 0, 0], "<u8")},
    "a trait without a text": {
        name: np.array([16], "<u8") for name in ("trait_sources", "trait_targets", "trait_numbers")
    },
}


@pytest.mark.parametrize("parts", HOSTILE.values(), ids=HOSTILE)
def test_a_file_with_right_checksums_and_wrong_numbers_is_refused(
    parts: dict[str, np.ndarray[tuple[int], np.dtype[np.int64]]],
) -> None:
    with pytest.raises(InvalidDump):
        decode_dump(forged({name: part.tobytes() for name, part in parts.items()}))


def test_what_inflates_beyond_its_size_is_not_inflated() -> None:
    bomb = forged({"names": b'{"labels":[],"texts":[]}' + b" " * 10_000_000}, claimed=24)
    with pytest.raises(InvalidDump, match="another size"):
        decode_dump(bomb)


def test_names_that_are_no_names_are_refused() -> None:
    for text in (b"[]", b'{"labels":[{"id":1}],"texts":[]}', b'{"labels":[],"texts":[["a"]]}'):
        with pytest.raises(InvalidDump):
            decode_dump(forged({"names": text}))


def test_another_schema_is_said() -> None:
    with pytest.raises(InvalidDump, match="schema 99, but this unknot reads schema 1"):
        decode_dump(forged({}, schema=99))


def forged(parts: dict[str, bytes], *, claimed: int | None = None, schema: int = 1) -> bytes:
    """The made dump with other parts, and with checksums that are right."""
    whole = encode_dump(made())
    begin = len(MAGIC) + 8
    length, _ = struct.unpack("<II", whole[len(MAGIC) : begin])
    head = msgspec.json.decode(whole[begin : begin + length])
    head["schema"] = schema
    rest, packed = whole[begin + length :], b""
    for part in head["parts"]:
        dense, rest = rest[: part["packed"]], rest[part["packed"] :]
        if part["name"] in parts:
            plain = parts[part["name"]]
            dense = zlib.compress(plain)
            part["size"] = len(plain) if claimed is None else claimed
            part["packed"], part["checksum"] = len(dense), zlib.crc32(dense)
        packed += dense
    text = msgspec.json.encode(head)
    return MAGIC + struct.pack("<II", len(text), zlib.crc32(text)) + text + packed


def test_explain_shows_a_dump(tmp_path: Path) -> None:
    path = tmp_path / "x.dump"
    path.write_bytes(encode_dump(made()))
    assert len(read_dump(path)) == 6

    done = CliRunner().invoke(explain_command, [str(path)])

    assert done.exit_code == 0, done.output
    assert "1 cycle · 2 objects, 112 bytes wait for the collector" in done.output
    assert "suspect: str retains 9.00 KB" in done.output


def test_a_file_that_is_none_is_refused_in_one_line(tmp_path: Path) -> None:
    for name, content in (("a", b""), ("b", b"{}"), ("c", MAGIC)):
        (tmp_path / name).write_bytes(content)
        done = CliRunner().invoke(explain_command, [str(tmp_path / name)])
        assert isinstance(done.exception, InvalidDump)
        assert done.exception.exit_code == 2


@pytest.mark.parametrize("text", ["0s", "x", "5d", "-3"])
def test_a_time_that_is_none_is_refused(text: str) -> None:
    done = CliRunner().invoke(attach_command, ["1", "--for", text])
    assert done.exit_code == 2


def test_compare_of_two_dumps_tells_what_grew_and_fails(tmp_path: Path) -> None:
    for name, more in (("old", 0), ("new", 30)):
        (tmp_path / name).write_bytes(encode_dump(made(more)))

    worse = CliRunner().invoke(compare_command, [str(tmp_path / "old"), str(tmp_path / "new")])
    same = CliRunner().invoke(compare_command, [str(tmp_path / "old"), str(tmp_path / "old")])

    assert worse.exit_code == 1, worse.output
    assert "grown: 3.00 KB in 30 objects str" in worse.output
    assert (same.exit_code, "grown" in same.output) == (0, False)


def test_a_report_of_a_dump_and_of_a_comparison_has_its_dominators(tmp_path: Path) -> None:
    old, new, kept = (str(tmp_path / name) for name in ("old", "new", "kept.json"))
    Path(old).write_bytes(encode_dump(made()))
    Path(new).write_bytes(encode_dump(made(30)))
    compared = CliRunner().invoke(compare_command, [old, new, "-o", kept])
    assert compared.exit_code == 1, compared.output

    pages = []
    for number, arguments in enumerate(([new], [new, "--baseline", old], [kept])):
        folder = tmp_path / str(number)
        done = CliRunner().invoke(report_command, [*arguments, "-o", str(folder)])
        assert done.exit_code == 0, done.output
        pages.append((folder / "index.html").read_text("utf-8"))
        assert read_look(folder / "result.json").look.suspects == explain(made(30)).suspects

    assert all('id="tree-dominators"' in page for page in pages)
    assert ["Grown: 3.00 KB in 30 objects str" in page for page in pages] == [False, True, True]
    assert pages[1] == pages[2]


def test_the_dominators_of_a_made_heap() -> None:
    (module, *others) = explain(made()).dominators
    assert (module.title, module.objects, module.bytes) == ("builtins.module", 1, 14_160)
    (items,) = module.below
    assert (items.title, items.bytes) == ("builtins.list", 14_088)
    assert [(one.title, one.label, one.bytes) for one in items.below] == [
        ("builtins.str", "[…]", 9_000),
        ("builtins.str", "[…]", 5_000),
    ]
    assert others == []
