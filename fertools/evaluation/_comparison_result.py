"""Results of a comparison of methods."""

import os
from dataclasses import dataclass, field
from functools import partial
from itertools import combinations

import numpy as np
import pandas as pd

from .._utils.text import printable
from ._result_files import read_results, read_summary, run_id, write_result, write_summary
from ._statistics import holm, mcnemar

_SCORES = (
    "accuracy",
    "balanced_accuracy",
    "macro_f1",
    "log_loss",
    "brier",
    "ece",
    "auc",
    "coverage",
)
_COSTS = ("fit_seconds", "ms_one", "ms_batch", "peak_memory_mib", "model_bytes")


@dataclass
class MethodResult:
    """Predictions, scores and costs of one method under one protocol.

    The arrays and dicts of a failed method are empty.

    Attributes
    ----------
    name : str
        Name of the method.
    status : {"ok", "failed"}
        Whether the method was fitted and tested on all folds.
    reason : str
        Error message of a failed method, else empty.
    parameters : str
        Representation of the estimator.
    classes : list of str
        Classes of the columns of `probabilities`.
    row : ndarray of shape (n_tested,), int
        Index of each tested sample in the (test) data set.
    fold : ndarray of shape (n_tested,), int
        Fold of each tested sample.
    truth : ndarray of shape (n_tested,), str
        True labels.
    predicted : ndarray of shape (n_tested,), str
        Predicted labels; "no_face" where the estimator returned none.
    probabilities : ndarray of shape (n_tested, n_classes), float32, or None
        Predicted probabilities; None if the estimator has none.
    group : ndarray of shape (n_tested,), str, or None
        Person in each tested sample; None if the persons are unknown.
    seen : ndarray of shape (n_tested,), bool
        Whether the training samples of the fold contain an exact duplicate.
    found : ndarray of shape (n_tested,), bool
        Whether the detector of the method found a face.
    scores : dict
        "published" for all tested samples, and "deduplicated" for those without an exact duplicate
        in training, or None if there are none. Each is a dict as returned by
        `fertools.evaluation.score_classification`, with macro_f1 over `classes`, and with
        log_loss, brier, ece and auc (None without probabilities); coverage, the share of samples
        with a detected face; and intervals, a dict from accuracy, balanced_accuracy, macro_f1,
        log_loss and brier to the limits of the 95 % confidence interval.
    costs : dict
        fit_seconds, mean of the folds; ms_one and ms_batch, milliseconds per face, alone and in a
        batch; threads, number of threads of this timing; peak_memory_mib, peak of the memory of
        fitting and predicting, None on systems other than Linux; model_bytes, size of the saved
        model, None if it cannot be saved.
    history : dict of str to list of float, or None
        `history_` of a network in the first fold: loss, accuracy, val_loss, val_accuracy, ..., one
        value per epoch.
    best_epoch : int or None
        `best_epoch_` of that network, the index in `history` of the epoch whose weights it has.
    """

    name: str
    status: str
    reason: str
    parameters: str
    classes: list
    row: np.ndarray = field(default_factory=partial(np.empty, 0, int), repr=False)
    fold: np.ndarray = field(default_factory=partial(np.empty, 0, int), repr=False)
    truth: np.ndarray = field(default_factory=partial(np.empty, 0, str), repr=False)
    predicted: np.ndarray = field(default_factory=partial(np.empty, 0, str), repr=False)
    probabilities: np.ndarray | None = field(default=None, repr=False)
    group: np.ndarray | None = field(default=None, repr=False)
    seen: np.ndarray = field(default_factory=partial(np.empty, 0, bool), repr=False)
    found: np.ndarray = field(default_factory=partial(np.empty, 0, bool), repr=False)
    scores: dict = field(default_factory=dict, repr=False)
    costs: dict = field(default_factory=dict, repr=False)
    history: dict | None = field(default=None, repr=False)
    best_epoch: int | None = field(default=None, repr=False)


