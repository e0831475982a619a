"""Sphinx configuration."""

import warnings

import fertools

project = "fertools"
author = "The fertools developers"
copyright = "2026, The fertools developers"
release = version = fertools.__version__

extensions = [
    "myst_parser",
    "numpydoc",
    "sphinx.ext.autodoc",
    "sphinx.ext.autosummary",
    "sphinx.ext.extlinks",
    "sphinx.ext.viewcode",
    "sphinx_gallery.gen_gallery",
]
exclude_patterns = ["_build", "examples"]
templates_path = ["_templates"]
html_theme = "pydata_sphinx_theme"
html_title = "fertools"
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
    "download_all_examples": False,
    "show_memory": False,
}
warnings.filterwarnings("ignore", message="FigureCanvasAgg is non-interactive")
