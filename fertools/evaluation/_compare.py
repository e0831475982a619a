"""Compare methods that are fitted and tested on the same samples."""

import os
import platform
import re
from collections.abc import Callable
from dataclasses import replace
from numbers import Integral
from pathlib import Path
from uuid import uuid4

import joblib
import numpy as np
import sklearn
from joblib import Parallel, delayed
from sklearn.base import BaseEstimator
from sklearn.frozen import FrozenEstimator
from sklearn.utils import Bunch
from sklearn.utils._param_validation import validate_params

from .. import __version__
from .._utils.files import check_folder
from .._utils.parallel import generator_or_list
from ..datasets import duplicate_groups
from ..datasets._bunch import fingerprint
from ._comparison_result import Comparison, MethodResult
from ._costs import measure_costs
from ._fold_fit import fit_fold, training_history
from ._leakage import in_training
from ._method_scores import score_method
from ._progress import ProgressReporter
from ._protocols import PROTOCOLS, make_folds
from ._result_files import SUMMARY, check_names, run_id, write_result, write_summary

# Number of elements that the repr of an estimator shows of a container.
_N_SHOWN = 30


def check_estimators(estimators):
    """Return estimators as a dict; raise a ValueError if a name or an estimator is invalid."""
    pairs = list(estimators.items() if isinstance(estimators, dict) else estimators)
    for pair in pairs:
        if not isinstance(pair, (list, tuple)) or len(pair) != 2:
            raise ValueError(
                "estimators must be a dict or a list of pairs (name, estimator); got a "
                f"{type(pair).__name__} in a {type(estimators).__name__}."
            )
    check_names(name for name, _ in pairs)
    methods = dict(pairs)
    for name, estimator in methods.items():
        if not isinstance(estimator, BaseEstimator):
            raise ValueError(
                f"estimators must hold scikit-learn estimators; {name!r} is a "
                f"{type(estimator).__name__}."
            )
    if not methods or len(methods) < len(pairs):
        raise ValueError(
            "estimators must hold at least one estimator, each with a unique name; got "
            f"{len(pairs)} with {len(methods)} names."
        )
    return methods


def describe_estimator(estimator):
    """Return the complete repr of an estimator on one line, without memory addresses.

    It ends in a hash of the parameters that a repr does not show completely: fitted estimators
    inside a FrozenEstimator, arrays, and long lists. An estimator with such a parameter that
    cannot be pickled has another description each time.
    """
    text = " ".join(estimator.__repr__(N_CHAR_MAX=np.inf).split())
    text = re.sub(r" at 0x[0-9a-f]+", "", text)
    parameters = {"": estimator, **estimator.get_params()}
    hidden = [(name, value) for name, value in parameters.items() if _is_abridged(value)]
    if not hidden:
        return text
    try:
        return f"{text} (hash {joblib.hash(hidden)})"
    except Exception:
        return f"{text} (hash {uuid4().hex})"


def _is_abridged(value):
    """Return whether the repr of a parameter leaves out a part of it."""
    # Subclasses of FrozenEstimator may have a parameter that identifies the fitted estimator.
    if type(value) is FrozenEstimator or isinstance(value, np.ndarray):
        return True
    is_container = isinstance(value, (list, tuple, dict, set, frozenset))
    return is_container and len(value) > _N_SHOWN


def dataset_name(data):
    """Return the start of the description of a data set, such as "FER-2013"."""
    return re.split(r"[,:;\n]", data.get("DESCR", "unnamed"))[0].rstrip(".")


def describe_run(protocol, data, random_state):
    """Return `Comparison.about`; the sha256 depends on the samples and their order."""
    parts = [data] if isinstance(data, Bunch) else data
    hashes = []
    for part in parts:
        identity = [part[key] for key in ("usage", "groups") if key in part]
        rows = range(len(part.images))
        hashes.append(fingerprint(part.images, part.labels, *identity, rows))
    test = parts[-1]
    return {
        "description": PROTOCOLS[protocol].description,
        "data": {
            "name": " -> ".join(dataset_name(part) for part in parts),
            "sha256": " ".join(hashes),
            "n_images": len(test.images),
            "counts": {name: int((test.labels == name).sum()) for name in test.target_names},
        },
        "random_state": int(random_state),
        "versions": {
            "fertools": __version__,
            "python": platform.python_version(),
            "numpy": np.__version__,
            "sklearn": sklearn.__version__,
        },
        "machine": f"{platform.system()} {platform.machine()}, {os.cpu_count()} processors",
    }


