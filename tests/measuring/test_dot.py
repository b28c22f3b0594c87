"""What a result keeps of objgraph's graph: types and names, no addresses and no data."""

from __future__ import annotations

import io

import objgraph
import pytest

from unknot.measuring.dot import without_data


class Secretive:
    def __repr__(self) -> str:
        return 'password "12\\n34" o12345678'


class Holder:
    held: object


def drawn(held: object) -> str:
    """A graph in which a holder has ``held`` in a list."""
    holder = Holder()
    holder.held = [held]
    stream = io.StringIO()
    objgraph.show_refs([holder], max_depth=3, shortnames=False, output=stream)
    return without_data(stream.getvalue())


def test_there_are_no_addresses_so_equal_graphs_are_equal() -> None:
    one, other = Secretive(), Secretive()
    assert drawn(one) == drawn(other)
    assert "0x" not in drawn(one)


def test_there_is_no_data_of_the_program() -> None:
    assert "password" not in drawn(Secretive())
    assert "Secretive" in drawn(Secretive())


def test_sizes_of_containers_and_names_of_modules_and_functions_stay() -> None:
    assert r'label="builtins.dict\n2 items"' in drawn({"one": 1, "two": 2})
    assert r'label="builtins.module\nobjgraph"' in drawn(objgraph)
    assert r'label="builtins.function\n<function drawn>"' in drawn(drawn)


@pytest.mark.parametrize("name", ['o123456789"', "a\nb 3 items", "back\\slash\\n1 items", "]; o1"])
def test_names_with_odd_letters_stay_inside_their_quotes(name: str) -> None:
    odd = type(name, (), {"__repr__": lambda self: "password"})()
    text = drawn(odd)
    assert "password" not in text
    assert name.split("\n")[0].replace("\\", "\\\\").replace('"', '\\"') in text


def test_what_is_no_graph_stays_as_it_is() -> None:
    assert without_data("") == ""
    assert without_data("digraph {\n}\n") == "digraph {\n}\n"
