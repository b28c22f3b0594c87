"""Where code stores an attribute or a local variable, read from its instructions.

By hand and not by ``dis.get_instructions``, which asks every constant for its ``repr``: that may be
the program's code.
"""

from __future__ import annotations

import dis
import sys
from types import CodeType
from typing import Any, FrozenSet, Iterator, List, NamedTuple, Optional, Tuple

__all__ = ["AttributeStore", "attribute_stores", "local_stores", "with_nested"]

STORE_ATTR = dis.opmap["STORE_ATTR"]
EXTENDED_ARG = dis.opmap["EXTENDED_ARG"]
CACHE = dis.opmap.get("CACHE", -1)  # room that instructions have behind them since 3.11

CONSTANTS = ("LOAD_CONST", "LOAD_SMALL_INT")
COPIES = ("COPY", "DUP_TOP", "UNPACK_SEQUENCE")
"""What puts on the stack what was there before, or parts of it."""
EXCHANGES = ("SWAP", "ROT_TWO", "ROT_THREE", "ROT_FOUR", "ROT_N")


class AttributeStore(NamedTuple):
    """One place that stores an attribute."""

    name: str
    line: int
    constant: bool
    """Whether what it stores is surely None or another constant, which leads to nothing."""
    on_self: bool
    """Whether it stores in what the code calls ``self``."""


class Instruction(NamedTuple):
    offset: int
    line: int
    code: int
    name: str
    argument: int


def with_nested(code: CodeType) -> Iterator[CodeType]:
    """The code, and that of all functions that are written inside it."""
    waiting = [code]
    while waiting:
        each = waiting.pop()
        yield each
        waiting.extend(inner for inner in each.co_consts if type(inner) is CodeType)


def attribute_stores(code: CodeType) -> Iterator[AttributeStore]:
    """Where the code itself, and no function inside it, stores attributes."""
    raw: Any = code.co_code
    if STORE_ATTR not in raw[::2]:
        return
    instructions = list(_instructions(code))
    targets = frozenset(dis.findlabels(raw))
    for place, each in enumerate(instructions):
        if each.code == STORE_ATTR:
            yield AttributeStore(
                name=code.co_names[each.argument],
                line=each.line,
                constant=_is_constant(instructions, place, targets),
                on_self=_variable(code, instructions[place - 1]) == "self",
            )


def local_stores(code: CodeType) -> Iterator[Tuple[str, int]]:
    """Names and lines of the local variables that the code stores, other than as a constant."""
    raw: Any = code.co_code
    instructions = list(_instructions(code))
    targets = frozenset(dis.findlabels(raw))
    before = ""
    for each in instructions:
        if before not in CONSTANTS or each.offset in targets:
            for name in _stored(code, each):
                yield name, each.line
        before = each.name


def _stored(code: CodeType, instruction: Instruction) -> Tuple[str, ...]:
    """The local variables that an instruction stores; some of 3.13's do two things at once."""
    name, argument = instruction.name, instruction.argument
    if name == "STORE_DEREF":
        return (_cell(code, argument),)
    if name == "STORE_FAST_STORE_FAST":
        return code.co_varnames[argument >> 4], code.co_varnames[argument & 15]
    if name == "STORE_FAST_LOAD_FAST":
        return (code.co_varnames[argument >> 4],)
    return (code.co_varnames[argument],) if name == "STORE_FAST" else ()


def _instructions(code: CodeType) -> Iterator[Instruction]:
    lines = dict(dis.findlinestarts(code))
    line, extended = code.co_firstlineno, 0
    raw = code.co_code
    for offset in range(0, len(raw), 2):
        line = lines.get(offset) or line
        opcode, argument = raw[offset], raw[offset + 1] | extended
        extended = argument << 8 if opcode == EXTENDED_ARG else 0
        if opcode not in (CACHE, EXTENDED_ARG):
            yield Instruction(offset, line, opcode, dis.opname[opcode], argument)


def _is_constant(instructions: List[Instruction], place: int, targets: FrozenSet[int]) -> bool:
    """Whether the value that is stored there is a constant.

    Backwards: where as many are put on the stack as are taken from it, and one more, the object's
    part begins, and what comes before it has put the value there. Where the value was stored in
    another place too, it is below that one's part.
    """
    depth = 0
    while place:
        place -= 1
        each = instructions[place]
        if each.name in EXCHANGES:
            return False  # it would take more to tell which of them it is
        if depth == 1 and each.name in CONSTANTS:
            return True
        if depth == 1 and not each.name.startswith(("STORE_", *COPIES)):
            return False
        if depth != 1 or each.name not in COPIES:
            depth += _effect(each)
        if depth > 1 or each.offset in targets:
            return False  # to a target there are several ways to come, with as many values
    return False


def _effect(instruction: Instruction) -> int:
    """How many more there are on the stack after it."""
    try:
        return dis.stack_effect(instruction.code, instruction.argument)
    except ValueError:  # it has no argument
        return dis.stack_effect(instruction.code)


def _variable(code: CodeType, instruction: Instruction) -> Optional[str]:
    """The local variable that an instruction puts on the stack, the last if it is two."""
    name, argument = instruction.name, instruction.argument
    if "LOAD_FAST" in name:
        return code.co_varnames[argument & 15 if name.count("FAST") > 1 else argument]
    return _cell(code, argument) if name == "LOAD_DEREF" else None


def _cell(code: CodeType, argument: int) -> str:
    cells = code.co_cellvars + code.co_freevars
    if sys.version_info >= (3, 11):  # counted with the other variables, arguments only once
        local = code.co_varnames
        cells = local + tuple(cell for cell in cells if cell not in local)
    return cells[argument]
