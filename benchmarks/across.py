"""Evaluate the shipped models on photos of data sets that they were not trained on.

Each photo goes through face detection, cropping and classification; a photo without a detected face
counts as wrong. By default, the data sets are wild.zip and london.zip in the data folder. Other
data sets are folders or zip archives with one folder of photos per expression; a file people.csv
with a column face_id (the start of the file names) adds scores by group. Writes
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
from sklearn.metrics import accuracy_score, f1_score

from fertools.detection import ViolaJonesDetector
from fertools.detection._map_images import load_gray
from fertools.recognizer import ExpressionRecognizer

MODELS = ("fast", "accurate")
# Settings of the recognizer that are compared; the last one is the default.
VARIANTS = {
    "boxes of the detector": {"refinements": 0, "priors": None},
    "refined crops": {"priors": None},
    "refined crops and priors": {},
}
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
        people = pd.read_csv(io.BytesIO(files[people]()), dtype={"face_id": str})
    return photos, [files[name]() for name in photos], people


def interval(correct):
    """Return the Wilson interval of a proportion at 95 %."""
    n, z = len(correct), 1.96
    p = np.mean(correct)
    center = (p + z**2 / (2 * n)) / (1 + z**2 / n)
    half = z / (1 + z**2 / n) * np.sqrt(p * (1 - p) / n + z**2 / (4 * n**2))
    return [float(center - half), float(center + half)]


def score(truth, predicted):
    """Return accuracy with its interval, and macro-F1; None is a face that was not found."""
    predicted = np.array([name or "not found" for name in predicted])
    return {
        "n": len(truth),
        "accuracy": float(accuracy_score(truth, predicted)),
        "interval": interval(truth == predicted),
        "macro_f1": float(
            f1_score(truth, predicted, labels=np.unique(truth), average="macro", zero_division=0)
        ),
    }


def by_group(truth, predicted, names, people):
    """Return the scores of each group in the columns of a table of people."""
    ids = pd.Series([Path(name).stem for name in names])
    rows = people.set_index("face_id").reindex(ids)
    groups = {}
    for column in rows.columns:
        values = rows[column]
        if pd.api.types.is_numeric_dtype(values):
            values = pd.cut(values, [0, 24, 34, 200], labels=["up to 24", "25 to 34", "35 and up"])
        for value in sorted(values.dropna().unique(), key=str):
            member = (values == value).to_numpy()
            groups[f"{column}: {value}"] = score(truth[member], predicted[member])
    return groups


def detect(photos, detector):
    """Return gray photos, and the box of the largest face of each or None."""
    grays = [load_gray(photo) for photo in photos]
    found = [detector.detect(gray) for gray in grays]
    return grays, [faces[0][:4] if faces else None for faces in found]


def recognize(recognizer, grays, boxes):
    """Return the recognized faces; None where there is no box."""
    return [
        recognizer.recognize_boxes(gray, [box])[0] if box is not None else None
        for gray, box in zip(grays, boxes, strict=True)
    ]


def expressions(faces):
    """Return the predicted expressions; None for missing faces."""
    return np.array([face and face.expression for face in faces], dtype=object)


def evaluate(model, photos, names, people):
    """Return all scores of a model on a data set."""
    truth = np.array([Path(name).parent.name for name in names])
    searches = {
        "default search": ExpressionRecognizer(model).detector,
        "wide search": ViolaJonesDetector(**WIDE),
    }
    result = {"variants": {}, "margins": {}}
    for search, detector in searches.items():
        grays, boxes = detect(photos, detector)
        result["variants"][search] = {"found": float(np.mean([box is not None for box in boxes]))}
        for variant, settings in VARIANTS.items():
            faces = recognize(ExpressionRecognizer(model, **settings), grays, boxes)
            result["variants"][search][variant] = score(truth, expressions(faces))
    # Of the default recognizer with the wide search.
    found = np.array([face is not None for face in faces])
    inside = [truth[i] in faces[i].expressions for i in np.flatnonzero(found)]
    result["coverage_of_sets"] = float(np.mean(inside))
    result["labels_in_a_set"] = float(np.mean([len(f.expressions) for f in faces if f]))
    top = np.array([face.probability for face in faces if face])
    result["mean_probability"] = float(top.mean())
    result["accuracy_of_found"] = float((expressions(faces)[found] == truth[found]).mean())
    if people is not None:
        result["groups"] = by_group(truth, expressions(faces), names, people)
    for margin in MARGINS:
        result["margins"][str(margin)] = {
            variant: score(
                truth,
                expressions(
                    recognize(ExpressionRecognizer(model, margin=margin, **settings), grays, boxes)
                ),
            )
            for variant, settings in VARIANTS.items()
            if variant != "refined crops and priors"
        }
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
        results[path.name] = {
            "photos": len(names),
            "models": {name: evaluate(name, photos, names, people) for name in arguments.models},
        }
    print(write_result("across", {"datasets": results}, arguments.out))


if __name__ == "__main__":
    main()
