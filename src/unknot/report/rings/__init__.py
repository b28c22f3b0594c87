"""A cycle or a leak as a drawing: where objects, references and words go, and what they say.

Pure geometry, for the page's SVG and for ``cycles.png`` alike. The way through: ``link`` says which
references are shown, ``words`` what is said, ``label`` how a name is broken into lines, ``oval``
where a place on the ring is, ``layout`` what stands there; ``ring`` puts it
together, and ``chain`` does so for what holds a leak.
"""

from __future__ import annotations

from unknot.report.rings.geometry import Arc, Label, Node, Ring
from unknot.report.rings.ring import chain_of, ring_of

__all__ = ["Arc", "Label", "Node", "Ring", "chain_of", "ring_of"]
