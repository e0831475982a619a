"""Precision and recall of face detection on generated scenes, and its time.

Writes results/detection.json. A face is found where a box overlaps it with an intersection over
union of at least 0.5; a box counts for one face, and a face for one box. All other boxes are
false. Faces that are drawn count as those that are photographed.
"""

import argparse
import statistics
import time

import cv2
import numpy as np
from _common import RESULTS, write_result
from skimage.data import lfw_subset

from fertools.datasets import make_scenes
from fertools.detection import ViolaJonesDetector
from fertools.detection._boxes import overlaps

OVERLAP = 0.5
BANDS = ((30, 50), (50, 80), (80, 121))
SETTINGS = {
    "default": {},
    "tighten": {"tighten": True},
    # That of the recognizer, by default.
    "coarse_to_fine": {"min_size": 46, "coarse_to_fine": True},
    "profile": {"profile": True},
    "border 0.1": {"border": 0.1},
}
LARGE = (None, 1920, 1024, 640)


def match(boxes, found):
    """Say which faces are found, and how many boxes are false."""
    is_found, n_false = np.zeros(len(boxes), bool), 0
    for box in found:
        shared = np.where(is_found, 0, overlaps(box, boxes))
        if shared.max(initial=0) >= OVERLAP:
            is_found[shared.argmax()] = True
        else:
            n_false += 1
    return is_found, n_false


def scores(is_found, n_false, groups):
    """Return precision, and recall over all faces and over each group of them."""
    n_found = int(is_found.sum())
    return {
        "found": n_found,
        "false": n_false,
        "precision": n_found / max(1, n_found + n_false),
        "recall": n_found / len(is_found),
        "recall_of": {name: float(is_found[mask].mean()) for name, mask in groups.items()},
    }


def grouped(scenes):
    """Return {name: mask over the faces} by kind, size and place."""
    boxes, kinds = np.concatenate(scenes.boxes), np.concatenate(scenes.kinds)
    height, width = scenes.images.shape[1:]
    crosses = (boxes[:, :2] < 0).any(axis=1) | (boxes[:, :2] + boxes[:, 2:] > [width, height]).any(
        1
    )
    groups = {kind: kinds == kind for kind in ("drawn", "astronaut")}
    for low, high in BANDS:
        groups[f"{low} to {high - 1} px"] = (boxes[:, 2] >= low) & (boxes[:, 2] < high)
    groups |= {"inside": ~crosses, "crossing the edge": crosses}
    return {name: mask for name, mask in groups.items() if mask.any()}


def measure(scenes, searches):
    """Run searches, in turns, so that all of them meet the same load of the machine.

    Returns
    -------
    dict
        {name: scores with `ms`, the median time of a scene}.
    """
    groups = grouped(scenes)
    matches, seconds = ({name: [] for name in searches} for _ in range(2))
    for image, boxes in zip(scenes.images, scenes.boxes, strict=True):
        for name, search in searches.items():
            start = time.perf_counter()
            found = search(image)
            seconds[name].append(time.perf_counter() - start)
            matches[name].append(match(boxes, [box[:4] for box in found]))
    return {
        name: scores(
            np.concatenate([is_found for is_found, _ in matches[name]]),
            sum(n_false for _, n_false in matches[name]),
            groups,
        )
        | {"ms": 1000 * statistics.median(seconds[name])}
        for name in searches
    }


def small_images(detector):
    """Return in how many of the 100 faces and 100 other images of lfw_subset a face is found."""
    found = [result.status == "ok" for result in detector.detect_many(lfw_subset())]
    return {"found": sum(found[:100]), "false": sum(found[100:])}


def main(argv=None):
    """Run the benchmark."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--scenes", type=int, default=300)
    parser.add_argument("--large", type=int, default=4, help="scenes of 3000 x 4000 pixels")
    parser.add_argument("--large-size", type=int, nargs=2, default=(3000, 4000))
    parser.add_argument("--out", default=RESULTS)
    arguments = parser.parse_args(argv)

    cascade = cv2.CascadeClassifier(cv2.data.haarcascades + "haarcascade_frontalface_default.xml")
    plain = {"cv2.detectMultiScale": lambda image: cascade.detectMultiScale(image, 1.1, 4)}
    searches = {name: ViolaJonesDetector(**given).detect for name, given in SETTINGS.items()}
    scenes = make_scenes(
        arguments.scenes, size=(300, 400), face_size=(BANDS[0][0], 120), random_state=0
    )
    large = make_scenes(
        arguments.large, size=arguments.large_size, face_size=(100, 600), random_state=1
    )
    rows = measure(scenes, plain | searches)
    sides = {str(side): ViolaJonesDetector(max_side=side).detect for side in LARGE}
    result = {
        "what": "face detection on scenes of make_scenes; times in milliseconds a scene",
        "rule": f"intersection over union at least {OVERLAP}, one box a face",
        "scenes": len(scenes.images),
        "faces": sum(map(len, scenes.boxes)),
        "without_a_face": sum(len(boxes) == 0 for boxes in scenes.boxes),
        "size": scenes.images.shape[1:],
        "counts": {name: int(mask.sum()) for name, mask in grouped(scenes).items()},
        "rows": {
            name: row | {"ratio": row["ms"] / rows["cv2.detectMultiScale"]["ms"]}
            for name, row in rows.items()
        },
        "large_scenes": len(large.images),
        "large_faces": sum(map(len, large.boxes)),
        "large_size": large.images.shape[1:],
        "large": measure(large, sides),
        "lfw_subset": {
            "as they are": small_images(ViolaJonesDetector()),
            "min_side 100": small_images(ViolaJonesDetector(min_side=100)),
            "min_side 100, border 0.3": small_images(ViolaJonesDetector(min_side=100, border=0.3)),
        },
    }
    print(write_result("detection", result, arguments.out))


if __name__ == "__main__":
    main()
