"""Effects of illumination normalization, scaling, projection, balancing and mirroring on FER-2013.

The baseline is LBP + DCT + Zernike -> mRMR subset -> SVM or k nearest neighbors. Each variant
changes one step; it is trained on all Training images, scored on PublicTest and compared with the
baseline by McNemar's exact test. PrivateTest is not used. Costs are seconds of processor time,
which do not depend on the load of the computer. Writes results/preprocessing.json after each
variant; variants found there with the same parameters, data and version are not run again.

    python benchmarks/preprocessing.py [DATA] [--limit N] [--only NAME ...] [--out FOLDER]
"""

import argparse
import time

import numpy as np
from _common import RESULTS, peak_memory_gib, read_result, write_result
from fer2013_handcrafted import SEED, limited
from sklearn.pipeline import Pipeline

import fertools
from fertools.datasets import EXPRESSIONS, load_fer2013
from fertools.evaluation import mcnemar, score_published
from fertools.pipeline import make_fer_pipeline
from fertools.preprocessing import AugmentationBalancer, Augmenter

NAME = "preprocessing"
TEST = "PublicTest"
CLASSIFIERS = ("svm", "knn")
# Weaker rotation and shift than in the published systems.
GENTLE = {"rotation": 10, "shift": 0.05, "shear": 0.05, "zoom": 0.1}
VARIANTS = {
    "baseline": {},
    "illumination: equalize": {"illumination": "equalize"},
    "illumination: clahe": {"illumination": "clahe"},
    "illumination: gamma": {"illumination": "gamma"},
    "illumination: tan_triggs": {"illumination": "tan_triggs"},
    "illumination: dog": {"illumination": "dog"},
    "illumination: mask": {"illumination": "mask"},
    "scaling: none": {"scaling": None},
    "scaling: minmax": {"scaling": "minmax"},
    "scaling: unit": {"scaling": "unit"},
    "reduction: pca, 300": {"reduction": "pca", "n_components": 300},
    "reduction: lda": {"reduction": "lda"},
    "balance: 0.5": {"balance": 0.5},
    "balance: 0.5, gentle": {"balance": 0.5, "gentle": True},
    "mirror": {"mirror": True},
    "mirror, balance: 0.5, gentle": {"mirror": True, "balance": 0.5, "gentle": True},
}
# Parameters of the steps up to the selected features; later steps are fitted for each classifier.
_HEAD = ("illumination", "balance", "mirror", "gentle")


def build(variant, **more):
    """Return the pipeline of one of `VARIANTS`."""
    parameters = {key: value for key, value in variant.items() if key != "gentle"} | more
    if "gentle" in variant:
        parameters["balance"] = AugmentationBalancer(
            variant["balance"], augmenter=Augmenter(**GENTLE), random_state=SEED
        )
    return make_fer_pipeline(**parameters, random_state=SEED)


def describe(pipeline, train, labels, test, chunk=2048):
    """Fit the steps up to the selected features.

    Returns
    -------
    X, labels : ndarray
        Training samples and labels, including augmented ones.
    X_test : ndarray
        Test samples.
    seconds : dict
        Processor time of fitting, and per test image.
    """
    start = time.process_time()
    for name in ("balance", "mirror"):
        if name in pipeline.named_steps:
            train, labels = pipeline[name].fit_resample(train, labels)
    head = Pipeline([(name, pipeline[name]) for name in ("illumination", "features", "select")])
    X = head.fit_transform(train, labels)
    fitted = time.process_time()
    chunks = [head.transform(test[i : i + chunk]) for i in range(0, len(test), chunk)]
    test_seconds = (time.process_time() - fitted) / len(test)
    return X, labels, np.vstack(chunks), {"fit": fitted - start, "test": test_seconds}


def classify(tail, X, labels, X_test):
    """Fit the steps after the selected features, and predict the test samples."""
    start = time.process_time()
    tail.fit(X, labels)
    fitted = time.process_time()
    predicted = tail.predict(X_test)
    test_seconds = (time.process_time() - fitted) / len(X_test)
    return predicted, {"fit": fitted - start, "test": test_seconds}


def main(argv=None):
    """Run the benchmark."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("data", nargs="?", help="FER-2013; default: FERTOOLS_DATA")
    parser.add_argument("--limit", type=int, help="number of Training images, for a quick run")
    parser.add_argument("--only", nargs="+", choices=VARIANTS, help="variants to run")
    parser.add_argument("--n-features", type=int, default=4000)
    parser.add_argument("--n-jobs", type=int, default=2)
    parser.add_argument("--out", default=RESULTS)
    arguments = parser.parse_args(argv)

    data = load_fer2013(arguments.data)
    if arguments.limit:
        data = limited(data, arguments.limit)
    train, test = (data.usage == usage for usage in ("Training", TEST))
    about = {
        "what": "LBP + DCT + Zernike -> mRMR subset -> classifier; one thing changed at a time",
        "data_sha256": data.sha256,
        "training_images": int(train.sum()),
        "n_features": arguments.n_features,
        "seed": SEED,
        "fertools": fertools.__version__,
    }
    previous = read_result(NAME, arguments.out) or {}
    same = all(previous.get(key) == value for key, value in about.items())
    done = previous.get("rows", {}) if same else {}
    missing = [n for n in arguments.only or VARIANTS if n not in done]
    heads = {}
    for name in missing:
        key = tuple(VARIANTS[name].get(part) for part in _HEAD)
        heads.setdefault(key, []).append(name)
    for names in heads.values():
        common = {"n_features": arguments.n_features, "n_jobs": arguments.n_jobs}
        pipeline = build(VARIANTS[names[0]], **common)
        X, labels, X_test, cost = describe(
            pipeline, data.images[train], data.labels[train], data.images[test]
        )
        for name in names:
            result = {"training_samples": len(X)}
            for classifier in CLASSIFIERS:
                tail = build(VARIANTS[name], classifier=classifier, **common)[-3:]
                predicted, own = classify(tail, X, labels, X_test)
                scores = score_published(data, {TEST: predicted})[TEST]
                result[classifier] = {
                    "fit_cpu_seconds": round(cost["fit"] + own["fit"], 1),
                    "test_cpu_ms_per_face": 1e3 * (cost["test"] + own["test"]),
                    # One digit per image: compact, and sufficient for tests between variants.
                    "predicted": "".join(str(EXPRESSIONS.index(label)) for label in predicted),
                    "scores": scores,
                }
            done[name] = result
            print(
                name,
                {c: round(result[c]["scores"]["published"]["accuracy"], 4) for c in CLASSIFIERS},
            )
            write(arguments, about, done, data.labels[test])


def write(arguments, about, done, truth):
    """Write the finished variants, with tests against the baseline."""
    truth = np.array([str(EXPRESSIONS.index(label)) for label in truth])
    ordered = {name: done[name] for name in VARIANTS if name in done}
    base = ordered.get("baseline")
    for variant in ordered.values():
        for classifier in CLASSIFIERS:
            own = variant[classifier]
            if base is not None:
                right, base_right = (
                    np.array(list(one["predicted"])) == truth for one in (own, base[classifier])
                )
                better, worse = (right & ~base_right).sum(), (base_right & ~right).sum()
                own["p_value"] = mcnemar(better, worse, method="exact")[1]
    result = {"threads": arguments.n_jobs, "peak_memory_gib": peak_memory_gib(), "rows": ordered}
    write_result(NAME, about | result, arguments.out)


if __name__ == "__main__":
    main()
