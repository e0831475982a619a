"""The face verifier that is shipped with fertools."""

from copy import deepcopy
from functools import lru_cache
from pathlib import Path

import numpy as np

from ._box_features import SIDE
from ._face_verifier import WEIGHTS, FaceVerifier

MODEL = Path(__file__).parents[1] / "models" / "face_verifier.npz"


def load_face_verifier() -> FaceVerifier:
    """Load the face verifier that is shipped with fertools.

    Its training data and figures are in the model card, fertools/models/face_verifier.md.

    Returns
    -------
    FaceVerifier
        Fitted verifier of crops of 48 x 48 pixels, which include a margin of a quarter of the box.

    Examples
    --------
    >>> from skimage.data import astronaut
    >>> from fertools.detection import load_face_verifier
    >>> face, rocket = (175, 65, 105, 105), (350, 100, 105, 105)
    >>> load_face_verifier().verify(astronaut(), [face, rocket]).round(1).tolist()
    [1.0, 0.0]
    """
    return deepcopy(shipped_verifier())


@lru_cache
def shipped_verifier():
    """Return the verifier that all detectors of the process share."""
    verifier = FaceVerifier()
    with np.load(MODEL, allow_pickle=False) as stored:
        verifier.weights_ = {name: stored[name].astype(np.float32) for name in WEIGHTS}
    verifier.classes_ = np.array([False, True])
    verifier.image_shape_ = (SIDE, SIDE)
    verifier.n_features_in_ = SIDE * SIDE
    return verifier


def save_weights(verifier, path):
    """Save the weights of a fitted verifier in half precision, as read by `load_face_verifier`."""
    with open(path, "wb") as file:
        np.savez_compressed(
            file,
            **{
                name: values if name == "calibration" else values.astype(np.float16)
                for name, values in verifier.weights_.items()
            },
        )
