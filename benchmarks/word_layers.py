"""One and two layers of visual words on a part of FER-2013, as a guide for the full benchmark.

Descriptors are fitted on evenly spaced faces of Training, reduced to fewer principal components
than in fer2013_best.py, and scored by a kernel ridge: leave-one-out on these faces, and on
PublicTest. PrivateTest is not used. Writes results/word_layers.json after each descriptor. Those
found there with the same settings are not run again; features are cached in
checkpoints/word_layers.

    python benchmarks/word_layers.py [DATA] [--faces 6000] [--descriptors NAME ...] [--out FOLDER]
"""

import argparse
from pathlib import Path

import numpy as np
from _best_features import DESCRIPTORS, SEED, aligned_faces, described, without_duplicate
from _common import RESULTS, read_result, write_result
from sklearn.base import clone
from sklearn.metrics import accuracy_score

import fertools
from fertools.datasets import load_fer2013
from fertools.kernels import KernelRidgeClassifierCV, MultiKernel

NAME = "word_layers"
KEPT = Path(__file__).parent / "checkpoints" / NAME
ALPHA, GAMMA = 0.1, 2.0
REDUCTION = {"n_components": 800, "n_samples": 2500, "random_state": SEED}
N_SAMPLES = 30_000
NAMES = ["SIFT words, 12 pixels", "two layers", "two layers, pooling by 2 pixels"]


def reduced(name):
    """Return a descriptor of the full benchmark with a cheaper fit."""
    principal = clone(DESCRIPTORS[name]).set_params(**REDUCTION)
    return principal.set_params(transformer__n_samples=N_SAMPLES)


def kernel_on(odds):
    """Return a kernel, averaged over mirror images, with equal weights of the descriptors."""
    return MultiKernel(
        np.repeat(np.arange(len(odds)).astype(str), [len(odd) for odd in odds]),
        gamma=GAMMA,
        weights={str(k): 1 / len(odds) for k in range(len(odds))},
        combine="product",
        symmetry=np.concatenate(odds),
    )


def scored(features, odds, labels, training, unseen, n_jobs):
    """Return leave-one-out and PublicTest accuracy of a kernel ridge.

    Parameters
    ----------
    features : list of ndarray of shape (n, n_features)
        Features of all faces by each descriptor.
    odds : list of ndarray of bool
        Masks of odd features.
    labels : ndarray of shape (n,)
    training : ndarray of bool, shape (n,)
        Mask of the training faces; the others are test faces.
    unseen : ndarray of bool, shape (n,)
        Mask of faces without a duplicate among the training faces.
    n_jobs : int

    Returns
    -------
    dict of str to float
    """
    X = np.hstack(features)
    ridge = KernelRidgeClassifierCV([ALPHA], kernel=kernel_on(odds), n_jobs=n_jobs)
    ridge.fit(X[training], labels[training])
    left_out = ridge.classes_[ridge.loo_decisions_.argmax(axis=1)]
    predicted = ridge.predict(X[~training])
    kept = unseen[training]
    return {
        "leave_one_out": accuracy_score(labels[training][kept], left_out[kept]),
        "n_leave_one_out": int(kept.sum()),
        "public_test": accuracy_score(labels[~training], predicted),
        "n_public_test": len(predicted),
    }


def main(argv=None):
    """Run the missing descriptors."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("data", nargs="?", help="FER-2013; default: FERTOOLS_DATA")
    parser.add_argument("--faces", type=int, default=6000, help="number of training faces")
    parser.add_argument("--descriptors", nargs="+", choices=list(DESCRIPTORS), default=NAMES)
    parser.add_argument("--n-jobs", type=int, default=2)
    parser.add_argument("--checkpoints", type=Path, default=KEPT)
    parser.add_argument("--out", default=RESULTS)
    arguments = parser.parse_args(argv)

    data = load_fer2013(arguments.data)
    n_jobs = arguments.n_jobs
    folder = arguments.checkpoints / f"{data.sha256[:8]}_{arguments.faces}"
    folder.mkdir(parents=True, exist_ok=True)
    images = aligned_faces(data, folder, n_jobs)
    all_training = np.flatnonzero(data.usage == "Training")
    n_faces = min(arguments.faces, len(all_training))
    chosen = all_training[np.linspace(0, len(all_training) - 1, n_faces).astype(int)]
    rows = np.concatenate([chosen, np.flatnonzero(data.usage == "PublicTest")])
    images, labels, training = images[rows], data.labels[rows], np.arange(len(rows)) < n_faces
    unseen = without_duplicate(data.images[rows], training)

    about = {
        "data_sha256": data.sha256,
        "fertools": fertools.__version__,
        "n_training": n_faces,
        "alpha": ALPHA,
        "gamma": GAMMA,
        "n_components": REDUCTION["n_components"],
    }
    previous = read_result(NAME, arguments.out) or {}
    same = all(previous.get(key) == value for key, value in about.items())
    cases = previous["cases"] if same else {}
    parts = {}

    def keep(name, features, odds, costs):
        scores = scored(features, odds, labels, training, unseen, n_jobs)
        cases[name] = costs | scores
        print(name, scores, write_result(NAME, about | {"cases": cases}, arguments.out), flush=True)

    for name in arguments.descriptors:
        principal = reduced(name)
        features, odd, costs = described(name, principal, images, training, folder, n_jobs)
        parts[name] = features, odd
        if cases.get(name, {}).get("parameters") != costs["parameters"]:
            # Fit times of interrupted or paused runs would be misleading.
            keep(name, [features], [odd], {k: costs[k] for k in ("parameters", "ms_per_face")})
    for name in arguments.descriptors[1:]:
        first, pair = arguments.descriptors[0], f"{arguments.descriptors[0]} + {name}"
        if pair not in cases:
            both = [parts[first], parts[name]]
            keep(pair, [f for f, _ in both], [o for _, o in both], {})


if __name__ == "__main__":
    main()
