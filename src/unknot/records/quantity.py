"""Numbers that cannot be negative; a document in which one is, is refused."""

from __future__ import annotations

from typing import Annotated

import msgspec

__all__ = ["Amount", "Count"]

Count = Annotated[int, msgspec.Meta(ge=0)]
Amount = Annotated[float, msgspec.Meta(ge=0)]
"""A rate, a time or a size."""
