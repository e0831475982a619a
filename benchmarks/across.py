"""Evaluate the shipped models on photos of data sets that they were not trained on.

Each photo goes through face detection, cropping and classification; a photo without a detected face
counts as wrong. By default, the data sets are wild.zip and london.zip in the data folder. Other
data sets are folders or zip archives with one folder of photos per expression; a file people.csv
(see `fertools evaluate --groups`) adds scores by group. Writes
results/across.json.

    python benchmarks/across.py [DATASET ...] [--models NAME ...] [--out FOLDER]
"""

import argparse
import io
import os
import zipfile
from pathlib import Path

import numpy as np
import pandas as pd
from _common import RESULTS, write_result
from sklearn.metrics import f1_score

from fertools.detection import ViolaJonesDetector
from fertools.detection._map_images import load_gray
from fertools.evaluation import score_classification, score_groups
from fertools.evaluation._group_scores import groups_of_ids
from fertools.recognizer import ExpressionRecognizer
from fertools.recognizer._priors import apply_priors

MODELS = ("fast", "accurate")
# Settings of the recognizer that are compared; the last one is the default.
VARIANTS = {
    "boxes of the detector": {"refinements": 0, "priors": None},
    "refined crops": {"priors": None},
    "refined crops and priors": {},
}
MACRO = {"average": "macro", "zero_division": 0}
MARGINS = (-0.1, 0.0, 0.1, 0.2)
# Photos such as those of wild.zip are cut close to the face.
WIDE = {"border": 0.15, "min_neighbors": 3}


def read_photos(path):
    """Return the names, bytes and expressions of the photos, and the table of people or None."""
    path = Path(path)
    if path.is_dir():
        files = {str(p.relative_to(path)): p.read_bytes for p in path.rglob("*") if p.is_file()}
    else:
        archive = zipfile.ZipFile(path)
        names = [name for name in archive.namelist() if not name.endswith("/")]
        files = {name: lambda name=name: archive.read(name) for name in names}
    photos = sorted(name for name in files if name.lower().endswith((".jpg", ".jpeg", ".png")))
    people = next((name for name in files if Path(name).name == "people.csv"), None)
    if people is not None:
        people = pd.read_csv(io.BytesIO(files[people]()), dtype={0: str})
    return photos, [files[name]() for name in photos], people


def score(truth, predicted):
    """Return accuracy with its interval, and macro-F1; "not found" counts as wrong."""
    predicted = predicted.astype(str)
    scores = score_classification(truth, predicted)
    labels = np.unique(truth)
    return {
        "n": scores["n"],
        "accuracy": scores["accuracy"],
        "interval": scores["accuracy_interval"],
        # Over the classes of the data set only.
        "macro_f1": float(f1_score(truth, predicted, labels=labels, **MACRO)),
    }


def detect(photos, detector):
    """Return gray photos, and the box of the largest face of each or None."""
    grays = [load_gray(photo) for photo in photos]
    found = [detector.detect(gray) for gray in grays]
    return grays, [faces[0][:4] if faces else None for faces in found]


def recognize(recognizer, grays, boxes):
    """Return the probabilities before and after the priors of the faces that were found.

    All crops are classified in one batch, which gives the same probabilities as
    `ExpressionRecognizer.recognize_boxes` in less time.
    """
    found = [(gray, box) for gray, box in zip(grays, boxes, strict=True) if box is not None]
    crops = np.concatenate([recognizer._crops([gray], [box]) for gray, box in found])
    plain = recognizer.pipeline.predict_proba(crops)
    return plain, apply_priors(plain, recognizer._factors)


def predicted(recognizer, probabilities, found):
    """Return the predicted expressions; "not found" where there is no face."""
    names = np.full(len(found), "not found", dtype=object)
    names[found] = recognizer.classes_[probabilities.argmax(axis=1)]
    return names


def evaluate(model, searches, truth, names, people):
    """Return all scores of a model on a data set."""
    result = {"variants": {}, "margins": {}}
    for search, (grays, boxes) in searches.items():
        found = np.array([box is not None for box in boxes])
        scores = result["variants"][search] = {"found": float(found.mean())}
        for variant, settings in VARIANTS.items():
            recognizer = ExpressionRecognizer(model, **settings)
            plain, probabilities = recognize(recognizer, grays, boxes)
            answers = predicted(recognizer, probabilities, found)
            scores[variant] = score(truth, answers)
    # Of the last variant, the default recognizer, with the last search.
    true = truth[found]
    sets = recognizer.pipeline.sets(plain)
    codes = np.searchsorted(recognizer.classes_, true)
    result["coverage_of_sets"] = float(sets[np.arange(len(true)), codes].mean())
    result["labels_in_a_set"] = float(sets.sum(axis=1).mean())
    result["mean_probability"] = float(probabilities.max(axis=1).mean())
    result["accuracy_of_found"] = float((answers[found] == true).mean())
    if people is not None:
        groups = score_groups(truth, answers.astype(str), groups_of_ids(people, names))
        result["groups"] = groups.to_dict("records")
    for margin in MARGINS:
        scores = result["margins"][str(margin)] = {}
        for variant in ("boxes of the detector", "refined crops"):
            recognizer = ExpressionRecognizer(model, margin=margin, **VARIANTS[variant])
            answers = predicted(recognizer, recognize(recognizer, grays, boxes)[0], found)
            scores[variant] = score(truth, answers)
    return result


def main(argv=None):
    """Score the models on all data sets."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("datasets", nargs="*", type=Path, help="folders or zip archives")
    parser.add_argument("--models", nargs="+", choices=MODELS, default=MODELS)
    parser.add_argument("--out", default=RESULTS)
    arguments = parser.parse_args(argv)
    folder = Path(os.environ.get("FERTOOLS_DATA", "."))
    datasets = arguments.datasets or [folder / "wild.zip", folder / "london.zip"]
    results = {}
    for path in datasets:
        names, photos, people = read_photos(path)
        if not names:
            parser.error(f"{path} contains no photos")
        truth = np.array([Path(name).parent.name for name in names])
        searches = {
            "default search": detect(photos, ExpressionRecognizer("fast").detector),
            "wide search": detect(photos, ViolaJonesDetector(**WIDE)),
        }
        results[path.name] = {
            "photos": len(names),
            "models": {
                model: evaluate(model, searches, truth, names, people) for model in arguments.models
            },
        }
    print(write_result("across", {"datasets": results}, arguments.out))


if __name__ == "__main__":
    main()
