"""Precision, recall and time of face detection on generated scenes.

A face is detected if the intersection over union with a box is at least 0.5; each box is matched
to at most one face, and each face to at most one box. All other boxes are false positives. Drawn
and photographed faces count equally. Writes results/detection.json.
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
    "coarse_to_fine": {"min_size": 46, "coarse_to_fine": True},
    "profile": {"profile": True},
    "border 0.1": {"border": 0.1},
}
LARGE = (None, 1920, 1024, 640)


def match(boxes, found):
    """Return a mask of the detected faces, and the number of false positives."""
    is_found, n_false = np.zeros(len(boxes), bool), 0
    for box in found:
        shared = np.where(is_found, 0, overlaps(box, boxes))
        if shared.max(initial=0) >= OVERLAP:
            is_found[shared.argmax()] = True
        else:
            n_false += 1
    return is_found, n_false


def scores(is_found, n_false, groups):
    """Return the precision, and the recall of all faces and of each group."""
    n_found = int(is_found.sum())
    return {
        "found": n_found,
        "false": n_false,
        "precision": n_found / max(1, n_found + n_false),
        "recall": n_found / len(is_found),
        "recall_of": {name: float(is_found[mask].mean()) for name, mask in groups.items()},
    }


def grouped(scenes):
    """Return masks of the faces by kind, size and position."""
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
    """Score and time detectors, in turns, so that load on the computer affects all of them equally.

    Returns
    -------
    dict
        Scores per detector, with the median time per scene, `ms`.
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
    """Return the number of detections in the 100 faces and 100 other images of lfw_subset."""
    found = [result.status == "ok" for result in detector.detect_many(lfw_subset())]
    return {"found": sum(found[:100]), "false": sum(found[100:])}


def main(argv=None):
    """Run the benchmark."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--scenes", type=int, default=300)
    parser.add_argument("--large", type=int, default=4, help="number of large scenes")
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
        "what": "face detection on scenes of make_scenes; times in milliseconds per scene",
        "rule": f"intersection over union of at least {OVERLAP}, at most one box per face",
        "scenes": len(scenes.images),
        "faces": sum(map(len, scenes.boxes)),
        "scenes_without_faces": sum(len(boxes) == 0 for boxes in scenes.boxes),
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
            "default": small_images(ViolaJonesDetector()),
            "min_side 100": small_images(ViolaJonesDetector(min_side=100)),
            "min_side 100, border 0.3": small_images(ViolaJonesDetector(min_side=100, border=0.3)),
        },
    }
    print(write_result("detection", result, arguments.out))


if __name__ == "__main__":
    main()