@dataclass
class Comparison:
    """Results of several methods on the same test samples, as returned by `compare`.

    Attributes
    ----------
    protocol : str
        Name of the evaluation protocol.
    about : dict
        - description : description of the protocol
        - data : dict of name, sha256 (hash of pixels, labels, splits and persons, in order),
          n_images and counts, a dict from each class to its number of images; all of the test
          data, except that sha256 also covers separate training data
        - random_state : int
        - versions : dict of the versions of fertools, python, numpy and sklearn
        - machine : str, operating system and processors
    results : dict of str to MethodResult
        Results by method name.
    target_names : list of str
        Classes in the order of the data set.

    Examples
    --------
    >>> from tempfile import TemporaryDirectory
    >>> from sklearn.dummy import DummyClassifier
    >>> from fertools.datasets import make_faces
    >>> from fertools.evaluation import Comparison, compare
    >>> methods = {"chance": DummyClassifier()}
    >>> with TemporaryDirectory() as folder:
    ...     _ = compare(methods, make_faces(70, random_state=0), results_dir=folder)
    ...     comparison = Comparison.load(folder)
    >>> comparison.about["data"]["n_images"], len(comparison.results["chance"].row)
    (70, 70)
    """

    protocol: str
    about: dict
    results: dict
    target_names: list

    def table(self) -> pd.DataFrame:
        """Return the scores and costs of all methods.

        Returns
        -------
        DataFrame
            One row per method, indexed by name, with the columns status; accuracy, accuracy_low
            and accuracy_high (95 % confidence interval), balanced_accuracy, macro_f1, log_loss,
            brier, ece, auc and coverage of all test samples; deduplicated, the accuracy of the
            test samples without an exact duplicate in training; the costs; and reason. Missing
            values are NaN.
        """
        rows = {}
        for name, result in self.results.items():
            published = result.scores.get("published", {})
            unseen = result.scores.get("deduplicated") or {}
            low, high = published.get("intervals", {}).get("accuracy", (None, None))
            figures = {score: published.get(score) for score in _SCORES}
            figures |= {"accuracy_low": low, "accuracy_high": high}
            figures |= {"deduplicated": unseen.get("accuracy")}
            figures |= {cost: result.costs.get(cost) for cost in _COSTS}
            rows[name] = figures
        columns = [_SCORES[0], "accuracy_low", "accuracy_high", "deduplicated", *_SCORES[1:]]
        table = pd.DataFrame.from_dict(rows, "index", dtype=float, columns=[*columns, *_COSTS])
        table.insert(0, "status", [result.status for result in self.results.values()])
        return table.assign(reason=[result.reason for result in self.results.values()])

    def pairs(self) -> pd.DataFrame:
        """Compare each pair of finished methods with McNemar's test.

        Returns
        -------
        DataFrame
            One row per pair: first and second, the method names; only_first and only_second, the
            numbers of samples that only one of the methods classifies correctly; statistic and p
            of `fertools.evaluation.mcnemar`; and p_holm, p with Holm's correction for the number
            of pairs.
        """
        correct = {
            name: result.predicted == result.truth for name, result in finished(self).items()
        }
        rows = []
        for first, second in combinations(correct, 2):
            only_first = int((correct[first] & ~correct[second]).sum())
            only_second = int((correct[second] & ~correct[first]).sum())
            rows.append((first, second, only_first, only_second, *mcnemar(only_first, only_second)))
        columns = ["first", "second", "only_first", "only_second", "statistic", "p"]
        pairs = pd.DataFrame(rows, columns=columns)
        return pairs.assign(p_holm=holm(pairs["p"]))

    def save(self, folder: str | os.PathLike) -> None:
        """Write comparison.json, and a JSON file and a NumPy archive per method.

        Parameters
        ----------
        folder : str or path-like
            Output folder; created if it is missing.

        Raises
        ------
        ValueError
            If the name of a method cannot be a file name.
        """
        for result in self.results.values():
            write_result(folder, result, run_id(self))
        write_summary(folder, self)

    @classmethod
    def load(cls, folder: str | os.PathLike) -> "Comparison":
        """Load a comparison written by `save`, or by `compare` with `results_dir`.

        Parameters
        ----------
        folder : str or path-like
            Folder with comparison.json and the files of the methods.

        Returns
        -------
        Comparison
            Results of the protocol, data, random state and version of fertools given in
            comparison.json, including results that another process wrote to the same folder at
            the same time.

        Raises
        ------
        FileNotFoundError
            If `folder` has no comparison.json.
        ValueError
            If comparison.json is damaged or names files outside `folder`.

        Warns
        -----
        UserWarning
            If the files of a method are damaged or missing; the method is left out.
        """
        summary = read_summary(folder)
        names = summary.pop("cases")
        comparison = cls(results={}, **summary)
        comparison.results = read_results(folder, names, run_id(comparison), MethodResult)
        return comparison


def finished(comparison):
    """Return the results of the methods that did not fail, by method name."""
    return {name: result for name, result in comparison.results.items() if result.status == "ok"}


def accuracy_per_group(comparison):
    """Return the accuracy of each finished method (column) in each group (row)."""
    table = {}
    for name, result in finished(comparison).items():
        groups, codes = np.unique(result.group, return_inverse=True)
        accuracy = pd.Series(result.predicted == result.truth).groupby(codes).mean()
        table[name] = accuracy.set_axis([printable(group) for group in groups.tolist()])
    return pd.DataFrame(table)
