"""Draw the pictures of the tutorial, which its own code draws.

Usage: python docs/figures/make_tutorial_figures.py
"""

import os
import re
import tempfile
from pathlib import Path

import matplotlib
from matplotlib import pyplot

DOCS = Path(__file__).parents[1]
# A block of code, or the file of a picture.
PART = re.compile(
    r"^```python\n(.*?)^```|\]\((_static/tutorial_\w+\.(?:png|webp))\)", re.DOTALL | re.MULTILINE
)


def draw_tutorial():
    """Run the tutorial and write each picture after the block of code that draws it."""
    namespace = {}
    for code, picture in PART.findall((DOCS / "tutorial.md").read_text()):
        if code:
            exec(compile(code, "tutorial.md", "exec"), namespace)
        else:
            figure = pyplot.gcf()
            figure.savefig(DOCS / picture, dpi=110, bbox_inches="tight")
            pyplot.close(figure)


def main():
    """Write docs/_static/tutorial_*."""
    matplotlib.use("Agg")
    with tempfile.TemporaryDirectory() as folder:
        os.chdir(folder)
        draw_tutorial()
        os.chdir(DOCS)


if __name__ == "__main__":
    main()
