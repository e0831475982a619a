"""All methods on the same split of FER-2013: how good they are, at what cost, and what is chance.

Runs `fertools.evaluation.compare` with the protocol fer2013_published over the methods that
`_methods.py` names; one that is not there is left out. Writes results/comparison/, a case at a
time; a case that is there already, of the same method, data and version, is not run again. A
network without a checkpoint is scored from its probabilities in results/networks/ (--untimed leaves
its milliseconds empty, for a computer that is busy). --report writes the page from these files, and
runs nothing.

    python benchmarks/comparison.py [DATA] [--methods METHOD ...] [--out FOLDER] [--report FOLDER]
"""

import argparse
import os
from pathlib import Path

from _common import RESULTS, read_result
from _comparison_tables import NAME, best_first
from _methods import BASELINES, CLASSICAL, NAMES, NETWORKS, PEER, add_arguments, each_method
from _recorded_networks import recorded_case, recorded_file
from fer2013_handcrafted import SEED, limited

from fertools.datasets import load_fer2013
from fertools.evaluation import Comparison, compare
from fertools.evaluation._result_files import write_result, write_summary
from fertools.reports import write_comparison_report


def fit_seconds(name, folder):
    """Return the seconds from the images to the fitted method, as other scripts measured them.

    Returns
    -------
    float or None
        None where no result tells.
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
    """Return the costs of a method that was fitted before, or runs in another process.

    Returns
    -------
    dict
        As `MethodResult.costs`; None where no result tells.
    """
    costs = {"fit_seconds": fit_seconds(name, folder), "peak_memory_mib": None}
    peers = read_result("peers", folder)
    if name == PEER and peers:
        times = peers["times"]["1"]
        costs["ms_one"] = times["a crop alone"][PEER]["ms"]["median"]
        costs["ms_batch"] = times["a crop of many"][PEER]["ms"]["median"]
    return costs | {"model_bytes": getattr(estimator, "model_bytes", None)}


def run(name, estimator, data, folder):
    """Run one method, unless it is there already, and write its case.

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
            # That of a network behind other steps is out of reach of `compare`.
            network = read_result(f"neural_{name}", folder)
            case.history = network["history"] if network else case.history
        write_result(folder / NAME, case)
    return case


def is_recorded(name, arguments):
    """Return whether there are probabilities, and no checkpoint, of a network."""
    checkpoint = arguments.checkpoints / f"neural_{name}" / "state.json"
    return name in NETWORKS and not checkpoint.exists() and recorded_file(name, arguments.out)


def run_recorded(name, data, arguments):
    """Write the case of a network from its recorded probabilities, into a comparison that exists.

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
    """Run the comparison, or write its page."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    add_arguments(parser, NAMES)
    parser.add_argument("--out", type=Path, default=RESULTS)
    parser.add_argument("--untimed", action="store_true", help="no times of recorded networks")
    parser.add_argument("--report", type=Path, help="write the page there, and run nothing")
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
