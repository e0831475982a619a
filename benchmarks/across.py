"""Evaluate the shipped models and other methods on photos that they were not trained on.

Each photo goes through face detection, cropping and classification; a photo without a detected face
counts as wrong. By default, the data sets are wild.zip and london.zip in the data folder. Other
data sets are folders or zip archives with one folder of photos per expression; a file people.csv
(see `fertools evaluate --groups`) adds scores by group. Writes results/across.json; methods that
were measured before on the same photos and with the same version are kept there.

--methods adds methods of `_methods.py`, such as networks, which are trained on FER-2013. They
classify the crops of `fast`, and their probabilities are multiplied by the same factors.

    python benchmarks/across.py [DATASET ...] [--models NAME ...] [--out FOLDER]
    python benchmarks/across.py --models --methods three_conv small_vgg_elu
"""

import argparse
import hashlib
import io
import os
import zipfile
from pathlib import Path

import numpy as np
import pandas as pd
from _common import RESULTS, read_result, write_result
from _methods import BASELINES, FOLDER, NAMES, each_method

import fertools
from fertools.datasets import load_fer2013
from fertools.detection import ViolaJonesDetector
from fertools.detection._map_images import load_gray
from fertools.evaluation import score_classification, score_groups
from fertools.evaluation._group_scores import groups_of_ids
from fertools.evaluation._scores import NO_FACE, mean_f1_of_data
from fertools.recognizer import ExpressionRecognizer
from fertools.recognizer._priors import PHOTO_PRIORS, apply_priors, prior_factors

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
        people = pd.read_csv(io.BytesIO(files[people]()), dtype={0: str})
    return photos, [files[name]() for name in photos], people


def score(truth, predicted):
    """Return accuracy with its interval, and macro-F1; "no_face" counts as wrong."""
    scores = score_classification(truth, predicted.astype(str))
    return {
        "n": scores["n"],
        "accuracy": scores["accuracy"],
        "interval": scores["accuracy_interval"],
        "macro_f1": mean_f1_of_data(scores),
    }


def detect(photos, detector):
    """Return gray photos, and the box of the largest face of each or None."""
    grays = [load_gray(photo) for photo in photos]
    found = [detector.detect(gray) for gray in grays]
    return grays, [faces[0][:4] if faces else None for faces in found]


def crop(recognizer, grays, boxes):
    """Return the crops of the faces that were found."""
    found = [(gray, box) for gray, box in zip(grays, boxes, strict=True) if box is not None]
    return np.concatenate([recognizer._crops([gray], [box]) for gray, box in found])


def recognize(recognizer, grays, boxes):
    """Return the probabilities before and after the priors of the faces that were found.

    All crops are classified in one batch, which gives the same probabilities as
    `ExpressionRecognizer.recognize_boxes` in less time.
    """
    plain = recognizer.pipeline.predict_proba(crop(recognizer, grays, boxes))
    return plain, apply_priors(plain, recognizer._factors)


def predicted(recognizer, probabilities, found):
    """Return the predicted expressions; "no_face" where there is no face."""
    names = np.full(len(found), NO_FACE, dtype=object)
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


def evaluate_method(estimator, cropped, truth):
    """Return the scores of a method that classifies crops.

    Parameters
    ----------
    estimator : classifier
        Without `predict_proba`, the variant with priors is left out.
    cropped : dict
        Pairs of a mask of the found faces and their crops by variant, by search.
    truth : ndarray of shape (n,), str

    Returns
    -------
    dict
        Scores by search and variant.
    """
    result = {}
    for search, (found, crops) in cropped.items():
        scores = result[search] = {"found": float(found.mean())}
        for variant, settings in VARIANTS.items():
            if settings.get("priors", PHOTO_PRIORS) is None:
                answers = np.asarray(estimator.predict(crops[variant]))
            elif hasattr(estimator, "predict_proba"):
                factors = prior_factors(PHOTO_PRIORS, estimator.classes_)
                weighted = apply_priors(estimator.predict_proba(crops[variant]), factors)
                answers = np.asarray(estimator.classes_)[weighted.argmax(axis=1)]
            else:
                continue
            names = np.full(len(truth), NO_FACE, dtype=object)
            names[found] = answers
            scores[variant] = score(truth, names)
    return {"variants": result}


