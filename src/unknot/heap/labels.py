"""Labels of a few objects, sent by an agent: types, states and the names of references."""

from __future__ import annotations

import sys
from collections.abc import Collection, Mapping
from enum import IntEnum
from types import MappingProxyType
from typing import Any, NamedTuple

from unknot.errors import UnknotError
from unknot.heap.snapshot import Identity, Snapshot

__all__ = [
    "ANY",
    "UNKNOWN",
    "CodeOrigin",
    "LabelledObject",
    "Labels",
    "Reference",
    "Unseen",
    "package_of",
    "parse_labels",
    "parse_unseen",
    "unlabelled",
]


class CodeOrigin(IntEnum):
    """Whose code it is. The lower, the more likely the reader of a report can change it."""

    APPLICATION = 0
    LIBRARY = 1
    STANDARD = 2
    INTERPRETER = 3


PYTHON = "Python"
"""Stands for the standard library and the interpreter where a package is expected."""

ANY = "…"
"""Replaces a name that differs each time."""


class Reference(NamedTuple):
    """One reference, as reported by ``gc.get_referents``."""

    to: int
    """A place in the snapshot; negative if the object has none."""
    kind: str
    name: str | None = None
    at: int | None = None
    """The index of an item of a sequence."""
    key: str | None = None
    """The text of a dict key that is not a string."""

    @property
    def odd_key(self) -> str | None:
        """A key that is not an identifier, as code would write it: data, which may differ."""
        if self.kind != "item" or self.name is None:
            return self.key
        return None if self.name.isidentifier() or self.name == ANY else repr(self.name)

    def without(self, varying: Collection[str]) -> Reference:
        """The reference with its name or key replaced by ``…`` if it is one of those."""
        if self.name in varying or self.odd_key in varying:
            return self._replace(name=ANY, key=None)
        return self


FIXED = {"builtins.tuple", "builtins.frozenset"}

UNKNOWN = Reference(0, "unknown")


class StoreOrigin(NamedTuple):
    """The code that stores an attribute."""

    origin: CodeOrigin
    """Whose code it is, which need not be the origin of the class."""
    assigns_self: bool = False
    """Whether an object stores itself, as in ``child.parent = self``."""
    package: str = ""


class LabelledObject(NamedTuple):
    """One object as the agent saw it."""

    type: str
    origin: CodeOrigin
    where: str | None
    """``path:line`` of its code or class."""
    name: str | None
    """The qualified name of its code."""
    state: str | None
    freevars: tuple[str, ...]
    references: tuple[Reference, ...]
    referent: int | None = None
    """The place of a weak reference's referent; negative if it has none."""
    is_exception: bool = False
    is_class: bool = False
    """True for any metaclass."""
    is_fixed: bool = False
    """Whether no statement can change it, such as a tuple or a frozen dataclass."""
    store_lines: Mapping[str, str] = MappingProxyType({})
    """The ``path:line`` that stores an attribute or local variable, by name, if found."""
    store_origins: Mapping[str, StoreOrigin] = MappingProxyType({})
    """The code that stores an attribute, by name, if known."""
    package: str = ""
    """The top-level package of its code; empty if there is none."""

    def without(self, varying: Collection[str]) -> LabelledObject:
        """The object with those names replaced by ``…``."""
        if not varying:
            return self
        return self._replace(
            name=ANY if self.name in varying else self.name,
            references=tuple(reference.without(varying) for reference in self.references),
        )


def unlabelled(type_name: str) -> LabelledObject:
    """An object of which only the type is known."""
    return LabelledObject(type_name, CodeOrigin.INTERPRETER, None, None, None, (), ())


Labels = Mapping[int, LabelledObject]
"""Labels by place, without objects that no longer existed when the agent looked."""


def parse_labels(reply: Mapping[str, Any], heap: Snapshot) -> dict[int, LabelledObject]:
    """The labels in an agent's reply, by place in ``heap``.

    Raises :class:`~unknot.errors.UnknotError` if a field is missing.
    """
    try:
        places = _places(reply, heap)
        return {
            places[entry["id"]]: _parse(entry, places)
            for entry in reply["objects"]
            if entry["id"] in places
        }
    except (KeyError, TypeError) as error:
        raise UnknotError(f"cannot read labels: {error!r}") from error


