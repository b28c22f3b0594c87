"""Pure analysis of a raw heap snapshot: it gets arrays and never touches a live object.

The way through: ``snapshot`` is the heap as numpy arrays, ``garbage`` finds what nothing outside
the tracked objects holds.
"""

from unknot.heap.garbage import find_garbage, garbage_by_type
from unknot.heap.snapshot import Snapshot

__all__ = ["Snapshot", "find_garbage", "garbage_by_type"]
