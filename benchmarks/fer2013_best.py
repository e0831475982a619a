"""The best machine on FER-2013 without a network, and what each of its parts is worth.

All faces are brought into one pose; visual words and other descriptors are reduced to principal
components; one support vector machine works on all of them, with mirror images folded into its
kernel. The dictionary and the components are learnt without labels. Everything was chosen on
Training and PublicTest. Writes results/fer2013_best.json after each case of the ablation; a case
that is there already, made with the same data and version, is not run again, and descriptors are
kept in checkpoints/best. PrivateTest is scored by ``--final`` alone.

    python benchmarks/fer2013_best.py [DATA] [--final] [--cases NAME ...] [--out FOLDER]
"""

import argparse
import time
from pathlib import Path

import numpy as np
from _best_features import DESCRIPTORS, aligned_faces, described
from _common import RESULTS, peak_memory_gib, read_result, write_result

import fertools
from fertools.datasets import load_fer2013
from fertools.evaluation import score_published
from fertools.svm import GramSVC, MultiKernel

NAME = "fer2013_best"
KEPT = Path(__file__).parent / "checkpoints" / "best"
GAMMA, C = 2.0, 10.0
# Weights of the descriptors in the exponent of the kernel.
BEST = {
    "SIFT words, 12 pixels": 2.0,
    "SIFT words, 16 pixels": 2.0,
    "LBP": 1.0,
    "HOG, 6 pixels": 1.0,
}
CASES = {
    "best": {},
    "without mirror images": {"mirrored": False},
    **{f"{name} alone": {"weights": {name: 1.0}} for name in DESCRIPTORS},
    **{
        f"without {name}": {"weights": {k: v for k, v in BEST.items() if k != name}}
        for name in BEST
    },
}


def run(data, parts, usages, n_jobs, weights=None, mirrored=True):
    """Train one machine on Training and score it."""
    training = data.usage == "Training"
    weights = weights or BEST
    rows = np.hstack([parts[name][0] for name in weights])
    odds = {name: parts[name][1] for name in weights}
    kernel = MultiKernel(
        np.repeat(list(odds), [len(odd) for odd in odds.values()]),
        gamma=GAMMA,
        weights={name: weight / sum(weights.values()) for name, weight in weights.items()},
        combine="product",
        mirrored=np.concatenate(list(odds.values())) if mirrored else False,
    )
    machine = GramSVC(C=C, kernel=kernel, n_jobs=n_jobs)
    start = time.perf_counter()
    machine.fit(rows[training], data.labels[training])
    fit_seconds = time.perf_counter() - start
    start = time.perf_counter()
    predictions = {usage: machine.predict(rows[data.usage == usage]) for usage in usages}
    n_test = sum(len(predicted) for predicted in predictions.values())
    return {
        "fit_seconds": round(fit_seconds, 1),
        "predict_ms_per_face": 1e3 * (time.perf_counter() - start) / n_test,
        "n_support": len(machine.support_),
        "scores": score_published(data, predictions),
    }


def main(argv=None):
    """Run the cases that are missing."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("data", nargs="?", help="FER-2013; default: FERTOOLS_DATA")
    parser.add_argument("--final", action="store_true", help="score PrivateTest, with 'best' alone")
    parser.add_argument("--cases", nargs="+", choices=CASES, default=list(CASES))
    parser.add_argument("--n-jobs", type=int, default=2)
    parser.add_argument("--checkpoints", type=Path, default=KEPT)
    parser.add_argument("--out", default=RESULTS)
    arguments = parser.parse_args(argv)

    data = load_fer2013(arguments.data)
    about = {"data_sha256": data.sha256, "fertools": fertools.__version__}
    previous = read_result(NAME, arguments.out) or {}
    same = all(previous.get(key) == value for key, value in about.items())
    cases = previous.get("cases", {}) if same else {}
    # Of other images, other faces and descriptors are kept.
    folder = arguments.checkpoints / data.sha256[:8]
    folder.mkdir(parents=True, exist_ok=True)
    images = aligned_faces(data, folder, arguments.n_jobs)
    training = data.usage == "Training"
    wanted = {name: ["PublicTest"] for name in arguments.cases}
    if arguments.final:
        wanted = {"best": ["PublicTest", "PrivateTest"]}
    needed = {name for case in wanted for name in CASES[case].get("weights", BEST)}
    parts, descriptors = {}, previous.get("descriptors", {}) if same else {}
    for name in sorted(needed):
        *parts[name], descriptors[name] = described(
            name, DESCRIPTORS[name], images, training, folder, arguments.n_jobs
        )
    for name, usages in wanted.items():
        settings = {"gamma": GAMMA, "C": C, "weights": BEST} | CASES[name]
        done = cases.get(name, {})
        if done.get("parameters") == settings and set(usages) <= set(done["scores"]):
            continue
        cases[name] = {"parameters": settings}
        cases[name] |= run(data, parts, usages, arguments.n_jobs, **CASES[name])
        result = about | {
            "threads": arguments.n_jobs,
            "peak_memory_gib": peak_memory_gib(),
            "descriptors": descriptors,
            "cases": cases,
        }
        print(name, write_result(NAME, result, arguments.out))


if __name__ == "__main__":
    main()
