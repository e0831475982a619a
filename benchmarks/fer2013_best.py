"""Best classifier on FER-2013 without a network, and its ablations.

All faces are aligned; visual words and other descriptors are reduced to principal components; a
single kernel classifier uses all of them, with a kernel averaged over mirror images, and its
decisions are averaged over small shifts of a face. The dictionary and the components are learned
without labels. All choices were made on Training and PublicTest. Writes results/fer2013_best.json
after each case of the ablation; cases found there with the same data and version are not run again,
and descriptors are cached in checkpoints/best. Only ``--final`` scores PrivateTest.

    python benchmarks/fer2013_best.py [DATA] [--final] [--cases NAME ...] [--out FOLDER]
"""

import argparse
import time
from pathlib import Path

import numpy as np
from _best_features import (
    DESCRIPTORS,
    TIMED,
    UNALIGNED,
    aligned_faces,
    described,
    described_views,
    one_thread_ms,
    slug,
    without_duplicate,
)
from _common import RESULTS, peak_memory_gib, read_result, write_result
from _local_svc import LocalSVC
from scipy.optimize import minimize_scalar
from scipy.special import log_softmax, softmax
from sklearn.base import clone

import fertools
from fertools.datasets import load_fer2013
from fertools.evaluation import score_published
from fertools.kernels import GramSVC, KernelRidgeClassifierCV, MultiKernel

NAME = "fer2013_best"
KEPT = Path(__file__).parent / "checkpoints" / "best"
GAMMA = 2.0
# Weights of the descriptors' squared distances in the exponent of the kernel.
ONE_LAYER = {
    "SIFT words, 12 pixels": 2.0,
    "SIFT words, 16 pixels": 2.0,
    "LBP": 1.0,
    "HOG, 6 pixels": 1.0,
}
TWO_LAYERS = {
    "two layers": 1.0,
    "two layers, pooling by 6 pixels": 1.0,
    "SIFT words, 12 pixels": 1.0,
    "SIFT words, 16 pixels": 1.0,
}
CLASSIFIERS = {
    "support vectors": GramSVC(C=10.0),
    "kernel ridge": KernelRidgeClassifierCV((0.1, 0.3)),
    "kernel ridge, alpha 0.1": KernelRidgeClassifierCV((0.1,)),
    "local support vectors": LocalSVC(1000, C=10.0),
}
BEST = {"weights": TWO_LAYERS, "mirrored": True, "classifier": "kernel ridge", "shifts": 1}
_ONE_LAYER = BEST | {"weights": ONE_LAYER}
_SHIFTED = _ONE_LAYER | {"classifier": "support vectors"}
_ONE_VIEW = _SHIFTED | {"shifts": 0}


def _alone(name):
    return _ONE_VIEW | {"weights": {name: 1.0}}


# Descriptors of two layers, alone and together with one layer.
_RIDGE = BEST | {"classifier": "kernel ridge, alpha 0.1", "shifts": 0}
_LAYERS = {
    "two layers": ["two layers"],
    "two layers and SIFT words": ["two layers", "SIFT words, 12 pixels", "SIFT words, 16 pixels"],
    "two layers of two sizes and SIFT words": [*TWO_LAYERS],
    "two layers, threshold 1": ["two layers, threshold 1"],
    "two layers, all channels": ["two layers, all channels"],
}
# Neighboring cases that differ only in their shifts share one trained classifier.
CASES = {
    "best": BEST,
    "one layer, shifted views": _ONE_LAYER,
    "kernel ridge": _ONE_LAYER | {"shifts": 0},
    "support vectors, shifted views": _SHIFTED,
    "one view": _ONE_VIEW,
    "one view, without mirror images": _ONE_VIEW | {"mirrored": False},
    **{
        f"{name} alone": _alone(name)
        for name in [*DESCRIPTORS, *UNALIGNED]
        if not name.startswith("two layers")
    },
    **{
        f"without {name}": _ONE_VIEW
        | {"weights": {k: v for k, v in ONE_LAYER.items() if k != name}}
        for name in ONE_LAYER
    },
    "local support vectors": _ONE_VIEW | {"classifier": "local support vectors"},
    "SIFT words, 12 pixels, kernel ridge": _RIDGE | {"weights": {"SIFT words, 12 pixels": 1.0}},
    **{
        f"{case}, kernel ridge": _RIDGE | {"weights": dict.fromkeys(names, 1.0)}
        for case, names in _LAYERS.items()
    },
}
# The mean of the calibrated scores of these cases.
MIXTURE, MIXED = "mean of three classifiers", ["one view", "kernel ridge", "local support vectors"]


