"""Measure where the heat maps of "happy" peak on the smiling faces of london.zip.

For each of 102 adults, the smiling photo is explained against two baselines: the mean of the
training samples, and the neutral photos of the other 101 people. Writes results/explanations.json.

    python benchmarks/explanations.py [MODEL ...] [--people N] [--out FOLDER]
"""

import argparse
import os
import time
import zipfile
from pathlib import Path

import numpy as np
from _common import RESULTS, write_result

from fertools._utils.images import load_image, to_uint8
from fertools.detection import ViolaJonesDetector
from fertools.detection._eye_alignment import crop_face
from fertools.inspection import explain
from fertools.persistence import load_pretrained

NAME = "explanations"
# Box of the mouth, from below the nose to the chin: y0, x0, y1, x1 in fractions of the face box.
MOUTH = (0.62, 0.25, 0.92, 0.75)
BASELINES = ("training mean", "neutral faces")


def read_faces(path, people):
    """Return the smiling and the neutral crops, and the number of faces that were not found.

    A face that is not found is cropped where the other photo of the person has its face, as the
    photos are registered.
    """
    detector, crops, missing = ViolaJonesDetector(min_size=46, coarse_to_fine=True), [], 0
    with zipfile.ZipFile(path) as archive:
        names = [name for name in archive.namelist() if name.startswith("happy/")]
        for number in sorted(Path(name).stem for name in names if name.endswith("jpg"))[:people]:
            photos = [
                to_uint8(load_image(archive.read(f"{kind}/{number}.jpg")))
                for kind in ("happy", "neutral")
            ]
            found = [detector.detect(photo) for photo in photos]
            missing += sum(not faces for faces in found)
            boxes = [(faces or found[1 - k])[0].box for k, faces in enumerate(found)]
            crops.append([crop_face(*both, 48) for both in zip(photos, boxes, strict=True)])
    return *np.swapaxes(np.array(crops), 0, 1), missing


def is_at_mouth(peak):
    """Return whether the peak of a heat map is in the box of the mouth."""
    return MOUTH[0] <= peak[0] <= MOUTH[2] and MOUTH[1] <= peak[1] <= MOUTH[3]


def measure(name, happy, neutral):
    """Return the shares of peaks at the mouth, and the errors of the sums, of a model."""
    model = load_pretrained(name)
    recognized = model.predict(happy) == "happy"
    code = list(model.classes_).index("happy")
    decisions = model.estimator.decision_function(happy)[:, code]
    hits, errors, differences, seconds = {key: [] for key in BASELINES}, [], [], []
    for row, face in enumerate(happy):
        for key in BASELINES:
            others = None if key == BASELINES[0] else np.delete(neutral, row, axis=0)
            start = time.perf_counter()
            one = explain(model, face, "happy", background=others)
            if others is None:
                seconds.append(time.perf_counter() - start)
            total = one.baseline + one.contributions["contribution"].sum()
            errors.append(abs(total - one.decision))
            differences.append(abs(one.decision - decisions[row]))
            hits[key].append(is_at_mouth(one.peak))
    return {
        "recognized": int(recognized.sum()),
        "at_mouth": {
            key: {
                "all": float(np.mean(hit)),
                "recognized": float(np.mean(np.array(hit)[recognized])),
            }
            for key, hit in hits.items()
        },
        "largest_error_of_sum": float(max(errors)),
        "largest_difference_from_single_precision": float(max(differences)),
        "median_seconds": float(np.median(seconds)),
    }


def main(argv=None):
    """Run the benchmark."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("models", nargs="*", metavar="MODEL", default=["fast", "accurate"])
    parser.add_argument("--people", type=int)
    parser.add_argument("--out", type=Path, default=RESULTS)
    arguments = parser.parse_args(argv)
    path = Path(os.environ["FERTOOLS_DATA"]) / "london.zip"
    happy, neutral, missing = read_faces(path, arguments.people)
    rows = {name: measure(name, happy, neutral) for name in arguments.models}
    result = {"people": len(happy), "not_found": missing, "mouth": MOUTH, "models": rows}
    print(write_result(NAME, result, arguments.out))


if __name__ == "__main__":
    main()
