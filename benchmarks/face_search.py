"""Precision, recall and time of the searches for faces, with and without verification.

Writes results/face_search.json. Nothing that is measured here trained the verifier: people of
london.zip with odd numbers, photos without a face that were left out, the second half of wild.zip,
and generated scenes of other seeds. A face is found where a box overlaps it with an intersection
over union of at least 0.5; a box counts for one face. All searches run in turns, in one thread.
"""

import argparse
import os
import time
from pathlib import Path

import cv2
import numpy as np
from _common import RESULTS, write_result
from _face_scenes import compose, london_faces, photos_without_faces, wild_faces
from detection import match

from fertools.datasets import make_scenes
from fertools.detection import ViolaJonesDetector, make_detector

SEARCHES = {
    "before": ViolaJonesDetector(min_size=46, coarse_to_fine=True),
    "fast": make_detector(),
    "full": make_detector("full"),
    "unverified, full": ViolaJonesDetector(),
}
# Smallest and largest face: those of 120 pixels, and small ones.
LONDON = {"london 120 px": (119, 121), "london 26 to 60 px": (26, 60)}


def london_scenes(faces, photos, n, sizes, seed):
    """Return scenes and boxes: people of london.zip on photos without a face."""
    rng, found = np.random.default_rng(seed), []
    while len(found) < n:
        left = [faces[index] for index in rng.permutation(len(faces))]
        while left and len(found) < n:
            found.append(compose(left, photos, rng, sizes=sizes, density=0.4, turn=8, most=3))
    return found


def wild_scenes(faces, photos, n, seed):
    """Return scenes and boxes: faces of wild.zip of 28 to 110 pixels, up to 10 of them."""
    rng = np.random.default_rng(seed)
    left = [faces[index] for index in rng.permutation(len(faces))]
    return [compose(left, photos, rng, sizes=(28, 110)) for _ in range(n) if left]


def measure(scenes, searches):
    """Return {search: precision, recall and milliseconds per scene}."""
    found = {name: [] for name in searches}
    seconds = dict.fromkeys(searches, 0.0)
    for image, boxes in scenes:
        for name, search in searches.items():
            start = time.thread_time()
            faces = search.detect(image)
            seconds[name] += time.thread_time() - start
            found[name].append(match(boxes, [face.box for face in faces]))
    rows = {}
    for name, matches in found.items():
        is_found = np.concatenate([mask for mask, _ in matches])
        n_found, n_false = int(is_found.sum()), sum(n for _, n in matches)
        rows[name] = {
            "faces": len(is_found),
            "found": n_found,
            "false": n_false,
            "recall": n_found / max(1, len(is_found)),
            "precision": n_found / max(1, n_found + n_false),
            "ms": 1000 * seconds[name] / len(scenes),
            "time_ratio": seconds[name] / seconds["before"],
        }
    return rows


def share_found(images, searches):
    """Return {search: share of the images in which a face is found}."""
    return {
        name: float(np.mean([len(search.detect(image)) > 0 for image in images]))
        for name, search in searches.items()
    }


def main(argv=None):
    """Run the benchmark."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--data", type=Path, default=os.environ.get("FERTOOLS_DATA", "data"))
    parser.add_argument("--photos", type=Path, help="folder given to train_face_verifier.py")
    parser.add_argument(
        "--scenes",
        type=int,
        default=300,
        help="scenes with people of 120 pixels, and generated scenes; half of others",
    )
    parser.add_argument("--out", default=RESULTS)
    arguments = parser.parse_args(argv)
    cv2.setNumThreads(1)
    photos = photos_without_faces(True, arguments.photos)
    people, n = london_faces(arguments.data, 1), arguments.scenes
    sets = {
        name: london_scenes(people, photos, n if seed == 40 else n // 2, sizes, seed)
        for seed, (name, sizes) in enumerate(LONDON.items(), 40)
    }
    made = make_scenes(n, random_state=77)
    sets["generated"] = list(zip(made.images, made.boxes, strict=True))
    wild = wild_faces(arguments.data, 1)
    sets["wild"] = wild_scenes(wild, photos, n // 4, 50)
    rows = {name: measure(scenes, SEARCHES) for name, scenes in sets.items()}
    boxes = {
        name: {key: len(search.detect(photo)) for key, photo in photos.items()}
        for name, search in SEARCHES.items()
    }
    result = {
        "what": "searches for faces; time of the thread relative to the earlier default",
        "rule": "intersection over union at least 0.5, one box per face",
        "scenes": {name: len(scenes) for name, scenes in sets.items()},
        "rows": rows,
        "photos_without_faces": list(photos),
        "boxes_in_photos_without_faces": {
            name: {"boxes": sum(counts.values()), "photos": len(counts)}
            for name, counts in boxes.items()
        },
        "wild_photos": len(wild),
        "share_of_wild_photos_with_a_face": share_found([image for image, _ in wild], SEARCHES),
    }
    print(write_result("face_search", result, arguments.out))


if __name__ == "__main__":
    main()
