"""Time GramSVC against scikit-learn's SVC: the same problem, the same answers.

The data are drawn: seven classes in the proportions of FER-2013 that overlap in a space of 40
dimensions, seen through as many features as a descriptor has, with noise, standardised, float32.
They are about as hard as FER-2013, so that most training rows become support vectors.

    OMP_NUM_THREADS=1 python benchmarks/gram_svc.py   # one thread each; about two minutes
    python benchmarks/gram_svc.py --rows 300 --test-rows 100 --features 50 --results DIR
"""

import argparse
from time import perf_counter

import numpy as np
from _common import RESULTS, write_result
from sklearn.svm import SVC

from fertools.svm import GramSVC

CLASS_COUNTS = np.array([3995, 436, 4097, 7215, 4830, 3171, 4965])
LATENT, SEPARATION, NOISE = 40, 0.25, 1.0


def draw(n_samples, n_features, seed):
    """Return standardised rows (n_samples, n_features), float32, and their classes."""
    rng = np.random.default_rng(seed)
    y = rng.choice(7, n_samples, p=CLASS_COUNTS / CLASS_COUNTS.sum())
    latent = rng.normal(size=(n_samples, LATENT))
    latent += SEPARATION * rng.normal(size=(7, LATENT))[y]
    X = latent @ rng.normal(size=(LATENT, n_features)) / np.sqrt(LATENT)
    X += NOISE * rng.normal(size=X.shape)
    X -= X.mean(axis=0)
    X /= X.std(axis=0)
    return X.astype(np.float32), y


def timed(function, *arguments):
    start = perf_counter()
    result = function(*arguments)
    return result, perf_counter() - start


def run(n_rows, n_test_rows, n_features, seed):
    X, y = draw(n_rows + n_test_rows, n_features, seed)
    train, test = slice(None, n_rows), slice(n_rows, None)
    result = {
        "rows": n_rows,
        "test_rows": n_test_rows,
        "features": n_features,
        "seed": seed,
        "parameters": {"kernel": "rbf", "C": 1.0, "gamma": "scale"},
    }
    predicted = {}
    for name, classifier in (("GramSVC", GramSVC()), ("SVC", SVC())):
        _, fit_seconds = timed(classifier.fit, X[train], y[train])
        predicted[name], predict_seconds = timed(classifier.predict, X[test])
        result[name] = {
            "fit_seconds": round(fit_seconds, 3),
            "predict_seconds": round(predict_seconds, 3),
            "accuracy": round(float((predicted[name] == y[test]).mean()), 4),
            "support_vectors": int(classifier.n_support_.sum()),
        }
    # `classifier` is the SVC now.
    best = np.sort(classifier.decision_function(X[test]), axis=1)
    sure = best[:, -1] - best[:, -2] > 1e-3
    equal = predicted["GramSVC"] == predicted["SVC"]
    for step in ("fit", "predict"):
        ratio = result["SVC"][f"{step}_seconds"] / result["GramSVC"][f"{step}_seconds"]
        result[f"{step}_speedup"] = round(ratio, 1)
    result["predictions_equal"] = round(float(equal.mean()), 5)
    result["predictions_where_SVC_is_sure"] = int(sure.sum())
    result["predictions_equal_where_SVC_is_sure"] = bool(equal[sure].all())
    return result


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--rows", type=int, default=6000)
    parser.add_argument("--test-rows", type=int, default=2000)
    parser.add_argument("--features", type=int, default=2000)
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--results", default=RESULTS, help="folder of the result")
    arguments = parser.parse_args()
    result = run(arguments.rows, arguments.test_rows, arguments.features, arguments.seed)
    path = write_result("gram_svc", result, arguments.results)
    print(f"{path}: fit {result['fit_speedup']}x, predict {result['predict_speedup']}x")


if __name__ == "__main__":
    main()
