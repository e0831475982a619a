"""Results of the comparison from recorded probabilities of networks.

Networks trained on another computer, such as one with a GPU, have no checkpoint here.
fer2013_neural.py saves their probabilities in results/networks/.
"""

from pathlib import Path

import numpy as np
from _common import read_result
from fer2013_handcrafted import SEED

from fertools.evaluation import MethodResult
from fertools.evaluation._compare import tested_samples
from fertools.evaluation._costs import measure_costs
from fertools.evaluation._method_scores import score_method
from fertools.evaluation._protocols import make_folds

PROTOCOL = "fer2013_published"


def recorded_file(name, folder):
    """Return the file with the probabilities of a completely trained network, or None."""
    path = Path(folder, "networks", f"{name}.npz")
    result = read_result(f"neural_{name}", folder)
    return path if path.exists() and result and result["complete"] else None


def untrained(name, images):
    """Return a classifier with random weights, for timing."""
    from fer2013_neural import make_classifier, published_run

    network, arguments = published_run(name)
    classifier = make_classifier(network, arguments, arguments.size)
    labels = np.arange(14) % 7
    return classifier.set_params(epochs=1, patience=None, verbose=0).fit(images[:14], labels)


def recorded_case(name, data, folder, *, timed=True):
    """Return the result of a network from its recorded probabilities.

    Parameters
    ----------
    name : str
    data : Bunch
        FER-2013.
    folder : path-like
        Folder of the results.
    timed : bool, default=True
        Whether to time single and batched predictions, with random weights; the time does not
        depend on the weights.

    Returns
    -------
    MethodResult

    Raises
    ------
    ValueError
        If the network was trained on another data set.
    """
    result = read_result(f"neural_{name}", folder)
    if result["data_sha256"] != data.sha256:
        raise ValueError(f"data must be the data that {name} was trained on; its hash differs.")
    folds = make_folds(PROTOCOL, data, SEED)
    classes = list(data.target_names)
    with np.load(recorded_file(name, folder)) as arrays:
        order = [arrays["classes"].tolist().index(label) for label in classes]
        probabilities = arrays["PrivateTest"][:, order]
    environment = result["environment"]
    parameters = f"{name}, trained at {environment['commit']} on {result['accelerator']}"
    case = MethodResult(name, "ok", "", parameters, classes, **tested_samples(folds))
    case.probabilities = probabilities
    case.predicted = np.array(classes)[probabilities.argmax(axis=1)]
    case.found = np.ones(len(probabilities), bool)
    case.costs = {"fit_seconds": None, "peak_memory_mib": None}
    case.costs |= measure_costs(untrained(name, data.images), folds.test.images[folds.rows[0][1]])
    if not timed:
        case.costs |= {"ms_one": None, "ms_batch": None}
    case.history, case.best_epoch = result["history"], result["best_epoch"] - 1
    case.scores = {"published": score_method(case, slice(None), SEED)}
    unseen = ~case.seen
    case.scores["deduplicated"] = score_method(case, unseen, SEED) if unseen.any() else None
    return case
