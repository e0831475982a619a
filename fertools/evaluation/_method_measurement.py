"""What a method answers to test rows, how good the answers are, and what they cost."""

from contextlib import contextmanager
from pathlib import Path
from statistics import median
from tempfile import TemporaryDirectory
from time import perf_counter

import cv2
import numpy as np
from sklearn.base import clone
from sklearn.metrics import roc_auc_score
from sklearn.pipeline import Pipeline
from threadpoolctl import threadpool_limits

from ..detection import FaceLocalizer
from ..exceptions import ModelFileError
from ..persistence import save
from ._calibration_error import expected_calibration_error
from ._scores import score_classification
from ._statistics import bootstrap_interval

NO_FACE = "no_face"
# Faces that are timed: each alone, and together.
_N_ALONE, _N_TOGETHER, _REPEATS = 20, 128, 3
_PROC = Path("/proc/self")


@contextmanager
def memory_peak():
    """Measure the most memory that this process takes in addition, in MiB.

    Yields
    ------
    dict
        After the context it holds "mib": what the process held at the most, less what it held
        before; None where the system does not tell, which is where it is not Linux.
    """
    peak = {"mib": None}
    try:
        # Linux forgets the peak so far.
        (_PROC / "clear_refs").write_text("5")
        before = _peak_kib()
    except OSError:
        yield peak
        return
    yield peak
    peak["mib"] = (_peak_kib() - before) / 1024


def _peak_kib():
    for line in (_PROC / "status").read_text().splitlines():
        if line.startswith("VmHWM:"):
            return int(line.split()[1])
    raise OSError("VmHWM is not told.")


def answer(estimator, images, classes):
    """Ask a fitted estimator about images.

    Parameters
    ----------
    estimator : estimator
    images : ndarray of shape (n, ...)
    classes : list of str

    Returns
    -------
    predicted : ndarray of shape (n,), str
        "no_face" where the estimator gives None, an empty name or "no_face".
    probabilities : ndarray of shape (n, n_classes), float32, or None
        Of `classes`; 0 for one that the estimator does not know.
    found : ndarray of shape (n,), bool
        False where there is no answer, or where the FaceLocalizer at the head of a pipeline found
        no face and its substitute was judged.
    """
    names = np.asarray(estimator.predict(images), dtype=object).tolist()
    predicted = np.array([NO_FACE if name in (None, "") else str(name) for name in names])
    found = predicted != NO_FACE
    if isinstance(estimator, Pipeline) and isinstance(estimator[0], FaceLocalizer):
        found &= estimator[0].locate(images)[1]
    if not hasattr(estimator, "predict_proba"):
        return predicted, None, found
    given = np.asarray(estimator.predict_proba(images))
    probabilities = np.zeros((len(images), len(classes)), dtype=np.float32)
    for column, name in zip(given.T, estimator.classes_, strict=True):
        if name in classes:
            probabilities[:, classes.index(name)] = column
    return predicted, probabilities, found


def run_fold(estimator, train, test, rows, classes, *, keep):
    """Fit a clone on the training rows of a fold and ask it about the test rows.

    Parameters
    ----------
    estimator : estimator
    train, test : Bunch
    rows : tuple of (ndarray, ndarray)
        Of `train` and of `test`.
    classes : list of str
    keep : bool
        Return the fitted estimator.

    Returns
    -------
    estimator : estimator or None
    answers : tuple
        As of `answer`.
    costs : dict
        `fit_seconds`, and `peak_memory_mib` of fitting and predicting.
    """
    estimator = clone(estimator)
    with memory_peak() as peak:
        start = perf_counter()
        estimator.fit(train.images[rows[0]], train.labels[rows[0]])
        seconds = perf_counter() - start
        answers = answer(estimator, test.images[rows[1]], classes)
    costs = {"fit_seconds": seconds, "peak_memory_mib": peak["mib"]}
    return estimator if keep else None, answers, costs


def _milliseconds(predict, batches):
    """Return the median over batches of the milliseconds that an image takes."""
    taken = []
    for images in batches:
        start = perf_counter()
        predict(images)
        taken.append(1000 * (perf_counter() - start) / len(images))
    return median(taken)


@contextmanager
def one_thread(estimator):
    """Hold BLAS, OpenMP, OpenCV and the `n_jobs` of an estimator to one thread."""
    parameters = estimator.get_params()
    jobs = {name: n for name, n in parameters.items() if name.split("__")[-1] == "n_jobs"}
    n_threads = cv2.getNumThreads()
    estimator.set_params(**dict.fromkeys(jobs, 1))
    cv2.setNumThreads(1)
    try:
        with threadpool_limits(1):
            yield
    finally:
        cv2.setNumThreads(n_threads)
        estimator.set_params(**jobs)


def model_bytes(estimator):
    """Return the size of the model file; None where `fertools.persistence` cannot save it."""
    with TemporaryDirectory() as folder:
        path = Path(folder, "model.fer")
        try:
            save(estimator, path)
        except ModelFileError:
            return None
        return path.stat().st_size


