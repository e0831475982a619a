"""Several methods, fitted and tested on exactly the same rows."""

import os
import platform
import re
from dataclasses import replace
from functools import partial
from numbers import Integral
from pathlib import Path

import numpy as np
import sklearn
from joblib import Parallel, delayed
from sklearn.base import BaseEstimator
from sklearn.utils import Bunch
from sklearn.utils._param_validation import validate_params

from .. import __version__
from .._utils.files import check_folder
from .._utils.parallel import generator_or_list
from ..datasets import duplicate_groups
from ..datasets._bunch import fingerprint
from ._comparison_result import Case, Comparison
from ._leakage import seen
from ._method_measurement import history_of, measure_model, run_fold, score_rows
from ._protocols import PROTOCOLS, make_folds
from ._result_files import SUMMARY, check_names, run_of, write_case, write_summary


def named(estimators):
    """Return a dict of estimators, or raise a ValueError if a name or an estimator is wrong."""
    methods = dict(estimators)
    check_names(methods)
    for name, estimator in methods.items():
        if not isinstance(estimator, BaseEstimator):
            raise ValueError(
                f"estimators must hold scikit-learn estimators; {name!r} is a "
                f"{type(estimator).__name__}."
            )
    if not methods or len(methods) < len(estimators):
        raise ValueError(
            "estimators must hold at least one estimator, each with a name of its own; got "
            f"{len(estimators)} with {len(methods)} names."
        )
    return methods


def one_line(estimator):
    """Return the whole repr of an estimator in a line that is the same in every process."""
    text = " ".join(estimator.__repr__(N_CHAR_MAX=np.inf).split())
    return re.sub(r" at 0x[0-9a-f]+", "", text)


def name_of(data):
    """Return what the description of a data set begins with, such as "FER-2013"."""
    return re.split(r"[,:;\n]", data.get("DESCR", "unnamed"))[0].rstrip(".")


def describe(protocol, data, random_state):
    """Return what `Comparison.about` says; equal rows in equal order have an equal sha256."""
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
            "name": " -> ".join(name_of(part) for part in parts),
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


def continued(comparison, methods, folder):
    """Return the comparison in a results folder if it can be continued, else `comparison`.

    Parameters
    ----------
    comparison : Comparison
        Without cases.
    methods : iterable of str
        Names of the methods that will be run.
    folder : str, path-like or None

    Raises
    ------
    ValueError
        If the folder holds finished methods of another protocol, data set, random state or version
        of fertools that are not among `methods`, so that its summary would lose them.
    """
    if folder is None:
        return comparison
    check_folder(folder)
    if not Path(folder, SUMMARY).exists():
        return comparison
    stored = Comparison.load(folder)
    if run_of(stored) == run_of(comparison):
        check_names([*stored.cases, *methods])
        return stored
    lost = [name for name, case in stored.cases.items() if case.status == "ok"]
    lost = sorted(set(lost) - set(methods))
    if lost:
        raise ValueError(
            "results_dir must be a new folder, or hold results of the same protocol, data, random "
            f"state and version of fertools; {folder} holds others, and would lose those of "
            f"{', '.join(lost)}."
        )
    return comparison


def rows_to_test(folds):
    """Return what a `Case` says of its rows before any method has seen them."""
    train, test, rows = folds
    images = train.images if train is test else [*train.images, *test.images]
    number, first = duplicate_groups(images, max_distance=None), len(images) - len(test.images)
    every = np.concatenate([tested for _, tested in rows])
    return {
        "row": test.row[every],
        "fold": np.repeat(np.arange(len(rows)), [len(tested) for _, tested in rows]),
        "truth": test.labels[every].astype(str),
        "group": test.groups[every].astype(str) if "groups" in test else None,
        "seen": np.concatenate([seen(number, fit, first + tested) for fit, tested in rows]),
    }


