"""Accuracy of the shipped models with and without their blind Wiener filter.

Blurred, noisy, and reduced and enlarged images of PublicTest (PrivateTest is not used), and the
photos of wild.zip and london.zip, reduced until the detected face has a given side. Also the
estimated blur and noise, and the time of the filter on one thread. Writes results/restoration.json.

    python benchmarks/restoration.py [DATA] [--images N] [--out FOLDER]
"""

import argparse
import os
from pathlib import Path

import cv2
import numpy as np
from _best_features import TIMED, one_thread_ms
from _common import RESULTS, write_result
from across import detect, predicted, read_photos, recognize, score
from fer2013_handcrafted import limited
from robustness import DISTORTIONS, add_noise, blur, chosen_indices

from fertools._utils.images import resize
from fertools.datasets import load_fer2013
from fertools.detection import make_detector
from fertools.persistence import load_pretrained
from fertools.pipeline._fitted_steps import flat_steps
from fertools.preprocessing import BlindWienerFilter
from fertools.recognizer import ExpressionRecognizer

MODELS = ("fast", "accurate")
# Sides of the face in the photos, in pixels; None leaves the photo as it is.
SIDES = (None, 40, 30, 24, 18)


def without_filter(model):
    """Return a copy of a shipped model whose filter does not change images."""
    copy = load_pretrained(model)
    wiener = flat_steps(copy)[0]
    # Without a spectrum, the filter returns its input.
    wiener.spectrum_ = np.zeros_like(wiener.spectrum_)
    return copy


def distorted(images):
    """Return {name: distorted images} of 48 x 48 pixels."""
    versions = {"original": images}
    versions |= {f"blur {level:g}": blur(images, level) for level in DISTORTIONS["blur"][1]}
    versions |= {f"noise {level}": add_noise(images, level) for level in DISTORTIONS["noise"][1]}
    versions["blur 1, noise 10"] = add_noise(blur(images, 1.0), 10)
    for side in (24, 18):
        small = [resize(resize(image, (side, side)), image.shape) for image in images]
        versions[f"enlarged from {side} px"] = np.stack(small)
    return versions


def reduced(grays, boxes, side):
    """Reduce photos until the box of the face has a side; boxes may be None."""
    found = []
    for gray, box in zip(grays, boxes, strict=True):
        if box is None or side is None or box[2] <= side:
            found.append((gray, box))
            continue
        factor = side / box[2]
        shape = tuple(max(1, round(n * factor)) for n in gray.shape)
        found.append((resize(gray, shape), tuple(round(n * factor) for n in box)))
    return tuple(zip(*found, strict=True))


def on_photos(models, path, detector):
    """Return {side of the face: {model: scores with and without the filter}} of a data set."""
    names, photos, _ = read_photos(path)
    truth = np.array([Path(name).parent.name for name in names])
    grays, boxes = detect(photos, detector)
    is_found = np.array([box is not None for box in boxes])
    result = {}
    for side in SIDES:
        rows = result[str(side or "original")] = {}
        smaller = reduced(grays, boxes, side)
        for name, versions in models.items():
            rows[name] = {}
            for version, model in versions.items():
                recognizer = ExpressionRecognizer(model)
                _, probabilities = recognize(recognizer, *smaller)
                answers = predicted(recognizer, probabilities, is_found)
                rows[name][version] = score(truth, answers)
    return result


def main(argv=None):
    """Run the benchmark."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("data", nargs="?", help="FER-2013; default: FERTOOLS_DATA")
    parser.add_argument("--photos", type=Path, nargs="*", help="default: wild.zip and london.zip")
    parser.add_argument("--images", type=int, default=1000, help="number of images of PublicTest")
    parser.add_argument("--limit", type=int, help="number of Training images, for a quick run")
    parser.add_argument("--out", default=RESULTS)
    arguments = parser.parse_args(argv)

    data = load_fer2013(arguments.data)
    if arguments.limit:
        data = limited(data, arguments.limit)
    rows = chosen_indices(data, arguments.images)
    truth, versions = data.labels[rows], distorted(data.images[rows])
    models = {
        name: {"with": load_pretrained(name), "without": without_filter(name)} for name in MODELS
    }
    wiener = flat_steps(models["fast"]["with"])[0]
    images = {}
    for version, changed in versions.items():
        blurs, noises = np.median(wiener.estimate(changed), axis=0)
        images[version] = {"blur": blurs, "noise": noises}
        for name, both in models.items():
            images[version][name] = {
                key: float(np.mean(model.predict(changed) == truth)) for key, model in both.items()
            }
    folder = Path(os.environ.get("FERTOOLS_DATA", "."))
    paths = arguments.photos
    if paths is None:
        paths = [folder / "wild.zip", folder / "london.zip"]
    cv2.setNumThreads(1)
    fitted = BlindWienerFilter().fit(data.images[data.usage == "Training"])
    batch = data.images[rows][:TIMED]
    result = {
        "what": "the shipped models with and without the blind Wiener filter, on PublicTest",
        "data_sha256": data.sha256,
        "images": len(rows),
        "rows": images,
        "photos": {path.name: on_photos(models, path, make_detector()) for path in paths},
        "ms_per_face": one_thread_ms(fitted.transform, batch),
        "ms_of_one_face": one_thread_ms(fitted.transform, batch[:1]),
    }
    print(write_result("restoration", result, arguments.out))


if __name__ == "__main__":
    main()
