"""Choosing 500 of 5,000 real features on all Training rows of FER-2013, each method.

Writes results/selection.json: seconds of each method, and the peak memory of the whole process.

    python benchmarks/selection.py [DATA] [--limit ROWS] [--out FOLDER]
"""

import argparse
import time

import numpy as np
from _common import RESULTS, peak_memory_gib, write_result

from fertools.datasets import load_fer2013
from fertools.features import DiscreteCosine, LocalZernikeMoments
from fertools.pipeline import make_features
from fertools.selection import FeatureSubsetSelector

METHODS = ("mrmr", "cfs", "nmi", "jmi", "anova")


def main():
    """Run the benchmark."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("data", nargs="?", help="FER-2013; default: FERTOOLS_DATA")
    parser.add_argument("--limit", type=int, help="rows, for a quick look")
    parser.add_argument("--out", default=RESULTS)
    arguments = parser.parse_args()

    data = load_fer2013(arguments.data, usage="Training")
    rows = slice(0, len(data.images), max(1, len(data.images) // (arguments.limit or 10**9)))
    descriptors = (("lzm", LocalZernikeMoments()), ("dct", DiscreteCosine(6, block=8, grid=(6, 6))))
    X = make_features(descriptors, n_jobs=2).fit_transform(data.images[rows])[:, :5000]
    X, y = np.ascontiguousarray(X), data.labels[rows]
    seconds = {}
    for method in METHODS:
        start = time.perf_counter()
        FeatureSubsetSelector(method, n_features_to_select=500).fit(X, y)
        seconds[method] = round(time.perf_counter() - start, 2)
    result = {
        "rows": len(X),
        "features": X.shape[1],
        "selected": 500,
        "data_sha256": data.sha256,
        "seconds": seconds,
        "peak_memory_gib": peak_memory_gib(),
    }
    print(write_result("selection", result, arguments.out))


if __name__ == "__main__":
    main()
