"""Process of peers.py that runs fer with its defaults.

`FER()` uses the quantized one of its two networks, for 64 x 64 pixels, in TensorFlow Lite on one
thread. It also depends on PyTorch, for a detector that is off by default.
"""

import os

import cv2
import numpy as np
from _peers_serve import serve
from fer.fer import FER

cv2.setNumThreads(int(os.environ["OMP_NUM_THREADS"]))
recognizer = FER()
# By default, fer adds a border of 10 pixels around a box, which crops do not have.
without_border = FER(offsets=(0, 0))
LABELS = list(FER._get_labels().values())


def best(faces):
    """Return the most probable expression of each face."""
    return [max(face["emotions"], key=face["emotions"].get) for face in faces]


def photos(images):
    """Detect the faces of each photo and predict their expressions."""
    return [best(recognizer.detect_emotions(image)) for image in images]


def crops(images):
    """Predict the expressions of vertically stacked crops in one call."""
    n, height, width = images.shape
    column = cv2.cvtColor(images.reshape(n * height, width), cv2.COLOR_GRAY2BGR)
    boxes = [(0, height * number, width, height) for number in range(n)]
    return best(without_border.detect_emotions(column, face_rectangles=boxes))


def crops_with_border(images):
    """Predict the expressions of crops one by one, with the default border."""
    color = [cv2.cvtColor(image, cv2.COLOR_GRAY2BGR) for image in images]
    boxes = [(0, 0, *images.shape[:0:-1])]
    return [best(recognizer.detect_emotions(image, boxes))[0] for image in color]


def probabilities(images):
    """Return the scores of all expressions from the network, which are not rounded here."""
    inputs = np.array([cv2.resize(image, (64, 64)) for image in images], np.float32) / 127.5 - 1
    return {"classes": LABELS, "scores": recognizer._classify_emotions(inputs).tolist()}


def network(images):
    """Predict the expressions of crops by calling the network directly."""
    return [LABELS[np.argmax(scores)] for scores in probabilities(images)["scores"]]


serve(
    ["fer", "tensorflow", "numpy", "opencv-contrib-python"],
    {
        "photos": photos,
        "photos_same_detector": photos,
        "crops": crops,
        "crops_with_border": crops_with_border,
        "network": network,
        "probabilities": probabilities,
    },
)
