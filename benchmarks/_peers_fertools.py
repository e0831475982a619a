"""Process of peers.py that runs a shipped model.

python benchmarks/_peers_fertools.py MODEL
"""

import os
import sys
from functools import partial

import cv2
from _peers_serve import serve

from fertools.detection import ViolaJonesDetector
from fertools.persistence import load_pretrained
from fertools.recognizer import ExpressionRecognizer

threads = int(os.environ["OMP_NUM_THREADS"])
cv2.setNumThreads(threads)
model = load_pretrained(sys.argv[1])
parallel = [key for key in model.get_params() if key.endswith("n_jobs")]
model.set_params(**dict.fromkeys(parallel, threads))
recognizer = ExpressionRecognizer(model)
# The minimum face size is 50 pixels in fer, and 30 pixels in the recognizer by default.
with_settings_of_fer = ExpressionRecognizer(
    model, detector=ViolaJonesDetector(min_size=50, min_neighbors=5)
)


def photos(images, recognizer=recognizer):
    """Detect the faces of each photo and predict their expressions."""
    return [[face.expression for face in recognizer.recognize(image)] for image in images]


def crops(images):
    """Predict the expressions of crops."""
    return model.predict(images).tolist()


serve(
    ["fertools", "scikit-learn", "numpy"],
    {
        "photos": photos,
        "photos_same_detector": partial(photos, recognizer=with_settings_of_fer),
        "crops": crops,
    },
)