def measure_model(estimator, images):
    """Measure what a fitted estimator costs to keep and to ask.

    Parameters
    ----------
    estimator : estimator
    images : ndarray of shape (n, ...)
        What it is asked about; at most the first 128.

    Returns
    -------
    dict
        `ms_one` and `ms_batch`, milliseconds a face on one thread, the median of 20 calls with one
        face and of 3 calls with all; `threads`, 1; `model_bytes`.
    """
    images = images[:_N_TOGETHER]
    alone = [images[k : k + 1] for k in range(min(_N_ALONE, len(images)))]
    with one_thread(estimator):
        estimator.predict(alone[0])  # What the first call alone has to do is not timed.
        ms_one = _milliseconds(estimator.predict, alone)
        ms_batch = _milliseconds(estimator.predict, [images] * _REPEATS)
    size = model_bytes(estimator)
    return {"ms_one": ms_one, "ms_batch": ms_batch, "threads": 1, "model_bytes": size}


def history_of(estimator):
    """Return `history_` of a network, or of the one that a pipeline ends with; else None."""
    last = estimator[-1] if isinstance(estimator, Pipeline) else estimator
    history = getattr(last, "history_", None)
    if history is None:
        return None
    return {name: [float(value) for value in values] for name, values in history.items()}


def of_confusion(confusion):
    """Return accuracy, balanced accuracy and macro-F1.

    Parameters
    ----------
    confusion : ndarray of shape (n_labels, n_answers), int
        Rows are true labels; the first n_labels columns are the answers of the same names, further
        columns are answers that no label has.

    Returns
    -------
    ndarray of shape (3,), float64
        Recall is averaged over the labels that occur, F1 over those that occur or are answered.
    """
    right, support = np.diagonal(confusion), confusion.sum(axis=1)
    answered = confusion.sum(axis=0)[: len(confusion)]
    occurs, counts = support > 0, support + answered > 0
    recall = (right[occurs] / support[occurs]).mean()
    f1 = (2 * right[counts] / (support + answered)[counts]).mean()
    return np.array([right.sum() / confusion.sum(), recall, f1])


def score_rows(case, rows, random_state):
    """Score the answers to some of the rows of a case.

    Parameters
    ----------
    case : Case
        Without scores.
    rows : slice or ndarray of bool
    random_state : int
        Of the intervals.

    Returns
    -------
    dict
        As `Case.scores` says. An answer that is none of the classes is wrong, and no class of the
        mean F1; rows without an answer do not count for what comes from probabilities.
    """
    classes, truth, predicted = case.classes, case.truth[rows], case.predicted[rows]
    group = None if case.group is None else case.group[rows]
    labels = [*classes, *sorted(set(predicted.tolist()) - set(classes))]
    number = {label: k for k, label in enumerate(labels)}
    shape = len(classes), len(labels)
    cells = np.array(
        [number[t] * len(labels) + number[p] for t, p in zip(truth, predicted, strict=True)]
    )

    def rates(cells):
        return of_confusion(np.bincount(cells, minlength=np.prod(shape)).reshape(shape))

    keys = "accuracy", "balanced_accuracy", "macro_f1"
    limits = bootstrap_interval(rates, cells, groups=group, random_state=random_state)
    scores = score_classification(truth, predicted, labels)
    scores |= dict(zip(keys, rates(cells).tolist(), strict=True))
    scores["intervals"] = dict(zip(keys, limits.T.tolist(), strict=True))
    scores["coverage"] = float(case.found[rows].mean())
    scores |= dict.fromkeys(("log_loss", "brier", "ece", "auc"))
    answered = predicted != NO_FACE
    if case.probabilities is None or not answered.any():
        return scores
    probabilities = case.probabilities[rows][answered].astype(np.float64)
    group = None if group is None else group[answered]
    return _add_scores_of_probabilities(
        scores, truth[answered], probabilities, classes, group, random_state
    )


def _add_scores_of_probabilities(scores, truth, probabilities, classes, group, random_state):
    is_true = truth[:, None] == np.asarray(classes)
    log_losses = -np.log(probabilities[is_true].clip(np.finfo(np.float64).eps))
    losses = np.column_stack([log_losses, np.square(probabilities - is_true).sum(axis=1)])

    def means(losses):
        return losses.mean(axis=0)

    keys = "log_loss", "brier"
    limits = bootstrap_interval(means, losses, groups=group, random_state=random_state)
    scores |= dict(zip(keys, means(losses).tolist(), strict=True))
    scores["intervals"] |= dict(zip(keys, limits.T.tolist(), strict=True))
    scores["ece"] = expected_calibration_error(truth, probabilities, classes)
    # A class that no row has, or every row, has no curve.
    ranked = np.flatnonzero(is_true.any(axis=0) & ~is_true.all(axis=0))
    if len(ranked):
        areas = [roc_auc_score(is_true[:, k], probabilities[:, k]) for k in ranked]
        scores["auc"] = float(np.mean(areas))
    return scores
