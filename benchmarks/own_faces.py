"""Train small pipelines on photos of few people, and test them on other people.

The photos are the neutral and smiling faces of london.zip in the data folder. People are drawn at
random several times; the others are the test set. Writes results/own_faces.json.

    python benchmarks/own_faces.py [DATASET] [--people N ...] [--repeats N] [--out FOLDER]
"""

import argparse
import os
import time
from pathlib import Path

import numpy as np
from _common import RESULTS, write_result

from fertools.datasets import load_image_folder
from fertools.detection import FaceLocalizer
from fertools.persistence import load_pretrained
from fertools.pipeline import make_fer_pipeline

# Parameters of make_fer_pipeline. The last ones are its defaults.
PIPELINES = {
    "LBP + HOG, 600 features": {
        "features": ("lbp", "hog"),
        "selector": "anova",
        "n_features": 600,
    },
    "LBP + HOG, all features": {"features": ("lbp", "hog"), "selector": None},
    "LBP, 600 features": {"features": "lbp", "selector": "anova", "n_features": 600},
    "HOG, 600 features": {"features": "hog", "selector": "anova", "n_features": 600},
    "DCT, all features": {"features": "dct", "selector": None},
    "default: LBP + DCT + Zernike, 20 % by mRMR": {},
}


def read_faces(path):
    """Return 48 x 48 crops, labels and people; files are named EXPRESSION/PERSON.jpg."""
    photos = load_image_folder(path, size=256)
    people = np.array([Path(name).stem for name in photos.ids])
    return FaceLocalizer(size=48).fit_transform(photos.images), photos.labels, people


def training_rows(people, n_people, seed):
    """Return a mask of the samples of randomly drawn people."""
    drawn = np.random.default_rng(seed).permutation(np.unique(people))[:n_people]
    return np.isin(people, drawn)


def score_shipped(name, images, labels):
    """Return whether the most probable of the given labels is right, for each image."""
    model = load_pretrained(name)
    classes = np.unique(labels)
    columns = [list(model.classes_).index(label) for label in classes]
    return classes[model.predict_proba(images)[:, columns].argmax(axis=1)] == labels


def main(argv=None):
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("dataset", nargs="?", type=Path)
    parser.add_argument("--people", nargs="+", type=int, default=[5, 10, 20, 40, 80])
    parser.add_argument("--repeats", type=int, default=12)
    parser.add_argument("--out", type=Path, default=RESULTS)
    arguments = parser.parse_args(argv)
    dataset = arguments.dataset or Path(os.environ["FERTOOLS_DATA"], "london.zip")
    images, labels, people = read_faces(dataset)
    right = score_shipped("fast", images, labels)
    rows = {name: {"accuracy": {}} for name in PIPELINES}
    shipped = {}
    for n_people in arguments.people:
        masks = [training_rows(people, n_people, seed) for seed in range(arguments.repeats)]
        shipped[n_people] = float(np.mean([right[~mask].mean() for mask in masks]))
        for name, parameters in PIPELINES.items():
            start, scores = time.perf_counter(), []
            for mask in masks:
                pipeline = make_fer_pipeline(**parameters, classifier="svm", random_state=0)
                pipeline.fit(images[mask], labels[mask])
                scores.append(pipeline.score(images[~mask], labels[~mask]))
            rows[name]["accuracy"][n_people] = {
                "mean": float(np.mean(scores)),
                "lowest": float(np.min(scores)),
                "highest": float(np.max(scores)),
            }
            rows[name]["seconds"] = (time.perf_counter() - start) / len(masks)
    result = {
        "what": "accuracy on people who are not in the training set",
        "photos": len(images),
        "people": len(np.unique(people)),
        "labels": np.unique(labels).tolist(),
        "repeats": arguments.repeats,
        "shipped": shipped,
        "rows": rows,
    }
    write_result("own_faces", result, arguments.out)


if __name__ == "__main__":
    main()
