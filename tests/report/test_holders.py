"""What holds a leak is drawn where there is Graphviz, and told where there is none."""

from __future__ import annotations

import base64
import os
import shutil
from pathlib import Path
from xml.etree import ElementTree

import pytest
from msgspec.structs import replace

from tests.report.conftest import HOSTILE
from unknot.records import Holders, Result
from unknot.report.holders import holders_pictures, read_referrers, sentences, write_dot

GRAPHVIZ = pytest.mark.skipif(shutil.which("dot") is None, reason="there is no Graphviz")

DOT = """\
digraph ObjectGraph {
  node[shape=box, style=filled, fillcolor=white];
  o1[fontcolor=red];
  o1[label="app.Entry\\n<app.Entry object at 0x7f89fbeb6150>"];
  o1[fillcolor="0,0,1"];
  o2 -> o1;
  o2[label="builtins.list\\n315 items"];
  o3 -> o2 [label="entries",weight=2];
  o3[label="builtins.dict\\n2 items"];
  o4 -> o3 [label="REGISTRY",weight=2];
  o4[label="builtins.dict\\n11 items"];
  o5 -> o4 [label="__dict__",weight=10];
  o6 -> o4 [label="__globals__",weight=10];
  o7 -> o6;
  o5[label="builtins.module\\napp"];
  o6[label="builtins.function\\n<function op at 0x7f8a012f3060>"];
  o7[label="builtins.list\\n1 items"];
  o5->o5_has_a_del[color=red,style=dotted,len=0.25,weight=10];
  o5_has_a_del[label="__del__",shape=doublecircle,height=0.25,color=red,fillcolor="0,.5,1"];
  too_many_o2->o2[color=red,style=dotted,len=0.25,weight=10];
  too_many_o2[label="7 more backreferences",shape=box,height=0.25,color=red,fillcolor="0,1,0.3"];
  too_many_o2[fontcolor=white];
}
"""


def holders(dot: str, name: str = "app.Entry") -> Holders:
    return Holders(
        workload="w.py", variant=name, shape=None, ending=None, python="3", type=name, dot=dot
    )


def quoted(text: str) -> str:
    """As objgraph writes it."""
    for one, other in (("\\", "\\\\"), ('"', '\\"'), ("\n", "\\n"), ("\0", "\\\\0")):
        text = text.replace(one, other)
    return text


def image(source: str) -> ElementTree.Element:
    return ElementTree.fromstring(
        base64.b64decode(source.removeprefix("data:image/svg+xml;base64,"))
    )


def test_the_graph_says_who_holds_what_by_which_name() -> None:
    referrers = read_referrers(DOT)
    assert referrers is not None
    assert list(sentences(referrers)) == [
        "list, 315 items holds app.Entry",
        "dict, 2 items ['entries'] holds list, 315 items",
        "module app .REGISTRY holds dict, 2 items",
        "7 more backreferences to list, 315 items",
    ]


def test_functions_that_share_a_modules_globals_hold_nothing() -> None:
    referrers = read_referrers(DOT)
    assert referrers is not None
    assert not any("function" in node.text for node in referrers.nodes)


def test_both_halves_of_a_type_have_one_name() -> None:
    referrers = read_referrers(DOT.replace("app.Entry", "_asyncio.Task"))
    assert referrers is not None
    assert referrers.nodes[0].text == "asyncio.Task"


@pytest.mark.parametrize("dot", ["", "no graph", "digraph {}", "  o1[fontcolor=red];\n"])
def test_what_is_no_graph_has_no_picture(result: Result, dot: str) -> None:
    (picture,) = holders_pictures(replace(result, holders=[holders(dot)]))
    assert (picture.source, picture.absent) == ("", "no graph of objects is in the result")


@GRAPHVIZ
def test_the_picture_shows_the_type_the_module_and_the_name(result: Result) -> None:
    (picture,) = holders_pictures(replace(result, holders=[holders(DOT)]))
    assert picture.absent == ""
    words = set(image(picture.source).itertext())
    assert {"app.Entry", "module app", ".REGISTRY", "['entries']"} <= words
    assert "module app .REGISTRY holds dict, 2 items" in picture.alternative


def test_without_graphviz_it_is_said_and_the_words_stay(
    result: Result, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    (picture,) = holders_pictures(replace(result, holders=[holders(DOT)]))
    assert picture.source == ""
    assert "Graphviz" in picture.absent
    assert "module app .REGISTRY holds dict" in picture.alternative


@pytest.mark.parametrize(
    ("script", "says"),
    [
        ("exit 3", "exit status 3"),
        ("exec head -c 2000000 /dev/zero", "too large"),
        (None, "cannot"),
    ],
)
def test_a_graphviz_that_fails_costs_the_picture_alone(
    result: Result, monkeypatch: pytest.MonkeyPatch, tmp_path: Path, script: str, says: str
) -> None:
    program = tmp_path / "dot"
    program.write_text(
        f"#!/bin/sh\ncat > /dev/null\n{script}\n" if script else "#!/nowhere/at/all\n"
    )
    program.chmod(0o755)
    monkeypatch.setenv("PATH", f"{tmp_path}{os.pathsep}{os.environ['PATH']}")
    (picture,) = holders_pictures(replace(result, holders=[holders(DOT)]))
    assert picture.source == ""
    assert says in picture.absent


@GRAPHVIZ
@pytest.mark.parametrize(
    "name", [*HOSTILE, '"];x[image="/etc/passwd"];y[label="', "\\N\\G\\", "&lt;"]
)
def test_hostile_names_are_text_in_the_picture(result: Result, name: str) -> None:
    dot = DOT.replace("app.Entry", quoted(name)).replace("REGISTRY", quoted(name))
    (picture,) = holders_pictures(replace(result, holders=[holders(dot, name)]))
    assert picture.absent == ""
    kinds = {one.tag.rpartition("}")[2] for one in image(picture.source).iter()}
    assert kinds <= {"svg", "g", "title", "polygon", "polyline", "path", "text"}
    assert "\u202e" not in picture.alternative + picture.title


def test_attributes_of_a_foreign_graph_do_not_reach_graphviz() -> None:
    foreign = DOT.replace(
        "  o2 -> o1;\n", '  o2 -> o1;\n  o1[image="/etc/passwd"];\n  o2[URL="javascript:1"];\n'
    )
    referrers = read_referrers(foreign)
    assert referrers is not None
    written = write_dot(referrers)
    assert "image" not in written
    assert "URL" not in written
    assert written == write_dot(read_referrers(DOT) or referrers)


def test_a_huge_graph_is_cut() -> None:
    lines = ["  o1[fontcolor=red];", '  o1[label="a.B\\nx"];']
    for number in range(2, 2000):
        lines += [f"  o{number} -> o1;", f'  o{number}[label="builtins.list\\n1 items"];']
    referrers = read_referrers("\n".join(lines))
    assert referrers is not None
    assert len(referrers.nodes) <= 120
    assert len(referrers.references) <= 300


def test_two_objects_that_hold_each_other_end() -> None:
    dot = DOT.replace("}\n", "  o1 -> o4;\n  o1 -> o1;\n}\n")
    referrers = read_referrers(dot)
    assert referrers is not None
    assert "app.Entry holds app.Entry" in list(sentences(referrers))