class Described:
    """Descriptors of all images, computed when they are first used."""

    def __init__(self, data, folder, n_jobs):
        # Each data set has a cache of its own.
        self.folder, self.n_jobs = folder / data.sha256[:8], n_jobs
        self.folder.mkdir(parents=True, exist_ok=True)
        self.usage, self.images = data.usage, data.images
        self.unseen = without_duplicate(data.images, data.usage == "Training")
        self.aligned = aligned_faces(data, self.folder, n_jobs)
        self._known = {}

    def __getitem__(self, name):
        """Return the features of a descriptor, the mask of odd features, and its costs."""
        if name not in self._known:
            principal, images = DESCRIPTORS.get(name), self.aligned
            if name in UNALIGNED:
                principal, images = UNALIGNED[name], self.images
            training = self.usage == "Training"
            self._known[name] = described(
                name, principal, images, training, self.folder, self.n_jobs
            )
        return self._known[name]

    def features(self, weights, usage):
        """Return the features of a split, with the descriptors concatenated."""
        return np.hstack([self[name][0][self.usage == usage] for name in weights])

    def views(self, weights, usage, shifts):
        """Return the features of a split, of shape (n_views, n, n_features)."""
        unshifted = self.features(weights, usage)[None]
        if not shifts:
            return unshifted
        images = self.aligned[self.usage == usage]
        parts = [
            described_views(name, images, usage, shifts, self.folder, self.n_jobs)
            for name in weights
        ]
        return np.concatenate([unshifted, np.concatenate(parts, axis=2)])


def make_classifier(described, weights, mirrored, classifier):
    """Return an unfitted classifier with one kernel on all descriptors."""
    odds = {name: described[name][1] for name in weights}
    kernel = MultiKernel(
        np.repeat(list(odds), [len(odd) for odd in odds.values()]),
        gamma=GAMMA,
        weights={name: weight / sum(weights.values()) for name, weight in weights.items()},
        combine="product",
        symmetry=np.concatenate(list(odds.values())) if mirrored else None,
    )
    return clone(CLASSIFIERS[classifier]).set_params(kernel=kernel, n_jobs=described.n_jobs)


def trained(described, labels, **settings):
    """Train a classifier on Training, and return it with its costs."""
    model = make_classifier(described, **settings)
    X = described.features(settings["weights"], "Training")
    start = time.perf_counter()
    model.fit(X, labels[described.usage == "Training"])
    fit_seconds = time.perf_counter() - start
    ms = one_thread_ms(model.set_params(n_jobs=1).decision_function, X[:TIMED])
    model.set_params(n_jobs=described.n_jobs)
    # Milliseconds of one view, without the descriptors.
    costs = {"fit_seconds": round(fit_seconds, 1), "classifier_ms_per_face": ms}
    if hasattr(model, "loo_decisions_"):
        # Accuracy on the training faces without a duplicate.
        training = described.usage == "Training"
        kept = described.unseen[training]
        left_out = model.classes_[model.loo_decisions_.argmax(axis=1)]
        costs["leave_one_out"] = float(np.mean((left_out == labels[training])[kept]))
    return model, costs


def mean_decisions(model, described, weights, shifts, usage):
    """Return the decision values of each face, averaged over its views."""
    views = described.views(weights, usage, shifts)
    return np.mean([model.decision_function(X) for X in views], axis=0)


