"""Drawings of cycles and leaks: where objects, references and labels go.

Pure geometry, for the page's SVG and for ``cycles.png``. ``links`` selects the references to draw,
``geometry`` has the shapes and labels, ``layout`` places labels around a ring, and ``ring`` builds
the ring of a cycle and the chain of a leak.
"""

from __future__ import annotations

from unknot.report.rings.geometry import Arc, Label, Node, Ring
from unknot.report.rings.ring import chain_of, ring_of

__all__ = ["Arc", "Label", "Node", "Ring", "chain_of", "ring_of"]
