"""What is read from source says where a function stores an attribute, and whether a constant."""

from __future__ import annotations

import _ast
from typing import Any

import pytest

from unknot.agent.assignments import AttributeStore, Function, functions_in


def written(*lines: str, header: str = "def function(self, other, value):") -> dict[Any, Any]:
    """The functions in a function of those lines; its first line has number 1."""
    text = "\n".join([header, *(f"    {line}" for line in lines)])
    return functions_in(compile(text, "made.py", "exec", _ast.PyCF_ONLY_AST))


def outermost(*lines: str) -> Function:
    (function,) = written(*lines)["function", 1]
    assert isinstance(function, Function)
    return function


def stores_of_a(*lines: str) -> list[AttributeStore]:
    return [store for store in outermost(*lines).attributes if store.name == "a"]


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
        ("self.a = -1", True),
        ("self.a = 1 << 20", True),
        ("self.a = 'b' 'c'", True),
        ("self.a = 1 if value else 2", True),
        ("self.a = value", False),
        ("self.a = f'{value}'", False),
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
    (store,) = stores_of_a(line)
    assert store.constant is constant


@pytest.mark.parametrize(
    ("line", "on_self"),
    [
        ("self.a = value", True),
        ("self.a = other", True),
        ("self.a += other", True),
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
    (store,) = stores_of_a(line, kept)
    assert store.on_self is on_self


def test_what_a_function_inside_stores_is_its_own() -> None:
    found = written("def inner(third):", "    self.a = third", "    other.a = third")
    (outer,), (inner,) = found["function", 1], found["inner", 2]
    assert [(store.line, store.on_self) for store in inner.attributes] == [(3, True), (4, False)]
    assert (outer.attributes, outer.variables) == ([], [("inner", 2)])
    assert (outer.arguments, inner.arguments) == (("self", "other", "value"), ("third",))


def test_a_function_begins_with_its_first_decorator() -> None:
    found = written("@staticmethod", "@classmethod", "async def inner(*a, b, **c):", "    pass")
    (inner,) = found["inner", 2]
    assert inner.arguments == ("b", "a", "c")


def test_a_private_name_has_the_name_of_its_class() -> None:
    found = written(
        "def begin(self, __given):",
        "    self.__a, self.__b__ = __given, __given",
        "    __local = __given",
        header="class _Outer:",
    )
    (begin,) = found["begin", 2]
    assert [store.name for store in begin.attributes] == ["_Outer__a", "__b__"]
    assert begin.arguments == ("self", "_Outer__given")
    assert begin.variables == [("_Outer__local", 4)]


def test_of_a_target_on_several_lines_the_instruction_s_line_is_told() -> None:
    (store,) = stores_of_a("(self.b", " .c", " .a) = [", "value]")
    assert store.line == 4


def test_what_only_reads_deletes_or_declares_an_attribute_stores_nothing() -> None:
    lines = ("del self.a", "self.b = value.a", "a = value", "return a", "value.a()")
    assert stores_of_a(*lines) == []
    assert stores_of_a("return value.a") == []
    assert [store.constant for store in stores_of_a("self.a: object")] == [True]


@pytest.mark.parametrize(
    ("lines", "stored"),
    [
        (("a = value",), [("a", 2)]),
        (("a = None", "a = value"), [("a", 3)]),
        (("a = other if value else None",), [("a", 2)]),
        (("a, b = value",), [("a", 2), ("b", 2)]),
        (("a = b = value",), [("a", 2), ("b", 2)]),
        (("a, b = value, None",), [("a", 2)]),
        (("for a in value:", "    pass"), [("a", 2)]),
        (("with value as a:", "    pass"), [("a", 2)]),
        (("try:", "    value()", "except OSError as a:", "    pass"), [("a", 4)]),
        (("a = value", "return lambda: a"), [("a", 2)]),
        (("a = value", "b = a", "return b"), [("a", 2), ("b", 3)]),
        (("a = value", "a += other"), [("a", 2), ("a", 3)]),
        (("if a := value:", "    pass"), [("a", 2)]),
        (("import os.path", "from b import c as a"), [("a", 3), ("os", 2)]),
        (("match value:", "    case [a, *b]:", "        pass"), [("a", 3), ("b", 3)]),
        (("match value:", "    case {1: a, **b}:", "        pass"), [("a", 3), ("b", 3)]),
        (("class a:", "    b = value"), [("a", 2)]),
        (("return (a for a in value)",), []),
        (("a: int",), []),
        (("a = 1",), []),
        (("value()",), []),
    ],
)
def test_the_lines_that_store_local_variables_are_told(
    lines: tuple[str, ...], stored: list[tuple[str, int]]
) -> None:
    assert sorted(outermost(*lines).variables) == stored


def test_two_lambdas_of_one_line_are_both_there() -> None:
    first, second = sorted(written("return (lambda a: a), (lambda b: b)")["<lambda>", 2])
    assert (first.arguments, second.arguments) == (("a",), ("b",))
