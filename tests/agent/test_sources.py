"""Code is found in its source, or nothing is said: never a line of another function."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import textwrap
import types
import warnings
from pathlib import Path
from typing import Any

import pytest

from tests.interpreters import VERSIONS, need_interpreter
from unknot.agent.origins import Origins
from unknot.agent.sources import Sources, with_nested

AGENT = Path(__file__).parents[2] / "src" / "unknot" / "agent"

BOX = """
class Box:
    def fill(self, thing):
        count = len(thing)
        self.thing = thing
        return count
"""


def loaded(path: Path, text: str) -> types.CodeType:
    """The code of the first method in a file with that text."""
    path.write_text(text, encoding="utf-8")
    module = compile(text, str(path), "exec", dont_inherit=True)
    methods = [code for code in with_nested(module) if code.co_name not in ("<module>", "Box")]
    return methods[0]


def lines_of(code: types.CodeType) -> list[tuple[str, int]] | None:
    stores = Sources(Origins()).attribute_stores(code)
    return None if stores is None else [(store.name, store.line) for store in stores]


def test_a_function_is_found_in_its_file(tmp_path: Path) -> None:
    code = loaded(tmp_path / "box.py", BOX)
    assert lines_of(code) == [("thing", 5)]
    assert Sources(Origins()).local_stores(code) == [("count", 4)]


@pytest.mark.parametrize(
    "changed",
    [
        "# a new line\n" + BOX,
        BOX.replace("        self.thing", "\n        self.thing"),
        BOX.replace("        count = len(thing)\n", ""),
        BOX.replace("fill", "filling"),
        BOX.replace("self, thing", "self, thing, count"),
        "this is no Python",
        "",
        "\0",
    ],
)
def test_of_a_file_that_has_changed_no_line_is_told(tmp_path: Path, changed: str) -> None:
    code = loaded(tmp_path / "box.py", BOX)
    (tmp_path / "box.py").write_text(changed, encoding="utf-8")
    assert lines_of(code) is None
    assert Sources(Origins()).local_stores(code) == []


def test_a_file_that_is_gone_or_no_file_is_not_read(tmp_path: Path) -> None:
    code = loaded(tmp_path / "box.py", BOX)
    (tmp_path / "box.py").unlink()
    assert lines_of(code) is None
    os.mkfifo(tmp_path / "box.py")
    assert lines_of(code) is None
    assert lines_of(code.replace(co_filename="<string>")) is None
    assert lines_of(code.replace(co_filename=os.devnull)) is None


def test_what_the_compiler_left_out_is_not_told(tmp_path: Path) -> None:
    text = BOX.replace(
        "        self.thing", "        if 0:\n            self.thing = count\n        self.thing"
    )
    assert lines_of(loaded(tmp_path / "box.py", text)) == [("thing", 7)]


def test_of_two_functions_that_fit_neither_is_taken(tmp_path: Path) -> None:
    text = "def function(one, two):\n    return (a for a in one), (a for a in two)\n"
    path = tmp_path / "twice.py"
    path.write_text(text, encoding="utf-8")
    module = compile(text, str(path), "exec", dont_inherit=True)
    generators = [code for code in with_nested(module) if code.co_name == "<genexpr>"]
    sources = Sources(Origins())
    assert [sources.local_stores(code) for code in generators] == [[], []]


def test_a_file_is_read_once(tmp_path: Path) -> None:
    code = loaded(tmp_path / "box.py", BOX)
    sources = Sources(Origins())
    before = sources.attribute_stores(code)
    (tmp_path / "box.py").unlink()
    assert sources.attribute_stores(code) == before


def test_no_warning_of_the_parser_s_reaches_the_program(tmp_path: Path) -> None:
    text = BOX.replace("len(thing)", r"'\d' is thing")
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        code = loaded(tmp_path / "box.py", text)
    with warnings.catch_warnings(record=True, action="always") as shown:
        assert lines_of(code) == [("thing", 5)]
    assert shown == []


PROGRAM = textwrap.dedent(
    """
    import contextvars, importlib, json, os, sys, types, warnings
    package = types.ModuleType("unknot_agent")
    package.__path__ = [sys.argv[1]]
    sys.modules["unknot_agent"] = package
    origins = importlib.import_module("unknot_agent.origins")
    sys.path.insert(0, sys.argv[2])
    before = set(sys.modules)
    sources = importlib.import_module("unknot_agent.sources")
    all_of_them = unknown = 0
    for name in ("asyncio/base_events", "dataclasses", "inspect", "tarfile", "traceback"):
        path = os.path.join(os.path.dirname(os.__file__), name + ".py")
        with open(path, "rb") as file:
            module = compile(file.read(), path, "exec", 0, True)
        read = sources.Sources(origins.Origins())
        for code in sources.with_nested(module):
            if "<" not in code.co_name and code.co_flags & 1:
                all_of_them += 1
                unknown += read.attribute_stores(code) is None
    print(json.dumps([all_of_them, unknown, sorted(set(sys.modules) - before)]))
    """
)


@pytest.mark.once
@pytest.mark.parametrize("version", VERSIONS)
def test_every_interpreter_finds_its_own_functions_and_needs_no_module(
    version: str, tmp_path: Path
) -> None:
    for name in ("ast", "dis", "inspect", "tokenize"):
        (tmp_path / f"{name}.py").write_text("raise SystemExit(1)", encoding="utf-8")
    command = [need_interpreter(version), "-c", PROGRAM, str(AGENT), str(tmp_path)]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    every, unknown, imported = json.loads(done.stdout)
    assert every > 400
    assert unknown == 0
    names = ("assignments", "source_cache", "sources")
    own = {f"unknot_agent.{name}" for name in names}
    assert set(imported) <= own | {"_ast", "_io"}


def test_what_pytest_wrote_into_a_test_does_not_hide_its_lines() -> None:
    box: Any = types.SimpleNamespace()
    code = sys._getframe().f_code
    assert box is not None, (
        "a text that is long enough for the statement to be written on more than one line of a file"
    )
    box.thing = [1]
    assert lines_of(code) == [("thing", code.co_firstlineno + 6)]
