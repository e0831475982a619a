"""Draw the pictures of the landing page and of the tutorial.

Usage: python docs/figures/make_page_figures.py

The pictures of the tutorial are those that its own code draws. The photo is the portrait of the
astronaut Eileen Collins by NASA, in the public domain, which scikit-image contains.
"""

import os
import re
import tempfile
from pathlib import Path

import matplotlib
from matplotlib import pyplot
from PIL import Image
from skimage.data import astronaut

from fertools import ExpressionRecognizer, annotate

DOCS = Path(__file__).parents[1]
# A block of code, or the file of a picture.
PART = re.compile(
    r"^```python\n(.*?)^```|\]\((_static/tutorial_\w+\.(?:png|webp))\)", re.DOTALL | re.MULTILINE
)


def draw_landing_page():
    """Write the annotated photo."""
    photo = astronaut()[:330]
    picture = annotate(photo, ExpressionRecognizer("fast").recognize(photo))
    Image.fromarray(picture).save(DOCS / "_static" / "annotated_photo.jpg", quality=88)


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
    """Write docs/_static/annotated_photo.jpg and docs/_static/tutorial_*."""
    matplotlib.use("Agg")
    draw_landing_page()
    with tempfile.TemporaryDirectory() as folder:
        os.chdir(folder)
        draw_tutorial()
        os.chdir(DOCS)


if __name__ == "__main__":
    main()
