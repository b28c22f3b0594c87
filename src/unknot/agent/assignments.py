"""Where functions store attributes and local variables, read from a syntax tree.

Of the standard library only ``_ast``, which is built into the interpreter: no file of the program
can stand in for it.
"""

from __future__ import annotations

import _ast
import sys
from typing import Any, Dict, Iterator, List, NamedTuple, Optional, Set, Tuple

__all__ = ["AttributeStore", "Function", "Key", "functions_in"]

Key = Tuple[str, int]
"""A function's name and its first line, that of its first decorator if it has one."""

DEFINITIONS = (_ast.AsyncFunctionDef, _ast.ClassDef, _ast.FunctionDef)
COMPREHENSIONS = {
    _ast.DictComp: "<dictcomp>",
    _ast.GeneratorExp: "<genexpr>",
    _ast.ListComp: "<listcomp>",
    _ast.SetComp: "<setcomp>",
}
INLINED = (_ast.DictComp, _ast.ListComp, _ast.SetComp) if sys.version_info >= (3, 12) else ()
"""Comprehensions whose code is part of the function around them."""

NAME_FIELDS = {
    "AsyncFunctionDef": "name",
    "ClassDef": "name",
    "ExceptHandler": "name",
    "FunctionDef": "name",
    "MatchAs": "name",
    "MatchMapping": "rest",
    "MatchStar": "name",
}
"""The field with the name of the variable that a node stores; some types are new in 3.10."""

NAME_LINE = "end_lineno" if sys.version_info >= (3, 11) else "lineno"
"""Which of its lines the instruction that stores an attribute has, if the target has several."""


class AttributeStore(NamedTuple):
    """One place that stores an attribute."""

    name: str
    line: int
    constant: bool
    """Whether what it stores is surely None or another constant, which leads to nothing."""
    on_self: bool
    """Whether it stores in what the code calls ``self``."""
    hands_itself: bool = False
    """Whether it stores what the code calls ``self``, in another object."""


class Function(NamedTuple):
    """One function, class body, lambda or comprehension, without those inside it."""

    arguments: Tuple[str, ...]
    """In the order of the code's variables."""
    lines: Set[int]
    """On which anything begins or ends."""
    attributes: List[AttributeStore]
    variables: List[Tuple[str, int]]
    """Names and lines of local variables, stored other than as a constant."""


class Scope(NamedTuple):
    function: Function
    class_name: str
    """Of the class around it, for private names."""


def functions_in(tree: _ast.AST) -> Dict[Key, List[Function]]:
    """What is written in a module, by key; several lambdas of one line have the same."""
    found: Dict[Key, List[Function]] = {}
    constants: Set[int] = set()
    selves: Set[int] = set()
    """Identities of the targets that are given constants; the tree keeps them alive."""
    waiting = [(tree, Scope(Function((), set(), [], []), ""))]
    while waiting:
        node, scope = waiting.pop()
        scope.function.lines.update(_lines_of(node))
        constants.update(map(id, _given_constants(node)))
        selves.update(map(id, _given_self(node)))
        if id(node) not in constants:
            scope.function.variables.extend(_variables(node, scope))
        if isinstance(node, _ast.Attribute) and isinstance(node.ctx, _ast.Store):
            scope.function.attributes.append(
                AttributeStore(
                    name=_mangled(node.attr, scope.class_name),
                    line=getattr(node, NAME_LINE),
                    constant=id(node) in constants,
                    on_self=_is_self(node.value),
                    hands_itself=id(node) in selves and not _is_self(node.value),
                )
            )
        key, body = _opened(node)
        inner = scope
        if key is not None:
            inner = _inside(node, scope)
            found.setdefault(key, []).append(inner.function)
        for field, child in reversed(list(_children(node))):  # the first is taken first
            waiting.append((child, inner if field in body else scope))
    for function in (each for functions in found.values() for each in functions):
        function.attributes.sort(key=_line_of_store)
        function.variables.sort(key=_line_of_variable)
    return found


def _opened(node: Any) -> Tuple[Optional[Key], Tuple[str, ...]]:
    """The key of the function that a node is, and the node's fields that are inside it."""
    if isinstance(node, DEFINITIONS):
        first = [decorator.lineno for decorator in node.decorator_list]
        return (node.name, min([node.lineno, *first])), ("body",)
    if isinstance(node, _ast.Lambda):
        return ("<lambda>", node.lineno), ("body",)
    if type(node) in COMPREHENSIONS and type(node) not in INLINED:
        fields = ("elt", "key", "value", "generators")
        return (COMPREHENSIONS[type(node)], node.lineno), fields
    return None, ()


