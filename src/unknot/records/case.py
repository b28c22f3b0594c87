"""What a figure belongs to: the key of cells, times, comparisons and messages about them."""

from __future__ import annotations

from typing import Any, Protocol

import msgspec

__all__ = ["Case", "Measured", "case_of"]


class Case(msgspec.Struct, frozen=True, kw_only=True):
    """How a figure was measured. Figures of equal cases are comparable.

    It contains nothing about the result as a whole.
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
        """The case with these parts blank."""
        return msgspec.structs.replace(self, **{name: _BLANK[name] for name in names})

    @property
    def work(self) -> Case:
        """The case without what varies between variants, releases and collector modes."""
        return self.without("variant", "gc", "requirements")

    @property
    def load(self) -> list[str]:
        """Backend and operations in flight as words, without defaults."""
        backend = self.backend if self.backend != _BLANK["backend"] else ""
        in_flight = f"{self.in_flight:,} in flight" if self.in_flight != 1 else ""
        return [word for word in (backend, in_flight) if word]


_BLANK: dict[str, Any] = {name: getattr(Case(), name) for name in Case.__struct_fields__}


class Measured(Protocol):
    """A record with the fields of a case."""

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
    """The case that a record's fields specify."""
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
