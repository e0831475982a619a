"""The descriptors of the best machine, made once for each of them and kept in a folder."""

import json
import time

import numpy as np
from fer2013_handcrafted import SEED
from sklearn.base import clone

from fertools.features import (
    LocalBinaryPatterns,
    LocalZernikeMoments,
    OrientedGradients,
    PrincipalFeatures,
    VisualWords,
)
from fertools.persistence import load, save
from fertools.preprocessing import FaceAligner

CHUNK = 1000


def _words(n_words=800, **parameters):
    return VisualWords(n_words, regularization=1.0, random_state=SEED, **parameters)


def _gradients(cells):
    return OrientedGradients(9, direction="both", grids=((cells, cells),), norm="four-way")


def _principal(descriptor, whiten):
    return PrincipalFeatures(descriptor, 1500, whiten=whiten, n_samples=8000, random_state=SEED)


# All were chosen on Training and PublicTest.
DESCRIPTORS = {
    "SIFT words, 12 pixels": _principal(_words(size=12, threshold=1.0), 0.4),
    "SIFT words, 16 pixels": _principal(_words(size=16, threshold=1.0), 0.4),
    "patch words, 8 pixels": _principal(_words(local="patch", size=8, step=2, threshold=0.5), 0.4),
    "HOG, 6 pixels": _principal(_gradients(8), 0.0),
    "LBP": _principal(LocalBinaryPatterns(), 0.0),
    "local Zernike moments": _principal(LocalZernikeMoments(), 0.0),
}


def aligned_faces(data, folder, n_jobs):
    """Bring all faces into the pose of the Training faces; keep them, and the fitted aligner."""
    path = folder / "aligned.npy"
    if not path.exists():
        aligner = FaceAligner(random_state=SEED, n_jobs=n_jobs)
        aligner.fit(data.images[data.usage == "Training"])
        save(aligner, path.with_suffix(".fer"))
        np.save(path, aligner.transform(data.images))
    return np.load(path, mmap_mode="r")


def slug(name):
    """Return a name for files."""
    return "".join(letter if letter.isalnum() else "_" for letter in name)


def described(name, principal, images, training, folder, n_jobs):
    """Describe all images by the principal components of one descriptor.

    Parameters
    ----------
    name : str
    principal : PrincipalFeatures
        Not fitted.
    images : ndarray of shape (n, h, w)
    training : ndarray of bool, shape (n,)
        The images to learn from.
    folder : Path
        Where the result is kept, and the fitted descriptor.
    n_jobs : int
        Threads.

    Returns
    -------
    rows : ndarray of shape (n, n_components), float32
    odd : ndarray of bool, shape (n_components,)
        Which change their sign in a mirror image.
    about : dict
        `parameters`, `fit_seconds`, `ms_per_face`, `threads`.
    """
    path, parameters = folder / f"{slug(name)}.npy", " ".join(repr(principal).split())
    notes, model = path.with_suffix(".json"), path.with_suffix(".fer")
    if notes.exists():
        about = json.loads(notes.read_text())
        if about["parameters"] == parameters:
            return np.load(path, mmap_mode="r"), load(model).odd_, about
    principal = clone(principal).set_params(n_jobs=n_jobs, transformer__n_jobs=n_jobs)
    start = time.perf_counter()
    principal.fit(images[training])
    fit_seconds = time.perf_counter() - start
    save(principal, model)
    rows = np.lib.format.open_memmap(path, "w+", np.float32, (len(images), len(principal.odd_)))
    start = time.perf_counter()
    for first in range(0, len(images), CHUNK):
        rows[first : first + CHUNK] = principal.transform(images[first : first + CHUNK])
    rows.flush()
    about = {
        "parameters": parameters,
        "fit_seconds": round(fit_seconds, 1),
        "ms_per_face": 1e3 * (time.perf_counter() - start) / len(images),
        "threads": n_jobs,
    }
    notes.write_text(json.dumps(about))
    return rows, principal.odd_, about
