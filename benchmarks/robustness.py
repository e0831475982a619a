"""How methods and the search for faces fare where faces are covered, lit, noisy or blurred.

Every method of `_methods.py` names the images of PublicTest as they are and distorted, so that
PrivateTest is left alone; the detector looks for the face in the same images. Writes
results/robustness.json after each method and distortion; what is there already, of the same method,
data and version, is not run again. A method is run again where other images are asked for.

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
SEARCH = "detector"


def occlude(images, share):
    """Cover a share of each image with a rectangle of its mean gray, at a random place.

    Parameters
    ----------
    images : ndarray of shape (n, h, w), uint8
    share : float
        Of the pixels, at most 1/2, so that a rectangle of any shape drawn fits.

    Returns
    -------
    ndarray of shape (n, h, w), uint8
        The place and the shape, with sides in the ratio 1:2 to 2:1, are the same for each share.
    """
    rng = np.random.default_rng(SEED)
    places = rng.random((len(images), 2))
    stretch = 2 ** rng.uniform(-0.5, 0.5, len(images))
    covered = images.copy()
    cover(covered, places, np.sqrt(share) * np.column_stack([stretch, 1 / stretch]))
    return covered


def add_noise(images, sigma):
    """Add Gaussian noise of a standard deviation in gray levels; uint8, cut at 0 and 255."""
    noise = np.random.default_rng(SEED).standard_normal(images.shape, dtype=np.float32)
    return np.clip(np.rint(images + np.float32(sigma) * noise), 0, 255).astype(np.uint8)


def blur(images, sigma):
    """Blur by a Gaussian of a standard deviation in pixels, above 0."""
    return np.stack([cv2.GaussianBlur(image, (0, 0), sigma) for image in images])


# What changes nothing is measured once for all.
DISTORTIONS = {
    "occlusion": (occlude, (0.1, 0.2, 0.3, 0.4, 0.5)),
    "gamma": (correct_gamma, (0.25, 0.35, 0.5, 0.7, 1.4, 2.0, 2.8, 4.0)),
    "noise": (add_noise, (5, 10, 20, 30, 40)),
    "blur": (blur, (0.5, 1.0, 1.5, 2.0, 3.0)),
}


def chosen_rows(data, n_images):
    """Return rows of PublicTest: all, or a sample with the same shares of the classes."""
    rows = np.flatnonzero(data.usage == "PublicTest")
    if n_images is None or n_images >= len(rows):
        return rows
    kept, _ = train_test_split(
        rows, train_size=n_images, stratify=data.labels[rows], random_state=SEED
    )
    return np.sort(kept)


def measure(share, images, known):
    """Measure what is not known yet of a method, and yield each distortion when it is.

    Parameters
    ----------
    share : callable
        Takes images, returns the share of them that the method is right on.
    images : ndarray of shape (n, h, w), uint8
    known : dict
        "as they are", and for each distortion the shares at its levels; is brought up to date.
    """
    if "as they are" not in known:
        known["as they are"] = share(images)
    for name, (distort, levels) in DISTORTIONS.items():
        if name not in known:
            known[name] = [share(distort(images, level)) for level in levels]
            yield name


def accuracy(estimator, truth, images):
    """Return the share of images that a fitted estimator names rightly."""
    return float(np.mean(np.asarray(estimator.predict(images)) == truth))


def share_found(detector, images):
    """Return the share of crops, with surroundings, in which a face is found."""
    return float(np.mean(count_faces(detector, images) > 0))


def each_share(data, truth, arguments):
    """Yield the name of each method, its estimator, and what takes images and returns a share."""
    names = [name for name in arguments.methods if name != SEARCH]
    for name, estimator in each_method(names, data, arguments):
        yield name, estimator, partial(accuracy, estimator, truth)
    if SEARCH in arguments.methods:
        detector = ViolaJonesDetector(**DETECTOR)
        yield SEARCH, detector, partial(share_found, detector)


def main(argv=None):
    """Run the benchmark."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    add_arguments(parser, [*(name for name in NAMES if name not in BASELINES), SEARCH])
    parser.add_argument("--images", type=int, help="a sample of so many; default: all")
    parser.add_argument("--out", default=RESULTS)
    arguments = parser.parse_args(argv)

    data = load_fer2013(arguments.data)
    if arguments.limit:
        data = limited(data, arguments.limit)
    rows = chosen_rows(data, arguments.images)
    images, truth = data.images[rows], data.labels[rows]
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