def calibrated(decisions, labels, classes, fitted_on="PublicTest"):
    """Return probabilities by temperature scaling, with the temperature fitted on one split."""
    truth = np.searchsorted(classes, labels)

    def loss(log_beta):
        scores = log_softmax(np.exp(log_beta) * decisions[fitted_on], axis=1)
        return -scores[np.arange(len(truth)), truth].mean()

    beta = np.exp(minimize_scalar(loss, bounds=(-3, 5), method="bounded").x)
    return {usage: softmax(beta * values, axis=1) for usage, values in decisions.items()}


def main(argv=None):
    """Run the missing cases."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("data", nargs="?", help="FER-2013; default: FERTOOLS_DATA")
    parser.add_argument("--final", action="store_true", help="score PrivateTest with 'best'")
    parser.add_argument("--cases", nargs="+", choices=[*CASES, MIXTURE], default=[*CASES, MIXTURE])
    parser.add_argument("--n-jobs", type=int, default=2)
    parser.add_argument("--checkpoints", type=Path, default=KEPT)
    parser.add_argument("--out", default=RESULTS)
    arguments = parser.parse_args(argv)

    start = time.perf_counter()
    data = load_fer2013(arguments.data)
    about = {"data_sha256": data.sha256, "fertools": fertools.__version__, "gamma": GAMMA}
    previous = read_result(NAME, arguments.out) or {}
    same = all(previous.get(key) == value for key, value in about.items())
    result = previous if same else about | {"descriptors": {}, "cases": {}}
    result.pop("environment", None)
    cases, seconds_before = result["cases"], result.get("seconds", 0)
    described = Described(data, arguments.checkpoints, arguments.n_jobs)
    public = data.labels[data.usage == "PublicTest"]

    def keep(name, settings, classes, decisions, costs):
        predictions = {usage: classes[values.argmax(axis=1)] for usage, values in decisions.items()}
        scores = cases.get(name, {}).get("scores", {}) | score_published(data, predictions)
        cases[name] = {"parameters": settings} | costs | {"scores": scores}
        # Total of all runs, except for interrupted cases.
        result["seconds"] = round(seconds_before + time.perf_counter() - start)
        np.savez(described.folder / f"{slug(name)}_decisions.npz", classes=classes, **decisions)
        print(name, write_result(NAME, result, arguments.out))

    def missing(name, settings, usages):
        done = cases.get(name, {})
        return done.get("parameters") != settings or not set(usages) <= set(done["scores"])

    at_hand = None
    usages = ["PublicTest", "PrivateTest"] if arguments.final else ["PublicTest"]
    for name in ["best"] if arguments.final else [n for n in CASES if n in arguments.cases]:
        settings = CASES[name] | {"classifier": repr(CLASSIFIERS[CASES[name]["classifier"]])}
        if not missing(name, settings, usages):
            continue
        training = {key: value for key, value in CASES[name].items() if key != "shifts"}
        if training != at_hand:
            model, costs = trained(described, data.labels, **training)
            at_hand = training
        weights, shifts = settings["weights"], settings["shifts"]
        decisions = {u: mean_decisions(model, described, weights, shifts, u) for u in usages}
        result["descriptors"] |= {n: described[n][2] for n in weights}
        costs["peak_memory_gib"] = peak_memory_gib()
        keep(name, settings, model.classes_, decisions, costs)
    mixed, settings = MIXTURE in arguments.cases, _ONE_VIEW | {"classifier": MIXED}
    if mixed and not arguments.final and missing(MIXTURE, settings, ["PublicTest"]):
        parts = [np.load(described.folder / f"{slug(name)}_decisions.npz") for name in MIXED]
        classes = parts[0]["classes"]
        scores = [calibrated({"PublicTest": p["PublicTest"]}, public, classes) for p in parts]
        mean = np.mean([s["PublicTest"] for s in scores], axis=0)
        costs = {
            key: sum(cases[name][key] for name in MIXED)
            for key in ("fit_seconds", "classifier_ms_per_face")
        }
        keep(MIXTURE, settings, classes, {"PublicTest": mean}, costs)


if __name__ == "__main__":
    main()
