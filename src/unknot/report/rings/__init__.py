"""A cycle as a drawing: where its objects, references and words go, and what the words are.

Pure geometry, for the page's SVG and for ``cycles.png`` alike. The way through: ``link`` says which
references are shown, ``words`` what is said, ``label`` how a name is broken into lines, ``oval``
where a place on the ring is, ``layout`` what stands there; ``ring`` puts it together.
"""

from __future__ import annotations

from unknot.report.rings.drawing import Arc, Node, Ring
from unknot.report.rings.label import Label
from unknot.report.rings.ring import ring_of

__all__ = ["Arc", "Label", "Node", "Ring", "ring_of"]
