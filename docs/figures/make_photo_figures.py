"""Draw the annotated photo and the heat map of the README and the landing page.

    python docs/figures/make_photo_figures.py

The photo is the portrait of the astronaut Eileen Collins by NASA, which scikit-image contains.
"""

from pathlib import Path

import matplotlib
from PIL import Image
from skimage.data import astronaut

from fertools.annotation import annotate
from fertools.detection import FaceLocalizer
from fertools.inspection import explain
from fertools.plotting import ExplanationDisplay
from fertools.recognizer import ExpressionRecognizer

OUT = Path(__file__).parents[1] / "_static"
EXPRESSIONS = ("happy", "surprise", "sad")


def main():
    """Write docs/_static/annotated_photo.webp and docs/_static/heat_map.webp."""
    matplotlib.use("Agg")
    photo = astronaut()[:330]
    picture = annotate(photo, ExpressionRecognizer("fast").recognize(photo))
    Image.fromarray(picture).save(OUT / "annotated_photo.webp", quality=85, method=6)
    [face] = FaceLocalizer().fit_transform([photo])
    display = ExplanationDisplay([explain("fast", face, name) for name in EXPRESSIONS])
    display.plot(n_columns=3)
    file = OUT / "heat_map.webp"
    display.figure_.savefig(file, dpi=200, bbox_inches="tight", pil_kwargs={"quality": 85})


if __name__ == "__main__":
    main()
