"""Cross-validation folds for calibration, with every class in each training set."""

import warnings

import numpy as np

_N_FOLDS = 5


def class_folds(labels, n_folds=_N_FOLDS):
    """Assign the samples of each class to folds, in contiguous blocks and without shuffling.

    Consecutive samples, such as augmented images of one source, mostly share a fold.

    Parameters
    ----------
    labels : ndarray of shape (n_samples,)
        Class labels.
    n_folds : int, default=5
        Number of folds; a class with fewer samples is spread over as many folds as it has samples.

    Returns
    -------
    ndarray of shape (n_samples,), int
        Fold in which each sample is held out, or -1 for the only sample of a class, which is never
        held out, so that every training set contains every class.
    """
    folds = np.empty(len(labels), dtype=np.intp)
    for label in np.unique(labels):
        members = np.flatnonzero(labels == label)
        blocks = np.arange(len(members)) * n_folds // len(members)
        folds[members] = blocks if len(members) > 1 else -1
    return folds


def warn_about_single_samples(classes, counts):
    """Warn if a class has one sample, so that its calibration cannot be cross-validated.

    Parameters
    ----------
    classes : ndarray of shape (n_classes,)
        Class labels.
    counts : ndarray of shape (n_classes,), int
        Number of samples of each class.
    """
    single = ", ".join(repr(label) for label in classes[counts == 1].tolist())
    if single:
        warnings.warn(
            f"Calibrated probabilities need at least 2 samples per class; got 1 of {single}. The "
            "probabilities of such a class are not cross-validated and may be far off.",
            UserWarning,
            stacklevel=3,
        )
