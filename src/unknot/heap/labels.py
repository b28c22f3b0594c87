"""What an agent said about a few objects: their types, states and the names of their references."""

from __future__ import annotations

import sys
from collections.abc import Collection, Mapping
from enum import IntEnum
from types import MappingProxyType
from typing import Any, NamedTuple

from unknot.errors import UnknotError

__all__ = [
    "ANY",
    "UNKNOWN",
    "LabelledObject",
    "Labels",
    "Reference",
    "Unseen",
    "Who",
    "package_of",
    "parse_labels",
    "parse_unseen",
    "unlabelled",
]


class Who(IntEnum):
    """Whose code it is; the lower, the sooner the reader of a report can mend it."""

    APPLICATION = 0
    LIBRARY = 1
    STANDARD = 2
    INTERPRETER = 3


PYTHON = "Python"
"""In the place of a package: the standard library and the interpreter."""

ANY = "…"
"""In the place of a name that is another one each time."""


class Reference(NamedTuple):
    """One raw step, as ``gc.get_referents`` has it."""

    to: int
    kind: str
    name: str | None = None
    at: int | None = None
    """The index, of an item of a sequence."""
    key: str | None = None
    """The text of a dict's key that is no string."""

    @property
    def odd_key(self) -> str | None:
        """A key that is no plain name, as code would write it: data, which may differ each time."""
        if self.kind != "item" or self.name is None:
            return self.key
        return None if self.name.isidentifier() or self.name == ANY else repr(self.name)

    def without(self, passing: Collection[str]) -> Reference:
        """The same, a name or key among those replaced by ``…``."""
        if self.name in passing or self.odd_key in passing:
            return self._replace(name=ANY, key=None)
        return self


FIXED = {"builtins.tuple", "builtins.frozenset"}

UNKNOWN = Reference(0, "unknown")


class Given(NamedTuple):
    """What is known of the code that stores an attribute."""

    who: Who
    """Whose it is, which may be another's than the class."""
    hands_itself: bool = False
    """Whether an object stores itself there: ``child.parent = self``."""
    package: str = ""


class LabelledObject(NamedTuple):
    """One object, as the agent saw it."""

    type: str
    who: Who
    where: str | None
    """``path:line`` of its code or its class."""
    name: str | None
    """The qualified name of its code."""
    state: str | None
    freevars: tuple[str, ...]
    references: tuple[Reference, ...]
    referent: int | None = None
    """Of a weak reference: the identity of what it refers to."""
    is_exception: bool = False
    is_class: bool = False
    """Be its metaclass what it may."""
    is_fixed: bool = False
    """Whether no statement changes it: a tuple, a frozen dataclass."""
    stores: Mapping[str, str] = MappingProxyType({})
    """``path:line`` that stores an attribute or local variable, by name, where that was found."""
    given: Mapping[str, Given] = MappingProxyType({})
    """By the name of an attribute, where it is known."""
    package: str = ""
    """The top-level package that its code is from; empty where there is none."""

    def without(self, passing: Collection[str]) -> LabelledObject:
        """The same, those names replaced by ``…``."""
        if not passing:
            return self
        return self._replace(
            name=ANY if self.name in passing else self.name,
            references=tuple(reference.without(passing) for reference in self.references),
        )


def unlabelled(type_name: str) -> LabelledObject:
    """An object of which no more than its type is known."""
    return LabelledObject(type_name, Who.INTERPRETER, None, None, None, (), ())


Labels = Mapping[int, LabelledObject]
"""By identity. Objects that were gone when the agent looked are not in it."""


def parse_labels(reply: Mapping[str, Any]) -> dict[int, LabelledObject]:
    """The agent's reply by identity.

    Raises :class:`~unknot.errors.UnknotError` where a field is missing.
    """
    try:
        return {entry["id"]: _parse(entry) for entry in reply["objects"]}
    except (KeyError, TypeError) as error:
        raise UnknotError(f"labels that cannot be read: {error!r}") from error


class Unseen(NamedTuple):
    """A reference to an object that no snapshot has, and who has it."""

    holder: LabelledObject
    """A frame that runs, an object of a type without support for the collector, or what holds a
    dict of plain values."""
    reference: Reference
    keeper: LabelledObject | None
    """The tracked object that holds the holder, where that is not tracked itself."""
    kept: Reference
    root: int
    """Identity of the keeper, or else of the holder."""


def parse_unseen(reply: Mapping[str, Any]) -> dict[int, Unseen]:
    """The agent's reply by the identity of what is held.

    Raises :class:`~unknot.errors.UnknotError` where a field is missing.
    """
    labels = parse_labels(reply)
    try:
        return {entry["id"]: _parse_unseen(entry, labels) for entry in reply["holds"]}
    except (KeyError, TypeError) as error:
        raise UnknotError(f"holders that cannot be read: {error!r}") from error


def _parse_unseen(entry: Mapping[str, Any], labels: Labels) -> Unseen:
    holder, keeper = entry["holder"], labels.get(entry["keeper"])
    known = keeper.references if keeper is not None else ()
    return Unseen(
        holder=labels[holder],
        reference=Reference(entry["id"], entry["kind"], entry["name"]),
        keeper=keeper,
        kept=next((one for one in known if one.to == holder), UNKNOWN),
        root=entry["keeper"] or holder,
    )


def _parse(entry: Mapping[str, Any]) -> LabelledObject:
    return LabelledObject(
        type=entry["type"],
        who=_whose(entry["origin"], entry.get("package") or ""),
        where=entry.get("where"),
        name=entry.get("name"),
        state=entry.get("state"),
        freevars=tuple(entry.get("freevars") or ()),
        references=tuple(
            Reference(one["to"], one["kind"], one.get("name"), one.get("index"), one.get("key"))
            for one in (*entry["references"], *(entry.get("through_dict") or ()))
        ),
        referent=entry.get("referent"),
        is_exception=entry.get("exception", False),
        is_class=entry["type"] == "builtins.type"
        or any(one.get("name") == "__mro__" for one in entry["references"]),
        is_fixed=entry.get("fixed", entry["type"] in FIXED),
        stores=entry.get("stores") or {},
        given={
            name: Given(_whose(one["origin"], one["package"]), one["hands_itself"], one["package"])
            for name, one in (entry.get("given") or {}).items()
        },
        package=entry.get("package") or "",
    )


def package_of(who: Who, package: str) -> str | None:
    """Who has to mend it, if it is not the application: ``anyio``, ``Python``.

    What the interpreter makes, as a list that holds itself, may be anybody's.
    """
    if who is Who.LIBRARY:
        return package or None
    return PYTHON if who is Who.STANDARD else None


def _whose(origin: str, package: str) -> Who:
    if origin == "library":
        standard = package.partition(".")[0] in sys.stdlib_module_names
        return Who.STANDARD if standard else Who.LIBRARY
    return Who.APPLICATION if origin == "application" else Who.INTERPRETER
