"""What a figure belongs to: the one key of cells, times, comparisons and what is said of them."""

from __future__ import annotations

from typing import Any, Protocol

import msgspec

__all__ = ["Case", "Measured", "case_of"]


class Case(msgspec.Struct, frozen=True, kw_only=True):
    """How something was measured. Equal cases can be compared; others are told apart by it.

    Nothing in it is about the whole result.
    """

    workload: str = ""
    variant: str = ""
    shape: str = ""
    ending: str = ""
    gc: str = ""
    python: str = ""
    backend: str = "asyncio"
    in_flight: int = 1
    requirements: tuple[str, ...] = ()

    def without(self, *names: str) -> Case:
        """The same case whatever these parts are."""
        return msgspec.structs.replace(self, **{name: _BLANK[name] for name in names})

    @property
    def work(self) -> Case:
        """What variants, releases and collector modes of it have in common."""
        return self.without("variant", "gc", "requirements")

    @property
    def load(self) -> list[str]:
        """Backend and operations in flight as words; nothing where they are the usual ones."""
        backend = self.backend if self.backend != _BLANK["backend"] else ""
        in_flight = f"{self.in_flight:,} in flight" if self.in_flight != 1 else ""
        return [word for word in (backend, in_flight) if word]


_BLANK: dict[str, Any] = {name: getattr(Case(), name) for name in Case.__struct_fields__}


class Measured(Protocol):
    """A record whose fields say how it was measured."""

    @property
    def workload(self) -> str: ...
    @property
    def shape(self) -> str | None: ...
    @property
    def ending(self) -> str | None: ...
    @property
    def gc(self) -> str: ...
    @property
    def python(self) -> str: ...
    @property
    def backend(self) -> str: ...
    @property
    def in_flight(self) -> int: ...
    @property
    def requirements(self) -> list[str]: ...


def case_of(one: Measured, variant: str) -> Case:
    """The case that a record's fields spell out."""
    return Case(
        workload=one.workload,
        variant=variant,
        shape=one.shape or "",
        ending=one.ending or "",
        gc=one.gc,
        python=one.python,
        backend=one.backend,
        in_flight=one.in_flight,
        requirements=tuple(one.requirements),
    )
