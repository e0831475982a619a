"""LBP + DCT + Zernike -> mRMR subset -> SVM, random forest, k nearest neighbors on FER-2013.

Trained on all Training images and their mirror images, and scored on PublicTest and PrivateTest,
published and deduplicated. All choices were made on Training and PublicTest. Writes
results/fer2013_handcrafted.json after each classifier; classifiers found there with the same
parameters, data and version are not trained again.

    python benchmarks/fer2013_handcrafted.py [DATA] [--limit N] [--out FOLDER]
"""

import argparse
import time
from pathlib import Path

import numpy as np
from _common import RESULTS, peak_memory_gib, read_result, write_result
from sklearn.decomposition import PCA
from sklearn.discriminant_analysis import LinearDiscriminantAnalysis
from sklearn.pipeline import Pipeline, make_pipeline, make_union

import fertools
from fertools.datasets import load_fer2013, take_samples
from fertools.evaluation import published_split, score_published
from fertools.pipeline import make_fer_pipeline
from fertools.pipeline._registry import CLASSIFIER_TITLES

NAME = "fer2013_handcrafted"
SEED = 0
TESTS = ("PublicTest", "PrivateTest")
# Random forest and nearest neighbors use principal components, the forest also discriminant axes;
# their numbers were chosen on PublicTest.
METHODS = {
    CLASSIFIER_TITLES["svm"]: {"classifier": "svm"},
    CLASSIFIER_TITLES["rf"]: {"classifier": "rf", "principal": 100, "discriminants_of": 600},
    CLASSIFIER_TITLES["knn"]: {"classifier": "knn", "principal": 300},
}


def make_tail(n_samples, n_jobs, classifier, principal=None, discriminants_of=None):
    """Return the steps after the selection: scaling, projection, classifier."""

    def pca(n_components):
        return PCA(min(n_components, n_samples // 3), random_state=SEED)

    reduction = None if principal is None else pca(principal)
    if discriminants_of is not None:
        discriminants = LinearDiscriminantAnalysis(solver="eigen", shrinkage=0.01)
        reduction = make_pipeline(pca(discriminants_of), make_union(discriminants, reduction))
    return make_fer_pipeline(
        reduction=reduction, classifier=classifier, n_jobs=n_jobs, random_state=SEED
    )[-3:]


def selected_features(features, selector, images, chunk=2048):
    """Compute the selected features of images in chunks, to limit the memory."""
    parts = [
        selector.transform(features.transform(images[start : start + chunk]))
        for start in range(0, len(images), chunk)
    ]
    return np.vstack(parts)


def prepare(data, n_features, n_jobs):
    """Compute and select features, once for all classifiers.

    Returns
    -------
    parts : dict of str to ndarray
        Features of "Training" (with mirror images in the second half), "PublicTest" and
        "PrivateTest".
    pipeline : Pipeline
        Fitted steps "features" and "select".
    seconds : dict
    """
    split = published_split(data)
    full = make_fer_pipeline(n_features=n_features, n_jobs=n_jobs, random_state=SEED)
    features, selector = full["features"], full["select"]
    images = data.images[split.train]
    start = time.perf_counter()
    described = features.fit(images).transform(images)
    seconds = {"describe_training": time.perf_counter() - start}
    start = time.perf_counter()
    training = [selector.fit(described, data.labels[split.train]).transform(described)]
    del described
    seconds["select"] = time.perf_counter() - start
    training.append(selected_features(features, selector, images[:, :, ::-1]))
    parts = {"Training": np.vstack(training)}
    start = time.perf_counter()
    for usage in TESTS:
        parts[usage] = selected_features(features, selector, data.images[data.usage == usage])
    n_test = sum(len(parts[usage]) for usage in TESTS)
    seconds["describe_ms_per_face"] = 1e3 * (time.perf_counter() - start) / n_test
    return parts, Pipeline([("features", features), ("select", selector)]), seconds


def feature_folder(checkpoints, data, n_features):
    """Return the folder in which other scripts cache the features of `prepare`."""
    n_training = (data.usage == "Training").sum()
    return Path(checkpoints, f"features_{data.sha256[:8]}_{n_training}_{n_features}")


def run(data, parts, parameters, n_jobs):
    """Train one classifier and score it."""
    split = published_split(data)
    pipeline = make_tail(len(parts["Training"]), n_jobs, **parameters)
    labels = data.labels[split.train]
    start = time.perf_counter()
    pipeline.fit(parts["Training"], np.concatenate([labels, labels]))
    fit_seconds = time.perf_counter() - start
    start = time.perf_counter()
    predictions = {usage: pipeline.predict(parts[usage]) for usage in TESTS}
    n_test = sum(len(predicted) for predicted in predictions.values())
    return {
        "fit_seconds": round(fit_seconds, 1),
        "predict_ms_per_face": 1e3 * (time.perf_counter() - start) / n_test,
        "scores": score_published(data, predictions),
    }


def limited(data, limit):
    """Return every k-th sample, so that about `limit` are in Training."""
    step = max(1, (data.usage == "Training").sum() // limit)
    return take_samples(data, slice(None, None, step))


def main(argv=None):
    """Run the benchmark."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("data", nargs="?", help="FER-2013; default: FERTOOLS_DATA")
    parser.add_argument("--limit", type=int, help="number of Training images, for a quick run")
    parser.add_argument("--n-features", type=int, default=4000)
    parser.add_argument("--n-jobs", type=int, default=2)
    parser.add_argument("--out", default=RESULTS)
    arguments = parser.parse_args(argv)

    began = time.perf_counter()
    data = load_fer2013(arguments.data)
    if arguments.limit:
        data = limited(data, arguments.limit)
    about = {
        "what": "LBP + DCT + Zernike -> mRMR subset -> classifier; localization off, mirrored "
        "training images added",
        "data_sha256": data.sha256,
        "training_images": int((data.usage == "Training").sum()),
        "n_features": arguments.n_features,
        "seed": SEED,
        "fertools": fertools.__version__,
    }
    previous = read_result(NAME, arguments.out) or {}
    same = all(previous.get(key) == value for key, value in about.items())
    methods = previous.get("methods", {}) if same else {}
    missing = [m for m in METHODS if methods.get(m, {}).get("parameters") != METHODS[m]]
    if not missing:
        print("Nothing to do: all classifiers have results.")
        return
    parts, _, seconds = prepare(data, arguments.n_features, arguments.n_jobs)
    for name in missing:
        methods[name] = {"parameters": METHODS[name]}
        methods[name] |= run(data, parts, METHODS[name], arguments.n_jobs)
        result = about | {
            "threads": arguments.n_jobs,
            "seconds": seconds,
            "total_seconds": round(time.perf_counter() - began, 1),
            "peak_memory_gib": peak_memory_gib(),
            "methods": methods,
        }
        print(name, write_result(NAME, result, arguments.out))


if __name__ == "__main__":
    main()
