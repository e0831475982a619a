"""Compare probabilities of support vector machines and of a random forest on FER-2013.

LBP + DCT + Zernike -> mRMR subset -> classifier, trained on random Training images and scored on
PublicTest; PrivateTest is not used. The scores are the accuracy of the most probable class, the
log loss, the expected calibration error (ECE), and the area under the ROC curve (AUROC) of the
largest probability as a predictor of a correct answer. Also measures the processor time of fitting
GramSVC with and without probabilities. Writes results/svm_probabilities.json after each draw of
images; draws found there, with the same parameters, data and version, are reused.

    python benchmarks/svm_probabilities.py [DATA] [--images N ...] [--draws N] [--out FOLDER]
"""

import argparse
import time

import numpy as np
from _common import RESULTS, read_result, write_result
from sklearn.base import BaseEstimator, ClassifierMixin, clone
from sklearn.calibration import CalibratedClassifierCV
from sklearn.metrics import log_loss, roc_auc_score

import fertools
from fertools.calibration import TemperatureScalingCV
from fertools.datasets import load_fer2013
from fertools.evaluation import expected_calibration_error
from fertools.pipeline import make_fer_pipeline
from fertools.pipeline._registry import calibrated_step, classifier_step

NAME = "svm_probabilities"
TEST = "PublicTest"
# Fits of GramSVC with and without probabilities, in turns.
REPEATS = 3


class WithoutDecisions(ClassifierMixin, BaseEstimator):
    """Classifier without decision function, so that its probabilities are calibrated instead."""

    def __init__(self, estimator):
        self.estimator = estimator

    def fit(self, X, y):
        """Fit a clone of the classifier."""
        self.estimator_ = clone(self.estimator).fit(X, y)
        self.classes_ = self.estimator_.classes_
        return self

    def predict(self, X):
        """Predict the labels."""
        return self.estimator_.predict(X)

    def predict_proba(self, X):
        """Predict the probability of each class."""
        return self.estimator_.predict_proba(X)


def make_classifiers(n_jobs):
    """Return the unfitted classifiers by name."""
    svm, forest = (classifier_step(name, n_jobs, 0) for name in ("svm", "rf"))
    return {
        "SVM, temperature on votes": CalibratedClassifierCV(
            svm, method="temperature", ensemble=False
        ),
        "SVM, sigmoid on votes": CalibratedClassifierCV(svm, method="sigmoid"),
        "SVM, probability=True": calibrated_step(svm),
        "SVM, probability=True, temperature": TemperatureScalingCV(
            WithoutDecisions(calibrated_step(svm))
        ),
        "random forest": forest,
        "random forest, temperature": calibrated_step(forest),
    }


def score(labels, probabilities, classes):
    """Score probabilities.

    Parameters
    ----------
    labels : ndarray of shape (n_samples,)
        True labels.
    probabilities : ndarray of shape (n_samples, n_classes)
    classes : ndarray of shape (n_classes,)

    Returns
    -------
    dict of float
        Accuracy, log loss, ECE, AUROC, and the 10th and 90th percentile of the largest
        probability.
    """
    confidence = probabilities.max(axis=1)
    correct = classes[probabilities.argmax(axis=1)] == labels
    low, high = np.percentile(confidence, [10, 90])
    return {
        "accuracy": float(correct.mean()),
        "log_loss": float(log_loss(labels, probabilities, labels=classes)),
        "ece": float(expected_calibration_error(labels, probabilities, classes)),
        "auroc": float(roc_auc_score(correct, confidence)),
        "confidence_10": float(low),
        "confidence_90": float(high),
    }


def fit_seconds(X, labels):
    """Return the median processor time of fitting GramSVC with and without probabilities."""
    seconds = {"probability=False": [], "probability=True": []}
    for _ in range(REPEATS):
        for probability, taken in zip((False, True), seconds.values(), strict=True):
            svm = classifier_step("svm", 1, 0).set_params(probability=probability)
            start = time.process_time()
            svm.fit(X, labels)
            taken.append(time.process_time() - start)
    return {name: float(np.median(taken)) for name, taken in seconds.items()}


def run(data, n_images, seed, n_features, n_jobs):
    """Train and score all classifiers on one draw of Training images."""
    drawn = np.random.default_rng(seed).choice(
        np.flatnonzero(data.usage == "Training"), n_images, replace=False
    )
    test = data.usage == TEST
    labels = data.labels[drawn]
    head = make_fer_pipeline(n_features=n_features, n_jobs=n_jobs, random_state=0)[:-1]
    X = head.fit_transform(data.images[drawn], labels)
    X_test = head.transform(data.images[test])
    scores = {}
    for name, classifier in make_classifiers(n_jobs).items():
        start = time.process_time()
        classifier.fit(X, labels)
        scores[name] = {"fit_cpu_seconds": round(time.process_time() - start, 2)} | score(
            data.labels[test], classifier.predict_proba(X_test), classifier.classes_
        )
    return {"scores": scores, "gram_svc_fit_cpu_seconds": fit_seconds(X, labels)}


def main(argv=None):
    """Run the benchmark."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("data", nargs="?", help="FER-2013; default: FERTOOLS_DATA")
    parser.add_argument("--images", type=int, nargs="+", default=[3000])
    parser.add_argument(
        "--draws", type=int, default=3, help="number of random draws of Training images"
    )
    parser.add_argument("--n-features", type=int, default=500)
    parser.add_argument("--n-jobs", type=int, default=1)
    parser.add_argument("--out", default=RESULTS)
    arguments = parser.parse_args(argv)

    data = load_fer2013(arguments.data)
    about = {
        "what": "LBP + DCT + Zernike -> mRMR subset -> classifier with probabilities",
        "data_sha256": data.sha256,
        "n_features": arguments.n_features,
        "fertools": fertools.__version__,
    }
    previous = read_result(NAME, arguments.out) or {}
    same = all(previous.get(key) == value for key, value in about.items())
    rows = previous.get("rows", {}) if same else {}
    for n_images in arguments.images:
        draws = rows.setdefault(str(n_images), {})
        for seed in range(arguments.draws):
            if str(seed) in draws:
                continue
            draws[str(seed)] = run(data, n_images, seed, arguments.n_features, arguments.n_jobs)
            write_result(NAME, about | {"threads": arguments.n_jobs, "rows": rows}, arguments.out)
            for name, one in draws[str(seed)]["scores"].items():
                print(n_images, seed, name, {key: round(one[key], 4) for key in one})


if __name__ == "__main__":
    main()
