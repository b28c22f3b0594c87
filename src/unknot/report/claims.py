"""Claims: what somebody said the ratio is, by type, with the collector off."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType

__all__ = ["NO_CLAIMS"]

NO_CLAIMS: Mapping[str, float] = MappingProxyType({})
