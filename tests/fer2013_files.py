"""Drawn faces in the files of FER-2013."""

import io

import numpy as np
from PIL import Image

from fertools.datasets import USAGES, make_faces

FACES = make_faces(35, random_state=0)


# Five images per class: three in Training, and one in each test split.
USAGE = np.repeat(["Training", "PrivateTest", "Training", "PublicTest", "Training"], 7)


# Sorted by split and class, and then by file name or row of the CSV file.
ORDER = np.lexsort((np.arange(35), FACES.target, [USAGES.index(usage) for usage in USAGE]))


def jpeg(image):
    buffer = io.BytesIO()
    Image.fromarray(image).save(buffer, "jpeg", quality=90)
    return buffer.getvalue()


def image_files():
    """Return the files of the usual download, not sorted."""
    files = {}
    for row in reversed(range(len(FACES.images))):
        folder = "train" if USAGE[row] == "Training" else "test"
        name = f"{folder}/{FACES.labels[row]}/{USAGE[row]}_{1000 + row}.jpg"
        files[name] = jpeg(FACES.images[row])
    return files


FILES = image_files()


def csv_bytes(columns=("emotion", "pixels", "Usage"), separator=","):
    lines = [separator.join(columns)]
    for row, image in enumerate(FACES.images):
        cells = {
            "emotion": str(FACES.target[row]),
            "pixels": " ".join(map(str, image.ravel())),
            "Usage": USAGE[row],
        }
        lines.append(",".join(cells[column.strip()] for column in columns))
    return "\n".join([*lines, ""]).encode()


def below(prefix, files):
    return {prefix + name: data for name, data in files.items()}
