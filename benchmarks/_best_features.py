"""Descriptors of the best classifier, computed once and cached in a folder."""

import json
import time

import numpy as np
from _common import median_seconds
from fer2013_handcrafted import SEED
from sklearn.base import clone
from threadpoolctl import threadpool_limits

from fertools.datasets import duplicate_groups
from fertools.features import (
    LocalBinaryPatterns,
    OrientedGradients,
    PrincipalFeatures,
    StackedWords,
    VisualWords,
)
from fertools.persistence import load, save
from fertools.pipeline import image_views
from fertools.preprocessing import FaceAligner

CHUNK = 1000
# Number of faces that are timed.
TIMED = 200


def _words(n_words=800, **parameters):
    return VisualWords(n_words, regularization=1.0, random_state=SEED, **parameters)


def _stacked(**parameters):
    # Pooling by 5 pixels at a distance of 2 has equal margins for mirror images.
    return StackedWords(1600, random_state=SEED, **parameters)


def _gradients(cells):
    return OrientedGradients(9, direction="both", grids=((cells, cells),), norm="four-way")


def _principal(descriptor, whiten):
    return PrincipalFeatures(descriptor, 1500, whiten=whiten, n_samples=8000, random_state=SEED)


# Parameters were chosen on Training and PublicTest.
DESCRIPTORS = {
    "SIFT words, 12 pixels": _principal(_words(size=12, threshold=1.0), 0.4),
    "SIFT words, 16 pixels": _principal(_words(size=16, threshold=1.0), 0.4),
    "patch words, 8 pixels": _principal(_words(local="patch", size=8, step=2, threshold=0.5), 0.4),
    "HOG, 6 pixels": _principal(_gradients(8), 0.0),
    "LBP": _principal(LocalBinaryPatterns(), 0.0),
    "two layers": _principal(_stacked(), 0.4),
    "two layers, all channels": _principal(_stacked(n_channels=None), 0.4),
    "two layers, threshold 1": _principal(_stacked(threshold=1.0), 0.4),
    "two layers, pooling by 2 pixels": _principal(_stacked(pool_size=2), 0.4),
    "two layers, pooling by 6 pixels": _principal(_stacked(pool_size=6, pool_step=3), 0.4),
    "200 SIFT words, 12 pixels": _principal(_words(200, size=12, threshold=1.0), 0.4),
    "400 SIFT words, 12 pixels": _principal(_words(400, size=12, threshold=1.0), 0.4),
}
# Computed on the unaligned faces of the data set.
UNALIGNED = {"SIFT words, 12 pixels, not aligned": DESCRIPTORS["SIFT words, 12 pixels"]}


def aligned_faces(data, folder, n_jobs):
    """Align all faces to the Training faces; the result and the fitted aligner are cached."""
    path = folder / "aligned.npy"
    if not path.exists():
        aligner = FaceAligner(random_state=SEED, n_jobs=n_jobs)
        aligner.fit(data.images[data.usage == "Training"])
        save(aligner, path.with_suffix(".fer"))
        np.save(path, aligner.transform(data.images))
    return np.load(path, mmap_mode="r")


def without_duplicate(images, training):
    """Return a mask of the images that equal no other training image."""
    groups = duplicate_groups(images)
    counts = np.bincount(groups[training], minlength=groups.max() + 1)[groups]
    return counts - training == 0


def slug(name):
    """Return a name that is suitable for files."""
    return "".join(letter if letter.isalnum() else "_" for letter in name)


def one_thread_ms(describe, images):
    """Return the milliseconds per image of a batch, on one thread."""
    with threadpool_limits(1):
        return 1e3 * median_seconds(lambda: describe(images), 3)["median"] / len(images)


def transform_into(path, model, images):
    """Compute features of images in chunks, and store them in an array on disk.

    Chunks are counted in a file beside the array, so that an interrupted call is continued.
    """
    counter = path.with_suffix(".done")
    done = int(counter.read_text()) if counter.exists() and path.exists() else 0
    shape = (len(images), len(model.odd_))
    features = np.lib.format.open_memmap(path, "r+" if done else "w+", np.float32, shape)
    for first in range(done, len(images), CHUNK):
        features[first : first + CHUNK] = model.transform(images[first : first + CHUNK])
        features.flush()
        counter.write_text(str(first + CHUNK))
    counter.unlink()
    return features


def described(name, principal, images, training, folder, n_jobs):
    """Compute the principal components of one descriptor for all images.

    Parameters
    ----------
    name : str
    principal : PrincipalFeatures
        Unfitted transformer.
    images : ndarray of shape (n, h, w)
    training : ndarray of bool, shape (n,)
        Mask of the images to fit on.
    folder : Path
        Folder of the cached features and of the fitted transformer.
    n_jobs : int
        Number of threads.

    Returns
    -------
    features : ndarray of shape (n, n_components), float32
    odd : ndarray of bool, shape (n_components,)
        Mask of the features that change sign under mirroring.
    about : dict
        `parameters`, `fit_seconds` and `seconds` (for all images) with `threads`, and
        `ms_per_face` on one thread.
    """
    path, parameters = folder / f"{slug(name)}.npy", " ".join(repr(principal).split())
    notes, kept = path.with_suffix(".json"), path.with_suffix(".fer")
    if notes.exists():
        about = json.loads(notes.read_text())
        if about["parameters"] == parameters:
            return np.load(path, mmap_mode="r"), load(kept).odd_, about
    fitting = path.with_suffix(".fit.json")
    about = json.loads(fitting.read_text()) if fitting.exists() else {}
    if about.get("parameters") == parameters:
        model = load(kept).set_params(n_jobs=n_jobs, transformer__n_jobs=n_jobs)
    else:
        path.with_suffix(".done").unlink(missing_ok=True)
        model = clone(principal).set_params(n_jobs=n_jobs, transformer__n_jobs=n_jobs)
        start = time.perf_counter()
        model.fit(images[training])
        about = {"parameters": parameters, "fit_seconds": round(time.perf_counter() - start, 1)}
        save(model, kept)
        fitting.write_text(json.dumps(about))
    start = time.perf_counter()
    features = transform_into(path, model, images)
    about |= {
        # After an interruption, this is the time of the last run only.
        "seconds": round(time.perf_counter() - start, 1),
        "threads": n_jobs,
        "ms_per_face": one_thread_ms(model.set_params(n_jobs=1).transform, images[:TIMED]),
    }
    notes.write_text(json.dumps(about))
    return features, model.odd_, about


def described_views(name, images, usage, shifts, folder, n_jobs):
    """Compute features of shifted images with a descriptor fitted by `described`.

    Parameters
    ----------
    name, folder, n_jobs
        Parameters of `described`.
    images : ndarray of shape (n, h, w)
    usage : str
        Split of the images.
    shifts : int
        Parameter of `fertools.pipeline.image_views`.

    Returns
    -------
    ndarray of shape (n_shifts, n, n_components), float32
        Features of the shifted images; the unshifted images are not included.
    """
    views = image_views(np.asarray(images), False, shifts)[1:]
    model = load(folder / f"{slug(name)}.fer").set_params(n_jobs=n_jobs)
    path = folder / f"{slug(name)}_{usage}_{shifts}_views.npy"
    features = transform_into(path, model, views.reshape(-1, *images.shape[1:]))
    path.unlink()
    return features.reshape(len(views), len(images), -1)
