"""What a comparison of methods found, in memory and on disk."""

from dataclasses import dataclass, field
from functools import partial
from itertools import combinations

import numpy as np
import pandas as pd

from ._disagreement import finished
from ._result_files import SUMMARY, read_cases, read_summary, run_of, write_case, write_summary
from ._statistics import holm, mcnemar

__all__ = ["SUMMARY", "Case", "Comparison", "write_case", "write_summary"]

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
class Case:
    """One method under one protocol: what it answered to each test row, how well, at what cost.

    Of a case that failed, the arrays have no rows, and the dicts are empty.

    Attributes
    ----------
    name : str
        Of the method.
    status : {"ok", "failed"}
        Whether it was fitted and tested on all folds.
    reason : str
        Why it failed; empty where it did not.
    parameters : str
        The estimator in one line.
    classes : list of str
        What the columns of `probabilities` stand for.
    row : ndarray of shape (n,), int
        Which row of the data set was tested; of that to test on, where there are two.
    fold : ndarray of shape (n,), int
        In which fold.
    truth : ndarray of shape (n,), str
        Its label.
    predicted : ndarray of shape (n,), str
        The answer; "no_face" where the estimator gave none.
    probabilities : ndarray of shape (n, n_classes), float32, or None
        None where the estimator gives none.
    group : ndarray of shape (n,), str, or None
        The person; None where the data set names none.
    seen : ndarray of shape (n,), bool
        An exact copy of the image stands in the training rows of the fold.
    found : ndarray of shape (n,), bool
        False where the detector of the method found no face.
    scores : dict
        "published" for all rows and "deduplicated" for those not seen, which is None where no row
        is left. Each is as `fertools.evaluation.score_classification` returns it, with macro_f1
        over the `classes`, and has besides: log_loss, brier, ece and auc (each None without
        probabilities), coverage, the share of rows where a face was found, and intervals, a dict
        from accuracy, balanced_accuracy, macro_f1, log_loss and brier to the limits of 95 %.
    costs : dict
        fit_seconds (mean of the folds); ms_one and ms_batch, milliseconds a face, alone and among
        others; peak_memory_mib, the most memory that fitting and predicting took, None where the
        system does not tell; model_bytes, the size of the model file, None where the estimator
        cannot be saved; threads, of the timing of faces.
    history : dict of str to list of float, or None
        `history_` of a network in its first fold: loss, accuracy, val_loss, val_accuracy, ... a
        value an epoch.
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


@dataclass
class Comparison:
    """What `compare` found: several methods on the same rows.

    Attributes
    ----------
    protocol : str
        A name in `fertools.evaluation.PROTOCOLS`.
    about : dict
        - description : what the protocol is
        - data : dict of name, sha256 (of pixels, labels, splits and persons, in their order),
          n_images and counts, a dict from each class to its images; of the test data, but sha256
          covers training data of its own too
        - random_state : int
        - versions : dict of fertools, python, numpy and sklearn
        - machine : str
    cases : dict of str to Case
        By the name of the method.
    target_names : list of str
        The classes, in the order of the data set.

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
    >>> comparison.about["data"]["n_images"], len(comparison.cases["chance"].row)
    (70, 70)
    """

    protocol: str
    about: dict
    cases: dict
    target_names: list

    def table(self):
        """Return the figures.

        Returns
        -------
        DataFrame
            Indexed by the name of the method, with the columns status; accuracy, accuracy_low and
            accuracy_high (the limits of 95 %), balanced_accuracy, macro_f1, log_loss, brier, ece,
            auc and coverage, of all test rows; deduplicated, the accuracy of those that are no
            copy of a training row; the costs; and reason. NaN where there is no figure.
        """
        rows = {}
        for name, case in self.cases.items():
            published = case.scores.get("published", {})
            unseen = case.scores.get("deduplicated") or {}
            low, high = published.get("intervals", {}).get("accuracy", (None, None))
            figures = {score: published.get(score) for score in _SCORES}
            figures |= {"accuracy_low": low, "accuracy_high": high}
            figures |= {"deduplicated": unseen.get("accuracy")}
            figures |= {cost: case.costs.get(cost) for cost in _COSTS}
            rows[name] = figures
        columns = [_SCORES[0], "accuracy_low", "accuracy_high", "deduplicated", *_SCORES[1:]]
        table = pd.DataFrame.from_dict(rows, "index", dtype=float, columns=[*columns, *_COSTS])
        table.insert(0, "status", [case.status for case in self.cases.values()])
        return table.assign(reason=[case.reason for case in self.cases.values()])

    def pairs(self):
        """Test every two methods that did not fail against each other.

        Returns
        -------
        DataFrame
            A row a pair: first and second, their names; only_first and only_second, the rows that
            one of them alone has right; statistic and p of `fertools.evaluation.mcnemar`, and
            p_holm, p with Holm's correction for the number of pairs.
        """
        right = {name: case.predicted == case.truth for name, case in finished(self).items()}
        rows = []
        for first, second in combinations(right, 2):
            only_first = int((right[first] & ~right[second]).sum())
            only_second = int((right[second] & ~right[first]).sum())
            rows.append((first, second, only_first, only_second, *mcnemar(only_first, only_second)))
        columns = ["first", "second", "only_first", "only_second", "statistic", "p"]
        pairs = pd.DataFrame(rows, columns=columns)
        return pairs.assign(p_holm=holm(pairs["p"]))

    def save(self, folder):
        """Write comparison.json, and a JSON file and a NumPy archive per case.

        Parameters
        ----------
        folder : str or path-like
            Output folder; created if it is missing.

        Raises
        ------
        ValueError
            If a case has a name that cannot be a file name.
        """
        for case in self.cases.values():
            write_case(folder, case, run_of(self))
        write_summary(folder, self)

    @classmethod
    def load(cls, folder):
        """Read a comparison that `save`, or `compare` with `results_dir`, wrote.

        Parameters
        ----------
        folder : str or path-like
            Folder with comparison.json and the files of the cases.

        Returns
        -------
        Comparison
            With the finished cases of the protocol, data, random state and version of fertools
            that comparison.json names. These include the cases that another process wrote to the
            same folder at the same time.

        Raises
        ------
        FileNotFoundError
            If `folder` has no comparison.json.
        ValueError
            If comparison.json is damaged or names files outside `folder`.

        Warns
        -----
        UserWarning
            If the files of a case are damaged or missing; the case is left out.
        """
        summary = read_summary(folder)
        names = summary.pop("cases")
        comparison = cls(cases={}, **summary)
        comparison.cases = read_cases(folder, names, run_of(comparison), Case)
        return comparison
