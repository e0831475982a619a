"""Sphinx configuration."""

import sys
import warnings
from pathlib import Path

import fertools

# Extensions of these docs.
sys.path.insert(0, str(Path(__file__).parent))

project = "fertools"
author = "The fertools developers"
copyright = "2026, The fertools developers"
release = version = fertools.__version__

extensions = [
    "myst_parser",
    "notebook_pages",
    "numpydoc",
    "sphinx.ext.autodoc",
    "sphinx.ext.autosummary",
    "sphinx.ext.extlinks",
    "sphinx.ext.viewcode",
    "sphinx_gallery.gen_gallery",
]
# The gallery generates pages and notebooks of the same name.
exclude_patterns = ["_build", "examples", "auto_examples/*.ipynb"]
templates_path = ["_templates"]
html_theme = "pydata_sphinx_theme"
html_title = "fertools"
html_static_path = ["_static/css"]
html_css_files = ["fertools.css"]
html_theme_options = {
    # All sections are in the header.
    "header_links_before_dropdown": 6,
    "navigation_with_keys": False,
}
html_sidebars = {"index": []}
extlinks = {"doi": ("https://doi.org/%s", "doi:%s")}
# Links between pages may name a heading.
myst_heading_anchors = 3
# Methods inherited from scikit-learn refer to sections of its manual.
suppress_warnings = ["ref.ref"]

# The API pages follow __all__, so they name what the package names.
autosummary_ignore_module_all = False
numpydoc_show_class_members = False

sphinx_gallery_conf = {
    "examples_dirs": "examples",
    "gallery_dirs": "auto_examples",
    "filename_pattern": "/plot_",
    "abort_on_example_error": True,
    # The names in the API link to the examples that use them.
    "backreferences_dir": "api/backreferences",
    "doc_module": ("fertools",),
    # Objects that are drawn have no representation worth reading.
    "ignore_repr_types": r"matplotlib|fertools\.plotting",
    "min_reported_time": 3600,
    "download_all_examples": False,
    "show_memory": False,
}
warnings.filterwarnings("ignore", message="FigureCanvasAgg is non-interactive")
