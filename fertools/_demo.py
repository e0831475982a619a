"""What `fertools demo` does: a photo with a shipped model, and training on drawn faces."""

from pathlib import Path

import cv2

from .annotation import annotate
from .datasets import make_faces
from .persistence import load_pretrained
from .pipeline import make_fer_pipeline
from .recognizer import ExpressionRecognizer


def write_picture(image, path):
    """Write an RGB image; the folder is made where it is missing.

    Raises
    ------
    OSError
        Where the file cannot be written.
    """
    path = Path(path)
    path.parent.mkdir(parents=True, exist_ok=True)
    if not cv2.imwrite(str(path), cv2.cvtColor(image, cv2.COLOR_RGB2BGR)):
        raise OSError(f"{path}: the picture cannot be written.")
    return path


def recognize_astronaut(folder):
    """Name the expression in scikit-image's photo of Eileen Collins.

    Returns
    -------
    faces : list of RecognizedFace
    path : Path
        The annotated picture, ``folder/astronaut.png``.
    """
    from skimage.data import astronaut

    photo = astronaut()
    faces = ExpressionRecognizer(load_pretrained()).recognize(photo)
    return faces, write_picture(annotate(photo, faces), Path(folder) / "astronaut.png")


def score_drawn_faces(classifier):
    """Train a small pipeline on 420 drawn faces and return its accuracy on 210 others."""
    train, test = make_faces(420, random_state=0), make_faces(210, random_state=1)
    pipeline = make_fer_pipeline(
        ("lbp", "dct"), n_features=500, classifier=classifier, random_state=0
    )
    return pipeline.fit(train.images, train.labels).score(test.images, test.labels)
