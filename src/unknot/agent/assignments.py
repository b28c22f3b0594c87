"""Finds where functions store attributes and local variables, from a syntax tree.

Uses only ``_ast``, which is built into the interpreter and cannot be shadowed by a file of the
program.
"""

from __future__ import annotations

import _ast
import sys
from types import CodeType
from typing import Any, Dict, Iterator, List, NamedTuple, Optional, Set, Tuple

__all__ = ["AttributeStore", "Function", "Key", "argument_names", "functions_in"]

Key = Tuple[str, int]
"""A function's name and its first line, including decorators."""

VARARGS = 0x4
VARKEYWORDS = 0x8

DEFINITIONS = (_ast.AsyncFunctionDef, _ast.ClassDef, _ast.FunctionDef)
COMPREHENSIONS = {
    _ast.DictComp: "<dictcomp>",
    _ast.GeneratorExp: "<genexpr>",
    _ast.ListComp: "<listcomp>",
    _ast.SetComp: "<setcomp>",
}
INLINED = (_ast.DictComp, _ast.ListComp, _ast.SetComp) if sys.version_info >= (3, 12) else ()
"""Comprehensions whose code is part of the enclosing function."""

NAME_FIELDS = {
    "AsyncFunctionDef": "name",
    "ClassDef": "name",
    "ExceptHandler": "name",
    "FunctionDef": "name",
    "MatchAs": "name",
    "MatchMapping": "rest",
    "MatchStar": "name",
}
"""The field with the name of the variable that a node stores. Some node types are new in 3.10."""

ASSIGNMENTS = frozenset((_ast.AnnAssign, _ast.Assign, _ast.NamedExpr))
OPENING = frozenset((*DEFINITIONS, _ast.Lambda, *COMPREHENSIONS))
"""The nodes that may have code of their own."""
NAMING = frozenset(
    (
        _ast.Import,
        _ast.ImportFrom,
        _ast.Name,
        *(getattr(_ast, name) for name in NAME_FIELDS if hasattr(_ast, name)),
    )
)
"""The nodes that may store a variable."""

NAME_LINE = "end_lineno" if sys.version_info >= (3, 11) else "lineno"
"""The field with the line of the instruction that stores an attribute, for multi-line targets."""


class AttributeStore(NamedTuple):
    """A place in the source that stores an attribute."""

    name: str
    line: int
    constant: bool
    """Whether it certainly stores None or another constant, which refers to nothing."""
    on_self: bool
    """Whether the object is called ``self`` in the code."""
    assigns_self: bool = False
    """Whether it stores ``self`` in another object."""


class Function(NamedTuple):
    """A function, class body, lambda or comprehension, without those nested in it."""

    arguments: Tuple[str, ...]
    """In the order of ``co_varnames``."""
    lines: Set[int]
    """Lines on which a node begins or ends."""
    attributes: List[AttributeStore]
    variables: List[Tuple[str, int]]
    """Names and lines of stores to local variables, except stores of constants."""


class Scope(NamedTuple):
    function: Function
    class_name: str
    """The enclosing class, for mangling private names."""


def argument_names(code: CodeType) -> Tuple[str, ...]:
    """The names of a function's arguments, in the order of ``co_varnames``."""
    count = code.co_argcount + code.co_kwonlyargcount
    count += bool(code.co_flags & VARARGS) + bool(code.co_flags & VARKEYWORDS)
    return code.co_varnames[:count]


def functions_in(tree: _ast.AST) -> Dict[Key, List[Function]]:
    """The functions in a module, by key. Several lambdas on one line share a key."""
    found: Dict[Key, List[Function]] = {}
    constants: Set[int] = set()
    selves: Set[int] = set()
    """Identities of targets to which ``self`` is assigned. The tree keeps the nodes alive."""
    waiting: List[Tuple[Any, Scope]] = [(tree, Scope(Function((), set(), [], []), ""))]
    while waiting:
        node, scope = waiting.pop()
        kind = type(node)
        scope.function.lines.update(_lines_of(node))
        if kind in ASSIGNMENTS:
            constants.update(map(id, _assigned_constants(node)))
            selves.update(map(id, _assigned_self(node)))
        if kind in NAMING and id(node) not in constants:
            scope.function.variables.extend(_variables(node, scope))
        if kind is _ast.Attribute and type(node.ctx) is _ast.Store:
            scope.function.attributes.append(
                AttributeStore(
                    name=_mangled(node.attr, scope.class_name),
                    line=getattr(node, NAME_LINE),
                    constant=id(node) in constants,
                    on_self=_is_self(node.value),
                    assigns_self=id(node) in selves and not _is_self(node.value),
                )
            )
        if kind not in OPENING:
            waiting += [(child, scope) for _, child in _children(node)][::-1]
            continue
        key, body = _opened(node)
        inner = scope
        if key is not None:
            inner = _inside(node, scope)
            found.setdefault(key, []).append(inner.function)
        for field, child in reversed(_children(node)):  # popped in source order
            waiting.append((child, inner if field in body else scope))
    for function in (each for functions in found.values() for each in functions):
        function.attributes.sort(key=_line_of_store)
        function.variables.sort(key=_line_of_variable)
    return found


def _opened(node: Any) -> Tuple[Optional[Key], Tuple[str, ...]]:
    """The key of the function that a node defines, and the fields that belong to its body."""
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
    # The compiler may inline a comprehension, or one passed to ``all()``, into the enclosing code.
    lines = scope.function.lines if type(node) in COMPREHENSIONS else set(_lines_of(node))
    function = Function(_arguments(node, scope), lines, [], [])
    return Scope(function, node.name if isinstance(node, _ast.ClassDef) else scope.class_name)


def _children(node: _ast.AST) -> List[Tuple[str, _ast.AST]]:
    found = []
    for field in node._fields:
        value = getattr(node, field, None)
        if type(value) is list:
            found += [(field, child) for child in value if isinstance(child, _ast.AST)]
        elif isinstance(value, _ast.AST):
            found.append((field, value))
    return found


def _lines_of(node: Any) -> Tuple[int, ...]:
    line = getattr(node, "lineno", None)
    if line is None:
        return ()
    if type(node) not in DEFINITIONS:
        return (line, node.end_lineno or line)
    first = [decorator.lineno for decorator in node.decorator_list]
    return (line, node.end_lineno or line, *first)


def _assigned_constants(node: Any) -> Iterator[_ast.AST]:
    """The targets of a statement to which it assigns constants, or which it only declares."""
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


def _assigned_self(node: Any) -> Iterator[Any]:
    """The targets of an assignment whose value is ``self``."""
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
    """Names and lines of the local variables that a node itself stores."""
    name = None
    if isinstance(node, (_ast.Import, _ast.ImportFrom)):
        for each in node.names:  # aliases have a line since 3.10
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
    """The name, mangled if it is private to the class."""
    owner = class_name.lstrip("_")
    private = name.startswith("__") and not name.endswith("__") and bool(owner)
    return f"_{owner}{name}" if private else name


def _line_of_store(store: AttributeStore) -> int:
    return store.line


def _line_of_variable(variable: Tuple[str, int]) -> int:
    return variable[1]
