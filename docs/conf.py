"""The documentation as a site: ``python -m sphinx -W -b html docs FOLDER``."""

from __future__ import annotations

import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))  # for bench.manual

import unknot

project = "unknot"
author = "The unknot developers"
copyright = "The unknot developers"
release = version = unknot.__version__

extensions = ["myst_parser", "sphinx.ext.autodoc", "bench.manual"]
exclude_patterns = ["_build", "_templates", "pictures"]
nitpicky = False

myst_enable_extensions = ["colon_fence", "deflist"]
myst_heading_anchors = 3

autodoc_member_order = "bysource"
autodoc_typehints = "description"

html_theme = "furo"
html_title = "unknot"
html_copy_source = False
html_show_sphinx = False
templates_path = ["_templates"]
html_static_path = ["_static"]
html_css_files = ["unknot.css"]
html_theme_options = {"source_edit_link": ""}
