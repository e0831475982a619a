"""Compare all methods on the same split of FER-2013: scores, significance and costs.

Runs `fertools.evaluation.compare` with the protocol fer2013_published on the methods of
`_methods.py`; methods that are not available are skipped. Writes a result per method to
results/comparison/; results found there with the same method, data and version are reused.
Networks without a checkpoint are scored from their probabilities in results/networks/; --untimed
skips their timing, for a busy computer. --report only writes the report from these files.

    python benchmarks/comparison.py [DATA] [--methods METHOD ...] [--out FOLDER] [--report FOLDER]
"""

import argparse
import os
from pathlib import Path

from _common import RESULTS, read_result
from _comparison_tables import NAME, best_first
from _methods import (
    BASELINES,
    CLASSICAL,
    NAMES,
    NETWORKS,
    PEER,
    add_arguments,
    checkpoint_folder,
    each_method,
)
from _recorded_networks import recorded_case, recorded_file
from fer2013_handcrafted import SEED, limited

from fertools.datasets import load_fer2013
from fertools.evaluation import Comparison, compare
from fertools.evaluation._result_files import write_result, write_summary
from fertools.reports import write_comparison_report


def fit_seconds(name, folder):
    """Return the seconds from the images to the fitted method, measured by other scripts.

    Returns
    -------
    float or None
        None if it was not measured.
    """
    trio, network = (read_result(n, folder) for n in ("fer2013_handcrafted", f"neural_{name}"))
    chosen = sum(trio["seconds"][key] for key in ("describe_training", "select")) if trio else 0
    if trio and name in CLASSICAL:
        return chosen + trio["methods"][CLASSICAL[name]]["fit_seconds"]
    if network and (trio or "size" in network):
        return network["train_seconds"] + (0 if "size" in network else chosen)
    models = (read_result("pretrained", folder) or {}).get("models", {})
    return models[name]["fit_seconds"] if name in models else None


def measured_elsewhere(name, estimator, folder):
    """Return the costs of a method that was fitted before, or that runs in another process.

    Returns
    -------
    dict
        Costs, named like in `MethodResult.costs`; None if a cost was not measured.
    """
    costs = {"fit_seconds": fit_seconds(name, folder), "peak_memory_mib": None}
    peers = read_result("peers", folder)
    if name == PEER and peers:
        times = peers["times"]["1"]
        costs["ms_one"] = times["single crop"][PEER]["ms"]["median"]
        costs["ms_batch"] = times["crop in a batch"][PEER]["ms"]["median"]
    return costs | {"model_bytes": getattr(estimator, "model_bytes", None)}


def run(name, estimator, data, folder):
    """Run one method, or reuse its result, and write the result.

    Returns
    -------
    MethodResult
    """
    comparison = compare(
        {name: estimator},
        data,
        "fer2013_published",
        results_dir=folder / NAME,
        random_state=SEED,
        progress=lambda state: print(f"{state.method}: {state.status}", flush=True),
    )
    case = comparison.results[name]
    if case.status == "ok" and name not in BASELINES:
        case.costs |= measured_elsewhere(name, estimator, folder)
        if name in NETWORKS:
            # `compare` does not see the history of a network in a pipeline.
            network = read_result(f"neural_{name}", folder)
            if network:
                case.history, case.best_epoch = network["history"], network["best_epoch"] - 1
        write_result(folder / NAME, case)
    return case


def is_recorded(name, arguments):
    """Return whether a network has recorded probabilities but no checkpoint."""
    checkpoint = checkpoint_folder(name, arguments) / "state.json"
    return name in NETWORKS and not checkpoint.exists() and recorded_file(name, arguments.out)


def run_recorded(name, data, arguments):
    """Add a network to an existing comparison, from its recorded probabilities.

    Raises
    ------
    FileNotFoundError
        If there is no comparison yet.
    """
    folder = arguments.out / NAME
    comparison = Comparison.load(folder)
    case = recorded_case(name, data, arguments.out, timed=not arguments.untimed)
    comparison.results[name] = case
    write_result(folder, case)
    write_summary(folder, comparison)
    print(f"{name}: recorded", flush=True)


def main(argv=None):
    """Run the comparison, or write its report."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    add_arguments(parser, NAMES)
    parser.add_argument("--out", type=Path, default=RESULTS)
    parser.add_argument("--untimed", action="store_true", help="skip timing of recorded networks")
    parser.add_argument("--report", type=Path, help="folder; only write the report there")
    arguments = parser.parse_args(argv)

    if arguments.report:
        has_data = arguments.data or os.environ.get("FERTOOLS_DATA")
        data = load_fer2013(arguments.data) if has_data else None
        print(write_comparison_report(best_first(arguments.out), arguments.report, data))
        return
    data = load_fer2013(arguments.data)
    if arguments.limit:
        data = limited(data, arguments.limit)
    recorded = [name for name in arguments.methods if is_recorded(name, arguments)]
    others = [name for name in arguments.methods if name not in recorded]
    for name, estimator in each_method(others, data, arguments):
        case = run(name, estimator, data, arguments.out)
        if case.status == "failed":
            print(f"{name}: {case.reason}", flush=True)
    for name in recorded:
        run_recorded(name, data, arguments)


if __name__ == "__main__":
    main()
