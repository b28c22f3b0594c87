"""Types of non-negative numbers. A document with a negative one is rejected."""

from __future__ import annotations

from typing import Annotated

import msgspec

__all__ = ["Amount", "Count"]

Count = Annotated[int, msgspec.Meta(ge=0)]
Amount = Annotated[float, msgspec.Meta(ge=0)]
"""A rate, a duration or a size."""
