"""What the build adds to the package's metadata.

``UNKNOT_REPOSITORY`` names the address of the repository that is released, and ``UNKNOT_REF`` its
tag. Then the metadata has ``project.urls``, and the README's links and pictures are absolute, as a
package index shows it beside no other file. The release's workflow sets both. Without them, as in
an ordinary install, there are no addresses to name.
"""

from __future__ import annotations

import os
import re
from pathlib import Path
from typing import Any

from hatchling.metadata.plugin.interface import MetadataHookInterface


class Metadata(MetadataHookInterface):
    """Fills in ``readme`` and ``urls``."""

    def update(self, metadata: dict[str, Any]) -> None:
        text = Path(self.root, "README.md").read_text(encoding="utf-8")
        repository = os.environ.get("UNKNOT_REPOSITORY", "").rstrip("/")
        if repository:
            ref = os.environ.get("UNKNOT_REF") or "main"
            text = with_absolute_links(
                text, f"{repository}/blob/{ref}/", f"{repository}/raw/{ref}/"
            )
            metadata["urls"] = {
                "Changelog": f"{repository}/blob/{ref}/CHANGELOG.md",
                "Documentation": os.environ.get("UNKNOT_DOCS") or f"{repository}/tree/{ref}/docs",
                "Issues": f"{repository}/issues",
                "Source": repository,
            }
        metadata["readme"] = {"content-type": "text/markdown", "text": text}


def with_absolute_links(text: str, pages: str, pictures: str) -> str:
    """``text``, Markdown, with ``pages`` before each relative link and ``pictures`` before each
    relative image."""
    text = re.sub(r"\]\((?!\w+:|#)", f"]({pages}", text)
    return re.sub(r'\b(src|srcset)="(?!\w+:)', rf'\1="{pictures}', text)