def _places(reply: Mapping[str, Any], heap: Snapshot) -> dict[Identity, int]:
    """The places of all objects that are named in a reply, by identity."""
    mentioned: set[Identity] = set()
    for entry in reply["objects"]:
        mentioned.add(entry["id"])
        mentioned.update(one["to"] for one in _references(entry))
        if entry.get("referent") is not None:
            mentioned.add(entry["referent"])
    return heap.places(mentioned)


def _references(entry: Mapping[str, Any]) -> list[Mapping[str, Any]]:
    return [*entry["references"], *(entry.get("through_dict") or ())]


class Unseen(NamedTuple):
    """A reference that no snapshot shows, and its holder."""

    holder: LabelledObject
    """A running frame, an object whose type does not support the collector, or the holder of an
    untracked dict."""
    reference: Reference
    keeper: LabelledObject | None
    """The tracked object that holds ``holder``; ``None`` if ``holder`` is tracked itself."""
    kept: Reference
    """The reference from ``keeper`` to ``holder``."""
    root: int | None
    """The place of ``keeper``, or of ``holder`` if there is none; ``None`` if it has no place."""


def parse_unseen(reply: Mapping[str, Any], heap: Snapshot) -> dict[Identity, Unseen]:
    """The unseen references in an agent's reply, by the identity of the object held.

    That may be an untracked object, which has no place in ``heap``. Raises
    :class:`~unknot.errors.UnknotError` if a field is missing.
    """
    try:
        entries = {entry["id"]: entry for entry in reply["objects"]}
        places = _places(reply, heap)
        return {one["id"]: _parse_unseen(one, entries, places) for one in reply["holds"]}
    except (KeyError, TypeError) as error:
        raise UnknotError(f"cannot read holders: {error!r}") from error


def _parse_unseen(
    hold: Mapping[str, Any],
    entries: Mapping[Identity, Mapping[str, Any]],
    places: Mapping[Identity, int],
) -> Unseen:
    holder, keeper = hold["holder"], entries.get(hold["keeper"])
    known = _references(keeper) if keeper is not None else ()
    kept = next((one for one in known if one["to"] == holder), None)
    return Unseen(
        holder=_parse(entries[holder], places),
        reference=Reference(places.get(hold["id"], -1), hold["kind"], hold["name"]),
        keeper=_parse(keeper, places) if keeper is not None else None,
        kept=_parse_reference(kept, places) if kept is not None else UNKNOWN,
        root=places.get(hold["keeper"] or holder),
    )


def _parse_reference(one: Mapping[str, Any], places: Mapping[Identity, int]) -> Reference:
    place = places.get(one["to"], -1)
    return Reference(place, one["kind"], one.get("name"), one.get("index"), one.get("key"))


def _parse(entry: Mapping[str, Any], places: Mapping[Identity, int]) -> LabelledObject:
    referent = entry.get("referent")
    return LabelledObject(
        type=entry["type"],
        origin=_parse_origin(entry["origin"], entry.get("package") or ""),
        where=entry.get("where"),
        name=entry.get("name"),
        state=entry.get("state"),
        freevars=tuple(entry.get("freevars") or ()),
        references=tuple(_parse_reference(one, places) for one in _references(entry)),
        referent=None if referent is None else places.get(referent, -1),
        is_exception=entry.get("exception", False),
        is_class=entry["type"] == "builtins.type"
        or any(one.get("name") == "__mro__" for one in entry["references"]),
        is_fixed=entry.get("fixed", entry["type"] in FIXED),
        store_lines=entry.get("stores") or {},
        store_origins={
            name: StoreOrigin(
                _parse_origin(one["origin"], one["package"]), one["hands_itself"], one["package"]
            )
            for name, one in (entry.get("given") or {}).items()
        },
        package=entry.get("package") or "",
    )


def package_of(origin: CodeOrigin, package: str) -> str | None:
    """The package that has to change, such as ``anyio`` or ``Python``; ``None``: the application.

    Objects that the interpreter creates, such as a list that contains itself, may be anybody's.
    """
    if origin is CodeOrigin.LIBRARY:
        return package or None
    return PYTHON if origin is CodeOrigin.STANDARD else None


def _parse_origin(origin: str, package: str) -> CodeOrigin:
    if origin == "library":
        standard = package.partition(".")[0] in sys.stdlib_module_names
        return CodeOrigin.STANDARD if standard else CodeOrigin.LIBRARY
    return CodeOrigin.APPLICATION if origin == "application" else CodeOrigin.INTERPRETER
