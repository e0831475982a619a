"""``fertools demo``."""

from pathlib import Path
from typing import Annotated

import typer
from rich.table import Table

from .._utils.files import check_folder
from ._terminal import Quiet, print_table, say, status, user_path, write


def demo(
    folder: Annotated[
        Path, typer.Option("--out", help="Output folder for the annotated picture.")
    ] = Path("fertools_demo"),
    quiet: Quiet = False,
):
    """Recognize a face in a sample photo, and train classifiers on drawn faces."""
    from ..pipeline._registry import CLASSIFIER_TITLES

    folder = user_path(folder)
    check_folder(folder)
    with status("Looking for a face in a photo ...", quiet):
        faces, path = _recognize_astronaut(folder)
    for face in faces:
        x, y, width, height = face.box
        say(
            f"Face of {width} x {height} pixels at ({x}, {y}): {face.expression}, "
            f"{face.probability:.0%}. Picture: {path}"
        )
    table = Table("classifier", "accuracy", title="Trained on 420 drawn faces, tested on 210")
    for classifier, title in CLASSIFIER_TITLES.items():
        with status(f"Training: {title} ...", quiet):
            table.add_row(title, f"{_score_drawn_faces(classifier):.1%}")
    print_table(table)
    write(
        "Next:\n"
        "  fertools predict PHOTO.jpg --annotate pictures/\n"
        "  fertools train fer2013.zip --classifier svm --out model.fer\n"
        "  fertools evaluate fer2013.zip --model model.fer\n"
    )


def _recognize_astronaut(folder):
    """Recognize the expression in scikit-image's photo of Eileen Collins.

    Returns
    -------
    faces : list of RecognizedFace
    path : Path
        The annotated picture, ``folder/astronaut.png``.
    """
    from skimage.data import astronaut

    from ..annotation import annotate, save_image
    from ..recognizer import ExpressionRecognizer

    photo = astronaut()
    faces = ExpressionRecognizer().recognize(photo)
    return faces, save_image(annotate(photo, faces), folder / "astronaut.png")


def _score_drawn_faces(classifier):
    """Train a small pipeline on 420 drawn faces and return its accuracy on 210 others."""
    from ..datasets import make_faces
    from ..pipeline import make_fer_pipeline

    train, test = make_faces(420, random_state=0), make_faces(210, random_state=1)
    pipeline = make_fer_pipeline(
        ("lbp", "dct"), n_features=500, classifier=classifier, random_state=0
    )
    return pipeline.fit(train.images, train.labels).score(test.images, test.labels)
