"""What `fertools demo` does: a photo with a shipped model, and training on drawn faces."""

from pathlib import Path

from ..annotation import annotate, save_image
from ..datasets import make_faces
from ..pipeline import make_fer_pipeline
from ..recognizer import ExpressionRecognizer


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
    faces = ExpressionRecognizer().recognize(photo)
    return faces, save_image(annotate(photo, faces), Path(folder) / "astronaut.png")


def score_drawn_faces(classifier):
    """Train a small pipeline on 420 drawn faces and return its accuracy on 210 others."""
    train, test = make_faces(420, random_state=0), make_faces(210, random_state=1)
    pipeline = make_fer_pipeline(
        ("lbp", "dct"), n_features=500, classifier=classifier, random_state=0
    )
    return pipeline.fit(train.images, train.labels).score(test.images, test.labels)