def run_case(case, estimator, folds, *, n_jobs, random_state, tell):
    """Fit and test a method on all folds, and fill its case in; `tell` takes the stage."""
    train, test, rows = folds
    n_folds, done = len(rows), []
    tell(f"fold 1 of {n_folds}")
    for result in Parallel(n_jobs=n_jobs, return_as=generator_or_list())(
        delayed(run_fold)(estimator, train, test, fold, case.classes, keep=fold is rows[0])
        for fold in rows
    ):
        done.append(result)
        tell(f"fold {len(done) + 1} of {n_folds}" if len(done) < n_folds else "costs")
    models, answers, costs = zip(*done, strict=True)
    predicted, probabilities, found = zip(*answers, strict=True)
    case.predicted, case.found = np.concatenate(predicted), np.concatenate(found)
    if probabilities[0] is not None:
        case.probabilities = np.concatenate(probabilities)
    peaks = [cost["peak_memory_mib"] for cost in costs]
    case.costs = {
        "fit_seconds": float(np.mean([cost["fit_seconds"] for cost in costs])),
        "peak_memory_mib": None if None in peaks else max(peaks),
        **measure_model(models[0], test.images[rows[0][1]]),
    }
    case.history = history_of(models[0])
    tell("scores")
    case.scores = {"published": score_rows(case, slice(None), random_state)}
    unseen = ~case.seen
    case.scores["deduplicated"] = score_rows(case, unseen, random_state) if unseen.any() else None


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
    estimators,
    data,
    protocol="image_folder",
    *,
    n_jobs=None,
    results_dir=None,
    random_state=0,
    progress=None,
):
    """Fit several methods on exactly the same rows, and measure how good each is and what it costs.

    A method that fails is a case with a reason, and the others go on. With `results_dir` each case
    is written when it is finished, and a later call does not run it again unless its estimator,
    the data, the protocol, the random state or the version of fertools changed; failed cases are
    tried again. So a run that is interrupted loses the case that was running, at most.

    Parameters
    ----------
    estimators : dict of str to estimator, or list of (str, estimator)
        Methods by name: unfitted scikit-learn estimators, images in, labels out. Each fold fits a
        clone; a `sklearn.frozen.FrozenEstimator` stays as it is fitted.
    data : Bunch, or tuple of two Bunch
        As the loaders of `fertools.datasets` return it; two, to train and to test on, for the
        protocol "cross_dataset".
    protocol : str, default="image_folder"
        A name in `fertools.evaluation.PROTOCOLS`.
    n_jobs : int or None, default=None
        Folds that are fitted at a time, as joblib counts; times of fitting suffer from it.
    results_dir : path-like or None, default=None
        Folder of the results, as `Comparison.save` writes them. Finished cases of other methods
        stay in its summary, and two processes may add methods to one folder at the same time.
        With another protocol, data set, random state or version of fertools, cases are replaced;
        if a case of another method would be lost, a ValueError is raised instead.
    random_state : int, default=0
        Decides what is random about the folds and the intervals; not about the estimators.
    progress : callable or None, default=None
        Called as ``progress(done_cases, n_cases, name, stage)`` before each fold ("fold 1 of 10"),
        before the timing ("costs") and the scoring ("scores"), and after a case, counted as done:
        "ok", "failed", or "kept" where it was finished before.

    Returns
    -------
    Comparison

    Raises
    ------
    ValueError
        If names are not unique or cannot be file names, the protocol is unknown, the data do not
        fit it, or `results_dir` holds other results that would be lost.
    OSError
        If `results_dir` cannot be written to; nothing is fitted then.

    Notes
    -----
    Times a face are taken on one thread, after fitting, with the model of the first fold: BLAS,
    OpenMP, OpenCV and every `n_jobs` of the estimator are held to 1; the backend of a network is
    not. Memory is what the process took from Linux while it fitted and predicted a fold. What is
    compiled or imported on first use counts for the method that first needs it.

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
    methods, progress = named(estimators), progress or (lambda *told: None)
    folds = make_folds(protocol, data, random_state)
    about = describe(protocol, data, random_state)
    target_names = list(folds.test.target_names)
    stored = continued(Comparison(protocol, about, {}, target_names), methods, results_dir)
    tested = rows_to_test(folds)
    for n_done, (name, estimator) in enumerate(methods.items()):
        kept, parameters = stored.cases.get(name), one_line(estimator)
        if kept is not None and (kept.status, kept.parameters) == ("ok", parameters):
            progress(n_done + 1, len(methods), name, "kept")
            continue
        case = Case(name, "ok", "", parameters, target_names, **tested)
        tell = partial(progress, n_done, len(methods), name)
        try:
            run_case(case, estimator, folds, n_jobs=n_jobs, random_state=random_state, tell=tell)
        except Exception as error:
            reason = " ".join(f"{type(error).__name__}: {error}".split())
            case = Case(name, "failed", reason, parameters, target_names)
        stored.cases[name] = case
        if results_dir is not None:
            write_case(results_dir, case, run_of(stored))
            write_summary(results_dir, stored)
        progress(n_done + 1, len(methods), name, case.status)
    return replace(stored, cases={name: stored.cases[name] for name in methods})