def _inside(node: Any, scope: Scope) -> Scope:
    # The compiler may run a comprehension, or one that ``all()`` takes, within the code around it.
    lines = scope.function.lines if type(node) in COMPREHENSIONS else set(_lines_of(node))
    function = Function(_arguments(node, scope), lines, [], [])
    return Scope(function, node.name if isinstance(node, _ast.ClassDef) else scope.class_name)


def _children(node: _ast.AST) -> Iterator[Tuple[str, _ast.AST]]:
    for field in node._fields:
        value = getattr(node, field, None)
        for child in value if isinstance(value, list) else (value,):
            if isinstance(child, _ast.AST):
                yield field, child


def _lines_of(node: Any) -> Tuple[int, ...]:
    line = getattr(node, "lineno", None)
    if line is None:
        return ()
    first = [decorator.lineno for decorator in getattr(node, "decorator_list", ())]
    return (line, node.end_lineno or line, *first)


def _given_constants(node: Any) -> Iterator[_ast.AST]:
    """The targets of a statement that stores constants in them, or only declares them."""
    targets: List[Any] = []
    if isinstance(node, _ast.Assign):
        targets = node.targets
    elif isinstance(node, (_ast.AnnAssign, _ast.NamedExpr)):
        targets = [node.target]
    waiting = [(target, node.value) for target in targets]
    while waiting:
        target, value = waiting.pop()
        if isinstance(target, (_ast.List, _ast.Tuple)):
            if isinstance(value, (_ast.List, _ast.Tuple)):
                pairs = list(zip(target.elts, value.elts))
                starred = [any(isinstance(one, _ast.Starred) for one in pair) for pair in pairs]
                waiting.extend(pairs[: [*starred, True].index(True)])
        elif value is None or _is_constant(value):
            yield target


def _given_self(node: Any) -> Iterator[Any]:
    """The targets of an assignment of ``self``."""
    if isinstance(node, (_ast.Assign, _ast.AnnAssign)) and _is_self(node.value):
        yield from node.targets if isinstance(node, _ast.Assign) else [node.target]


def _is_self(value: Any) -> bool:
    return isinstance(value, _ast.Name) and value.id == "self"


def _is_constant(value: Any) -> bool:
    waiting = [value]
    while waiting:
        node = waiting.pop()
        if isinstance(node, _ast.Tuple):
            waiting.extend(node.elts)
        elif isinstance(node, _ast.BoolOp):
            waiting.extend(node.values)
        elif isinstance(node, _ast.BinOp):
            waiting.extend((node.left, node.right))
        elif isinstance(node, _ast.IfExp):
            waiting.extend((node.body, node.orelse))
        elif isinstance(node, _ast.UnaryOp):
            waiting.append(node.operand)
        elif not isinstance(node, _ast.Constant):
            return False
    return True


def _variables(node: Any, scope: Scope) -> Iterator[Tuple[str, int]]:
    """The local variables that a node stores by itself."""
    name = None
    if isinstance(node, (_ast.Import, _ast.ImportFrom)):
        for each in node.names:  # they have a line of their own since 3.10
            name = each.asname or each.name.partition(".")[0]
            yield _mangled(name, scope.class_name), getattr(each, "lineno", node.lineno)
        return
    if isinstance(node, _ast.Name):
        name = node.id if isinstance(node.ctx, _ast.Store) else None
    else:
        name = getattr(node, NAME_FIELDS.get(type(node).__name__, ""), None)
    if name is not None:
        yield _mangled(name, scope.class_name), node.lineno


def _arguments(node: Any, scope: Scope) -> Tuple[str, ...]:
    if isinstance(node, _ast.ClassDef):
        return ()
    if type(node) in COMPREHENSIONS:
        return (".0",)
    given = node.args
    every = [*given.posonlyargs, *given.args, *given.kwonlyargs, given.vararg, given.kwarg]
    return tuple(_mangled(each.arg, scope.class_name) for each in every if each is not None)


def _mangled(name: str, class_name: str) -> str:
    """A private name, as the class around it makes it."""
    owner = class_name.lstrip("_")
    private = name.startswith("__") and not name.endswith("__") and bool(owner)
    return f"_{owner}{name}" if private else name


def _line_of_store(store: AttributeStore) -> int:
    return store.line


def _line_of_variable(variable: Tuple[str, int]) -> int:
    return variable[1]
