"""The descriptors of the best machine, made once for each of them and kept in a folder."""

import json
import time

import numpy as np
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

SEED = 0
CHUNK = 1000


def _words(n_words=800, **parameters):
    return VisualWords(n_words, regularization=1.0, random_state=SEED, **parameters)


def _gradients(cells):
    return OrientedGradients(9, direction="both", grids=((cells, cells),), norm="four-way")


# All were chosen on Training and PublicTest.
DESCRIPTORS = {
    "SIFT words, 12 pixels": _words(size=12, threshold=1.0),
    "SIFT words, 16 pixels": _words(size=16, threshold=1.0),
    "patch words, 8 pixels": _words(local="patch", size=8, step=2, threshold=0.5),
    "HOG, 6 pixels": _gradients(8),
    "LBP": LocalBinaryPatterns(),
    "local Zernike moments": LocalZernikeMoments(),
}


def aligned_faces(data, folder, n_jobs):
    """Bring all faces into the pose of the Training faces; return (images, fitted aligner)."""
    images, model = folder / "aligned.npy", folder / "aligned.fer"
    if not images.exists():
        aligner = FaceAligner(random_state=SEED, n_jobs=n_jobs)
        aligner.fit(data.images[data.usage == "Training"])
        save(aligner, model)
        np.save(images, aligner.transform(data.images))
    return np.load(images, mmap_mode="r"), load(model)


def slug(name):
    """Return a name for files."""
    return "".join(letter if letter.isalnum() else "_" for letter in name)


def described(name, descriptor, images, training, folder, n_jobs, n_components=1500):
    """Describe all images by the principal components of one descriptor.

    Parameters
    ----------
    name : str
    descriptor : ImageTransformer
    images : ndarray of shape (n, h, w)
    training : ndarray of bool, shape (n,)
        The images to learn from.
    folder : Path
        Where the result is kept.
    n_jobs : int
        Threads.
    n_components : int

    Returns
    -------
    rows : ndarray of shape (n, n_components), float32
    odd : ndarray of bool, shape (n_components,)
        Which change their sign in a mirror image.
    about : dict
        `parameters`, `n_features` of the descriptor, `fit_seconds`, `ms_per_face`.
    """
    path, model = folder / f"{slug(name)}.npy", folder / f"{slug(name)}.fer"
    settings = {"parameters": repr(descriptor), "n_components": n_components}
    notes = path.with_suffix(".json")
    if notes.exists():
        about = json.loads(notes.read_text())
        if settings.items() <= about.items():
            return np.load(path, mmap_mode="r"), np.array(about["odd"]), about
    descriptor = clone(descriptor).set_params(n_jobs=n_jobs)
    principal = PrincipalFeatures(
        descriptor, n_components, n_samples=8000, random_state=SEED, n_jobs=n_jobs
    )
    start = time.perf_counter()
    principal.fit(images[training])
    fit_seconds = time.perf_counter() - start
    save(principal, model)
    rows = np.lib.format.open_memmap(path, "w+", np.float32, (len(images), len(principal.odd_)))
    start = time.perf_counter()
    for first in range(0, len(images), CHUNK):
        rows[first : first + CHUNK] = principal.transform(images[first : first + CHUNK])
    rows.flush()
    about = settings | {
        "n_features": sum(len(part) for part in principal.components_),
        "fit_seconds": round(fit_seconds, 1),
        "ms_per_face": 1e3 * (time.perf_counter() - start) / len(images),
        "threads": n_jobs,
        "odd": principal.odd_.tolist(),
    }
    notes.write_text(json.dumps(about))
    return rows, principal.odd_, about
