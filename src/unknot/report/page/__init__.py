"""The result as one HTML page that needs nothing but itself.

The way through: ``sections`` says what stands on the page and in which order, made of ``cuts``
(the cycles and leaks), ``drawing`` (pictures), ``judged`` (the gate) and the tables beside this
package; ``answers`` says the most of it in a few lines; ``document`` puts all into the templates
and writes the file.
"""

from __future__ import annotations

from unknot.report.page.document import write_page
from unknot.report.page.flames import flame_files

__all__ = ["flame_files", "write_page"]