def resume_comparison(comparison, methods, folder):
    """Return the comparison stored in a folder if it is of the same run, else `comparison`.

    Parameters
    ----------
    comparison : Comparison
        Comparison without results.
    methods : iterable of str
        Names of the methods to run.
    folder : str, path-like or None

    Raises
    ------
    ValueError
        If the folder holds finished results of another protocol, data set, random state or version
        of fertools for methods that are not among `methods` and would be lost.
    """
    if folder is None:
        return comparison
    check_folder(folder)
    if not Path(folder, SUMMARY).exists():
        return comparison
    stored = Comparison.load(folder)
    if run_id(stored) == run_id(comparison):
        check_names([*stored.results, *methods])
        return stored
    lost = [name for name, result in stored.results.items() if result.status == "ok"]
    lost = sorted(set(lost) - set(methods))
    if lost:
        raise ValueError(
            "results_dir must be a new folder, or hold results of the same protocol, data, random "
            f"state and version of fertools; {folder} holds other results, and would lose those "
            f"of {', '.join(lost)}."
        )
    return comparison


def tested_samples(folds):
    """Return the fields of a `MethodResult` that describe the tested samples."""
    train, test, rows = folds
    images = train.images if train is test else [*train.images, *test.images]
    group, first = duplicate_groups(images, max_distance=None), len(images) - len(test.images)
    tested = np.concatenate([test_rows for _, test_rows in rows])
    seen = [in_training(group, train_rows, first + test_rows) for train_rows, test_rows in rows]
    return {
        "row": test.row[tested],
        "fold": np.repeat(np.arange(len(rows)), [len(test_rows) for _, test_rows in rows]),
        "truth": test.labels[tested].astype(str),
        "group": test.groups[tested].astype(str) if "groups" in test else None,
        "seen": np.concatenate(seen),
    }


def evaluate_method(result, estimator, folds, *, n_jobs, random_state, report):
    """Fit and test a method on all folds, and fill in its result.

    Parameters
    ----------
    result : MethodResult
        Result with the fields of `tested_samples`.
    estimator : estimator
    folds : Folds
    n_jobs, random_state : int or None, int
    report : callable
        `ProgressReporter.report`.
    """
    train, test, rows = folds
    done = []
    report("fitting", 0)
    for fitted in Parallel(n_jobs=n_jobs, return_as=generator_or_list())(
        delayed(fit_fold)(
            estimator, train, test, fold, result.classes, return_estimator=fold is rows[0]
        )
        for fold in rows
    ):
        done.append(fitted)
        report("fitting" if len(done) < len(rows) else "measuring", len(done))
    models, predictions, costs = zip(*done, strict=True)
    predicted, probabilities, found = zip(*predictions, strict=True)
    result.predicted, result.found = np.concatenate(predicted), np.concatenate(found)
    if probabilities[0] is not None:
        result.probabilities = np.concatenate(probabilities)
    peaks = [cost["peak_memory_mib"] for cost in costs]
    result.costs = {
        "fit_seconds": float(np.mean([cost["fit_seconds"] for cost in costs])),
        "peak_memory_mib": None if None in peaks else max(peaks),
        **measure_costs(models[0], test.images[rows[0][1]]),
    }
    result.history, result.best_epoch = training_history(models[0])
    report("scoring")
    unseen = ~result.seen
    result.scores = {
        "published": score_method(result, slice(None), random_state),
        "deduplicated": score_method(result, unseen, random_state) if unseen.any() else None,
    }


