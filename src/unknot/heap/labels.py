"""Labels of a few objects: types, states and the names of references."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from enum import IntEnum
from types import MappingProxyType
from typing import NamedTuple

__all__ = [
    "ANY",
    "UNKNOWN",
    "CodeOrigin",
    "LabelledObject",
    "Labels",
    "Reference",
    "StoreOrigin",
    "Unseen",
    "package_of",
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


def package_of(origin: CodeOrigin, package: str) -> str | None:
    """The package that has to change, such as ``anyio`` or ``Python``; ``None``: the application.

    Objects that the interpreter creates, such as a list that contains itself, may be anybody's.
    """
    if origin is CodeOrigin.LIBRARY:
        return package or None
    return PYTHON if origin is CodeOrigin.STANDARD else None
