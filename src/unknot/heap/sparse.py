"""The parts of scipy that the analysis uses, imported on first use.

Importing scipy takes twice as long as importing numpy, and a heap without garbage does not need it.
"""

from __future__ import annotations

from functools import cache
from importlib import import_module
from typing import Any, TypeAlias

import numpy as np
import numpy.typing as npt

__all__ = [
    "Matrix",
    "breadth_first_order",
    "csr_array",
    "load",
    "matrix_of",
    "strong_components",
]

Matrix: TypeAlias = Any
"""scipy's ``csr_array``."""


@cache
def load() -> Any:
    """``scipy.sparse``, with ``csgraph``."""
    import_module("scipy.sparse.csgraph")
    return import_module("scipy.sparse")


def csr_array(content: tuple[Any, ...], shape: tuple[int, int]) -> Matrix:
    """A matrix of anything that scipy's ``csr_array`` accepts."""
    return load().csr_array(content, shape=shape)


def matrix_of(
    sources: npt.NDArray[np.int32],
    targets: npt.NDArray[np.int32],
    size: int,
    dtype: npt.DTypeLike,
) -> Matrix:
    """(size, size) adjacency matrix, built without a sort: ``sources`` must be ascending."""
    rows = np.zeros(size + 1, dtype=np.int32)
    np.cumsum(np.bincount(sources, minlength=size), out=rows[1:])
    return csr_array((np.ones(len(targets), dtype=dtype), targets, rows), shape=(size, size))


def breadth_first_order(
    matrix: Matrix, start: int
) -> tuple[npt.NDArray[np.int32], npt.NDArray[np.int32]]:
    """The reachable vertices in breadth-first order, and the predecessor of every vertex.

    The predecessor is negative for ``start`` and for unreachable vertices.
    """
    order, before = load().csgraph.breadth_first_order(matrix, start)
    return order, before


def strong_components(matrix: Matrix) -> tuple[int, npt.NDArray[np.int32]]:
    """The number of strongly connected components, and the component of each vertex."""
    count, component = load().csgraph.connected_components(
        matrix, directed=True, connection="strong"
    )
    return count, component
