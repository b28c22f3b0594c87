"""A heap as arrays: objects are numbered 0 … n-1, references are pairs of those numbers."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import numpy.typing as npt

from unknot.errors import UnknotError

__all__ = ["IntArray", "Snapshot"]

IntArray = npt.NDArray[np.int64]

DTYPES = {"ids": "u8", "types": "u8", "counts": "i8", "degrees": "u4", "referents": "u8"}


@dataclass(frozen=True, slots=True, eq=False)
class Snapshot:
    """n tracked objects and the m references among them.

    A reference that an object has twice is there twice. References to what is not tracked are
    left out: such an object cannot be part of a cycle.
    """

    ids: npt.NDArray[np.uint64]
    """(n,) identities, by which the agent can be asked about an object."""
    type_names: tuple[str, ...]
    types: IntArray
    """(n,) index into ``type_names``."""
    counts: IntArray
    """(n,) reference counts, nothing of the snapshot's own in them."""
    sources: IntArray
    """(m,) the object that has the reference, ascending."""
    targets: IntArray
    """(m,) the object it leads to."""
    degrees: npt.NDArray[np.uint32] = field(default_factory=lambda: np.zeros(0, np.uint32))
    """(n,) how many references each has, those to untracked objects too; empty where unknown."""

    def __len__(self) -> int:
        return len(self.counts)

    @classmethod
    def from_raw(cls, message: Mapping[str, Any], buffers: Sequence[bytes | bytearray]) -> Snapshot:
        """The snapshot that an agent sent (:mod:`unknot.agent.snapshot`).

        Raises :class:`~unknot.errors.UnknotError` where the arrays do not fit together.
        """
        fields = message["fields"]
        if list(fields) != list(DTYPES) or len(buffers) != len(DTYPES):
            raise UnknotError(f"a snapshot of unknown fields {fields}")
        raw = {
            name: np.frombuffer(buffer, dtype=DTYPES[name])
            for name, buffer in zip(fields, buffers, strict=True)
        }
        count = len(raw["ids"])
        if not (
            count == len(raw["types"]) == len(raw["counts"]) == len(raw["degrees"])
            and len(raw["referents"]) == int(raw["degrees"].sum())
        ):
            raise UnknotError("a snapshot whose arrays do not fit together")
        type_ids = np.sort(np.array([int(key) for key in message["names"]], dtype=np.uint64))
        types = np.searchsorted(type_ids, raw["types"])
        sources, targets = _references(raw["ids"], raw["degrees"], raw["referents"])
        return cls(
            ids=raw["ids"],
            type_names=tuple(message["names"][str(identity)] for identity in type_ids),
            types=types.astype(np.int64, copy=False),
            counts=raw["counts"] - int(message["overhead"]),
            sources=sources,
            targets=targets,
            degrees=raw["degrees"],
        )


def _references(
    ids: npt.NDArray[np.uint64],
    degrees: npt.NDArray[np.uint32],
    referents: npt.NDArray[np.uint64],
) -> tuple[IntArray, IntArray]:
    """Sources and targets by number, for those referents that are among ``ids``."""
    order = np.argsort(ids)
    sorted_ids = ids[order]
    place = np.searchsorted(sorted_ids, referents)
    place[place == len(ids)] = 0
    known = sorted_ids[place] == referents if len(ids) else np.zeros(0, dtype=bool)
    sources = np.repeat(np.arange(len(ids), dtype=np.int64), degrees)[known]
    return sources, order[place[known]].astype(np.int64, copy=False)
