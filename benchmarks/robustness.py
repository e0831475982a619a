"""Robustness of all methods and of face detection to occlusion, illumination, noise and blur.

Each method of `_methods.py` predicts the original and the distorted images of PublicTest
(PrivateTest is not used), and the face detector is applied to the same images. Writes
results/robustness.json after each method and distortion; measurements found there with the same
method, images, data and version are reused.

    python benchmarks/robustness.py [DATA] [--methods METHOD ...] [--images N] [--out FOLDER]
"""

import argparse
from functools import partial

import cv2
import numpy as np
from _common import RESULTS, read_result, write_result
from _methods import BASELINES, NAMES, add_arguments, each_method
from fer2013_handcrafted import SEED, limited
from sklearn.model_selection import train_test_split

import fertools
from fertools.datasets import load_fer2013
from fertools.datasets._audit_tables import DETECTOR, count_faces
from fertools.detection import ViolaJonesDetector
from fertools.evaluation._compare import describe_estimator
from fertools.preprocessing._augmenter import cover
from fertools.preprocessing._gamma_correction import correct_gamma

NAME = "robustness"
DETECTOR_NAME = "detector"


def occlude(images, share):
    """Occlude a share of each image by a rectangle of its mean gray level, at a random position.

    Parameters
    ----------
    images : ndarray of shape (n, h, w), uint8
    share : float
        Share of the pixels, at most 1/2, so that rectangles of all shapes fit.

    Returns
    -------
    ndarray of shape (n, h, w), uint8
        Occluded images. The position of a rectangle and the ratio of its sides, 1:2 to 2:1, do not
        depend on the share.
    """
    rng = np.random.default_rng(SEED)
    places = rng.random((len(images), 2))
    stretch = 2 ** rng.uniform(-0.5, 0.5, len(images))
    covered = images.copy()
    cover(covered, places, np.sqrt(share) * np.column_stack([stretch, 1 / stretch]))
    return covered


def add_noise(images, sigma):
    """Add Gaussian noise of a standard deviation in gray levels, clipped to 0..255."""
    noise = np.random.default_rng(SEED).standard_normal(images.shape, dtype=np.float32)
    return np.clip(np.rint(images + np.float32(sigma) * noise), 0, 255).astype(np.uint8)


def blur(images, sigma):
    """Blur by a Gaussian of a positive standard deviation in pixels."""
    return np.stack([cv2.GaussianBlur(image, (0, 0), sigma) for image in images])


# Undistorted images are measured once for all distortions.
DISTORTIONS = {
    "occlusion": (occlude, (0.1, 0.2, 0.3, 0.4, 0.5)),
    "gamma": (correct_gamma, (0.25, 0.35, 0.5, 0.7, 1.4, 2.0, 2.8, 4.0)),
    "noise": (add_noise, (5, 10, 20, 30, 40)),
    "blur": (blur, (0.5, 1.0, 1.5, 2.0, 3.0)),
}


def chosen_indices(data, n_images):
    """Return the indices of PublicTest, or of a stratified subset of it."""
    indices = np.flatnonzero(data.usage == "PublicTest")
    if n_images is None or n_images >= len(indices):
        return indices
    kept, _ = train_test_split(
        indices, train_size=n_images, stratify=data.labels[indices], random_state=SEED
    )
    return np.sort(kept)


def measure(share, images, known):
    """Measure all distortions that are not known yet, and yield the name of each.

    Parameters
    ----------
    share : callable
        Function of images that returns the share with a correct result.
    images : ndarray of shape (n, h, w), uint8
    known : dict
        Share of "undistorted" images, and the shares at the levels of each distortion; updated in
        place.
    """
    if "undistorted" not in known:
        known["undistorted"] = share(images)
    for name, (distort, levels) in DISTORTIONS.items():
        if name not in known:
            known[name] = [share(distort(images, level)) for level in levels]
            yield name


def accuracy(estimator, truth, images):
    """Return the accuracy of a fitted estimator."""
    return float(np.mean(np.asarray(estimator.predict(images)) == truth))


def share_found(detector, images):
    """Return the share of padded crops in which a face is detected."""
    return float(np.mean(count_faces(detector, images) > 0))


def each_share(data, truth, arguments):
    """Yield the name of each method, its estimator, and its `share` function (see `measure`)."""
    names = [name for name in arguments.methods if name != DETECTOR_NAME]
    for name, estimator in each_method(names, data, arguments):
        yield name, estimator, partial(accuracy, estimator, truth)
    if DETECTOR_NAME in arguments.methods:
        detector = ViolaJonesDetector(**DETECTOR)
        yield DETECTOR_NAME, detector, partial(share_found, detector)


def main(argv=None):
    """Run the benchmark."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    add_arguments(parser, [*(name for name in NAMES if name not in BASELINES), DETECTOR_NAME])
    parser.add_argument("--images", type=int, help="number of images; default: all")
    parser.add_argument("--out", default=RESULTS)
    arguments = parser.parse_args(argv)

    data = load_fer2013(arguments.data)
    if arguments.limit:
        data = limited(data, arguments.limit)
    chosen = chosen_indices(data, arguments.images)
    images, truth = data.images[chosen], data.labels[chosen]
    about = {
        "what": "accuracy on PublicTest, and the share of its faces that are found, distorted",
        "data_sha256": data.sha256,
        "seed": SEED,
        "fertools": fertools.__version__,
        "levels": {name: list(levels) for name, (_, levels) in DISTORTIONS.items()},
    }
    previous = read_result(NAME, arguments.out) or {}
    same = all(previous.get(key) == value for key, value in about.items())
    methods = previous["methods"] if same else {}
    for name, estimator, share in each_share(data, truth, arguments):
        made_by = {"parameters": describe_estimator(estimator), "images": len(images)}
        if not made_by.items() <= methods.get(name, {}).items():
            methods[name] = made_by
        for distortion in measure(share, images, methods[name]):
            write_result(NAME, about | {"methods": methods}, arguments.out)
            print(f"{name}: {distortion}", flush=True)


if __name__ == "__main__":
    main()