@validate_params(
    {
        "estimators": [dict, list, tuple],
        "data": [Bunch, list, tuple],
        "protocol": [str],
        "n_jobs": [Integral, None],
        "results_dir": [str, os.PathLike, None],
        "random_state": [Integral],
        "progress": [callable, None],
    },
    prefer_skip_nested_validation=True,
)
def compare(
    estimators: dict | list | tuple,
    data: Bunch | tuple[Bunch, Bunch],
    protocol: str = "image_folder",
    *,
    n_jobs: int | None = None,
    results_dir: str | os.PathLike | None = None,
    random_state: int = 0,
    progress: Callable | None = None,
) -> Comparison:
    """Fit several methods on the same samples, and compare their scores and costs.

    If a method raises an exception, its result holds the error message, and the other methods
    still run. With `results_dir`, each result is written as soon as it is finished, and a later
    call reuses it unless the estimator, the data, the protocol, the random state or the version
    of fertools has changed; failed methods are run again. An interruption therefore loses at most
    the result of the running method.

    Parameters
    ----------
    estimators : dict of str to estimator, or list of (str, estimator)
        Unfitted classifiers of images, by name. Each fold fits a clone; use
        `sklearn.frozen.FrozenEstimator` for a classifier that is already fitted.
    data : Bunch, or tuple of two Bunch
        Data set as returned by the loaders of `fertools.datasets`; for the protocol
        "cross_dataset", a training set and a test set.
    protocol : str, default="image_folder"
        Name of an evaluation protocol, as listed in the user guide.
    n_jobs : int or None, default=None
        Number of folds fitted in parallel, as in joblib; increases the measured fit times.
    results_dir : path-like or None, default=None
        Folder for the results, in the format of `Comparison.save`. Finished results of other
        methods are kept, and two processes may write to the same folder at the same time. Results
        of another protocol, data set, random state or version of fertools are replaced; if the
        result of a method that is not in `estimators` would be lost, a ValueError is raised.
    random_state : int, default=0
        Random seed of folds and bootstrap intervals; estimators have their own.
    progress : callable or None, default=None
        Function called with a `ComparisonProgress` before each fold, before costs are measured
        and scores are computed, and when a method is finished.

    Returns
    -------
    Comparison

    Raises
    ------
    ValueError
        If names are not unique or cannot be file names, if the protocol is unknown or does not fit
        the data, or if `results_dir` holds other results that would be lost.
    OSError
        If `results_dir` is not writable; raised before any method is fitted.

    Notes
    -----
    The time per face is measured on one thread with the model of the first fold: BLAS, OpenMP,
    OpenCV and every `n_jobs` of the estimator are limited to 1, but not the backend of a network.
    The memory is the increase of the process memory (Linux only) while a fold is fitted and
    predicted. Compilation and imports at first use count for the first method that needs them.

    Examples
    --------
    >>> from sklearn.dummy import DummyClassifier
    >>> from sklearn.neighbors import KNeighborsClassifier
    >>> from sklearn.pipeline import make_pipeline
    >>> from fertools.datasets import make_faces
    >>> from fertools.evaluation import compare
    >>> from fertools.features import DiscreteCosine
    >>> methods = {
    ...     "chance": DummyClassifier(),
    ...     "knn": make_pipeline(DiscreteCosine(60), KNeighborsClassifier(5)),
    ... }
    >>> comparison = compare(methods, make_faces(140, random_state=0))
    >>> comparison.table()["accuracy"].round(2).to_dict()
    {'chance': 0.14, 'knn': 0.26}
    >>> comparison.pairs()[["only_first", "only_second"]].values.tolist()
    [[16, 33]]
    """
    methods = check_estimators(estimators)
    folds = make_folds(protocol, data, random_state)
    about = describe_run(protocol, data, random_state)
    target_names = list(folds.test.target_names)
    new = Comparison(protocol, about, {}, target_names)
    stored = resume_comparison(new, methods, results_dir)
    samples = tested_samples(folds)
    reporter = ProgressReporter(progress, len(methods), len(folds.rows))
    for name, estimator in methods.items():
        reporter.start(name)
        kept, parameters = stored.results.get(name), describe_estimator(estimator)
        if kept is not None and (kept.status, kept.parameters) == ("ok", parameters):
            reporter.report("reused", len(folds.rows))
            continue
        result = MethodResult(name, "ok", "", parameters, target_names, **samples)
        try:
            evaluate_method(
                result,
                estimator,
                folds,
                n_jobs=n_jobs,
                random_state=random_state,
                report=reporter.report,
            )
        except Exception as error:
            reason = " ".join(f"{type(error).__name__}: {error}".split())
            result = MethodResult(name, "failed", reason, parameters, target_names)
        stored.results[name] = result
        if results_dir is not None:
            write_result(results_dir, result, run_id(stored))
            write_summary(results_dir, stored)
        reporter.report(result.status)
    return replace(stored, results={name: stored.results[name] for name in methods})