def crops_of(searches):
    """Return which faces were found, and their crops by variant, for each search."""
    cropped = {}
    for search, (grays, boxes) in searches.items():
        found = np.array([box is not None for box in boxes])
        cropped[search] = (
            found,
            {
                variant: crop(ExpressionRecognizer("fast", **settings), grays, boxes)
                for variant, settings in VARIANTS.items()
            },
        )
    return cropped


def search_faces(photos):
    """Return the gray photos and the boxes of the largest faces, by search."""
    return {
        "default search": detect(photos, ExpressionRecognizer("fast").detector),
        "wide search": detect(photos, ViolaJonesDetector(**WIDE)),
    }


def previous_results(datasets, folder):
    """Return the results of earlier runs on the same photos and with the same version."""
    previous = read_result("across", folder) or {}
    same = previous.get("fertools") == fertools.__version__
    kept = {}
    for name, photos in datasets.items():
        known = previous.get("datasets", {}).get(name, {}) if same else {}
        same_photos = known.get("sha256") == hash_of(photos)
        kept[name] = known if same_photos else {}
    return kept


def hash_of(photos):
    """Return a hash of the names and bytes of photos."""
    digest = hashlib.sha256()
    for name, content in zip(*photos[:2], strict=True):
        digest.update(f"{name};{len(content)};".encode())
        digest.update(content)
    return digest.hexdigest()


def make_parser():
    """Return the parser of the command line."""
    others = [name for name in NAMES if name not in (*MODELS, *BASELINES)]
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("datasets", nargs="*", type=Path, help="folders or zip archives")
    parser.add_argument("--models", nargs="*", choices=MODELS, default=MODELS)
    parser.add_argument(
        "--methods", nargs="+", choices=others, default=(), metavar="METHOD", help="other methods"
    )
    parser.add_argument("--data", help="FER-2013, for --methods; default: FERTOOLS_DATA")
    parser.add_argument(
        "--unfinished", action="store_true", help="include networks with incomplete training"
    )
    parser.add_argument("--n-features", type=int, default=4000)
    parser.add_argument("--n-jobs", type=int, default=2)
    parser.add_argument("--checkpoints", type=Path, default=FOLDER / "checkpoints")
    parser.add_argument("--peer", type=Path, default=FOLDER.parent / ".peers/bin/python")
    parser.add_argument("--out", default=RESULTS)
    return parser


def main(argv=None):
    """Score the models and methods on all data sets."""
    parser = make_parser()
    arguments = parser.parse_args(argv)
    folder = Path(os.environ.get("FERTOOLS_DATA", "."))
    paths = arguments.datasets or [folder / "wild.zip", folder / "london.zip"]
    datasets = {path.name: read_photos(path) for path in paths}
    for path in paths:
        if not datasets[path.name][0]:
            parser.error(f"{path} contains no photos")
    results, cropped = previous_results(datasets, arguments.out), {}
    for dataset, (names, photos, people) in datasets.items():
        truth = np.array([Path(name).parent.name for name in names])
        searches = search_faces(photos)
        result = results[dataset]
        result |= {"photos": len(names), "sha256": hash_of(datasets[dataset])}
        models = result.setdefault("models", {})
        for model in arguments.models:
            models[model] = evaluate(model, searches, truth, names, people)
        if arguments.methods:
            cropped[dataset] = crops_of(searches), truth
    if arguments.methods:
        data = load_fer2013(arguments.data)
        for name, estimator in each_method(arguments.methods, data, arguments):
            for dataset, (crops, truth) in cropped.items():
                methods = results[dataset].setdefault("methods", {})
                methods[name] = evaluate_method(estimator, crops, truth)
            print(name, flush=True)
    result = {"fertools": fertools.__version__, "datasets": results}
    print(write_result("across", result, arguments.out))


if __name__ == "__main__":
    main()
