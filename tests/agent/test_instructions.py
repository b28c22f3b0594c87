"""What is read from code says where it stores an attribute, and whether a constant."""

from __future__ import annotations

from collections.abc import Callable
from types import CodeType
from typing import Any

import pytest

from unknot.agent.instructions import AttributeStore, attribute_stores, local_stores, with_nested


def compiled(*lines: str) -> CodeType:
    """A function of those lines; its first line has number 1."""
    text = "\n".join(["def function(self, other, value):", *(f"    {line}" for line in lines)])
    names: dict[str, Any] = {}
    exec(compile(text, "made.py", "exec"), names)
    function: Callable[..., None] = names["function"]
    return function.__code__


def stores_of_a(code: CodeType) -> list[AttributeStore]:
    return [store for store in attribute_stores(code) if store.name == "a"]


@pytest.mark.parametrize(
    ("line", "constant"),
    [
        ("self.a = None", True),
        ("self.a = False", True),
        ("self.a = ()", True),
        ("self.a = self.b = None", True),
        ("self.b = self.a = None", True),
        ("self.b = c = self.a = None", True),
        ("self.a, self.b = None, None", True),
        ("self.b, self.a = None, None", True),
        ("self.b.c.a = None", True),
        ("self.b[value].a = None", True),
        ("self.b[1].a = None", True),
        ("self.b(value, 1).a = None", True),
        ("self.b(key=1).a = None", True),
        ("self.a: object = None", True),
        ("self.a = value", False),
        ("self.a = [None]", False),
        ("self.a = value(None)", False),
        ("self.a = value[0]", False),
        ("self.a = value or None", False),
        ("self.a = value if value else None", False),
        ("self.a = None if value else value", False),
        ("self.a = lambda: None", False),
        ("self.a = self.b = value", False),
        ("self.b = self.a = value()", False),
        ("self.a, self.b = value, None", False),
        ("self.b, self.a = None, value", False),
        ("self.a, self.b = value", False),
        ("self.a, *self.b = value, 1, 2", False),
        ("self.a += None", False),
        ("self.b[1].a = value", False),
    ],
)
def test_a_constant_is_told_from_a_value(line: str, constant: bool) -> None:
    stores = stores_of_a(compiled(line))
    assert stores
    # Some releases end each branch of a choice with a store of its own.
    assert all(store.constant for store in stores) is constant


@pytest.mark.parametrize(
    ("line", "on_self"),
    [
        ("self.a = value", True),
        ("self.a = other", True),
        ("self.a, other = value", True),
        ("other = self.a = value", True),
        ("other.a = value", False),
        ("other.a = self", False),
        ("self.other.a = value", False),
        ("self[0].a = value", False),
        ("other().a = self", False),
    ],
)
@pytest.mark.parametrize("kept", ["", "return lambda: (other, value)", "return lambda: self"])
def test_self_is_told_from_other_objects(line: str, on_self: bool, kept: str) -> None:
    (store,) = stores_of_a(compiled(line, kept))
    assert store.on_self is on_self


def test_self_is_told_in_a_function_inside_a_method() -> None:
    code = compiled("def inner(third):", "    self.a = third", "    other.a = third")
    found = [store for each in with_nested(code) for store in stores_of_a(each)]
    assert [(store.line, store.on_self) for store in found] == [(3, True), (4, False)]


def test_code_of_more_names_and_constants_than_a_byte_counts() -> None:
    many = [f"value.name{number} = {number}.5" for number in range(300)]
    code = compiled(*many, "if value:", "    self.a = 0.25", "self.a = value")
    assert [(store.line, store.constant) for store in stores_of_a(code)] == [
        (303, True),
        (304, False),
    ]


def test_what_only_reads_or_deletes_an_attribute_stores_nothing() -> None:
    lines = ("del self.a", "self.b = value.a", "a = value", "return a")
    assert stores_of_a(compiled(*lines)) == []
    assert stores_of_a(compiled("return value.a")) == []


@pytest.mark.parametrize(
    ("lines", "stored"),
    [
        (("a = value",), [("a", 2)]),
        (("a = None", "a = value"), [("a", 3)]),
        (("a = other if value else None",), [("a", 2)]),
        (("a, b = value",), [("a", 2), ("b", 2)]),
        (("a = b = value",), [("a", 2), ("b", 2)]),
        (("for a in value:", "    pass"), [("a", 2)]),
        (("with value as a:", "    pass"), [("a", 2)]),
        (("try:", "    value()", "except OSError as a:", "    pass"), [("a", 4)]),
        (("a = value", "return lambda: a"), [("a", 2)]),
        (("a = value", "b = a", "return b"), [("a", 2), ("b", 3)]),
        (("a = 1",), []),
        (("value()",), []),
    ],
)
def test_the_lines_that_store_local_variables_are_told(
    lines: tuple[str, ...], stored: list[tuple[str, int]]
) -> None:
    assert list(local_stores(compiled(*lines))) == stored
