"""What the analysis needs of scipy, which is loaded only once something is found.

To import scipy takes twice as long as to import numpy, and a heap without garbage needs none of it.
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
    """A matrix made of what scipy's ``csr_array`` takes."""
    return load().csr_array(content, shape=shape)


def matrix_of(
    sources: npt.NDArray[np.int32],
    targets: npt.NDArray[np.int32],
    size: int,
    dtype: npt.DTypeLike,
) -> Matrix:
    """Ascending ``sources`` are the rows of a sparse matrix as they stand, without a sort."""
    rows = np.zeros(size + 1, dtype=np.int32)
    np.cumsum(np.bincount(sources, minlength=size), out=rows[1:])
    return csr_array((np.ones(len(targets), dtype=dtype), targets, rows), shape=(size, size))


def breadth_first_order(
    matrix: Matrix, start: int
) -> tuple[npt.NDArray[np.int32], npt.NDArray[np.int32]]:
    """The vertices in the order in which a search from ``start`` finds them, and the one before
    each: negative at ``start``, and where nothing leads to it."""
    order, before = load().csgraph.breadth_first_order(matrix, start)
    return order, before


def strong_components(matrix: Matrix) -> tuple[int, npt.NDArray[np.int32]]:
    """How many strongly connected components there are, and the one of each vertex."""
    count, component = load().csgraph.connected_components(
        matrix, directed=True, connection="strong"
    )
    return count, component
