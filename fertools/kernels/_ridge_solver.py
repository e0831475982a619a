"""Kernel ridge regression with an intercept, and its leave-one-out predictions."""

import numpy as np
from sklearn.preprocessing import LabelBinarizer
from sklearn.utils.multiclass import check_classification_targets

from ._cholesky import inverse_diagonal, solve_definite


def solve_ridge(K, Y, alpha):
    r"""Solve kernel ridge regression with an intercept.

    With :math:`H = (K + \alpha I)^{-1}` and :math:`s = H 1`,

    .. math:: b = s^T Y / s^T 1, \quad a = H (Y - 1 b)

    Parameters
    ----------
    K : ndarray of shape (n_samples, n_samples)
        Kernel matrix of the training samples; overwritten as by `factorize`.
    Y : ndarray of shape (n_samples, n_outputs)
        Targets.
    alpha : float
        Regularization strength.

    Returns
    -------
    coef : ndarray of shape (n_samples, n_outputs), float64
        Coefficients a.
    intercept : ndarray of shape (n_outputs,), float64
        Intercepts b.
    ones : ndarray of shape (n_samples, 1), float64
        Vector s.
    """
    K.flat[:: len(K) + 1] += alpha
    solution = np.column_stack([Y, np.ones(len(Y))]).astype(K.dtype)
    solve_definite(K, solution)
    solution = solution.astype(np.float64)
    coef, ones = solution[:, :-1], solution[:, -1:]
    intercept = coef.sum(axis=0) / ones.sum()
    return coef - ones * intercept, intercept, ones


def leave_one_out_predictions(L, Y, coef, ones):
    r"""Compute the prediction for each sample by the regression on all other samples.

    .. math:: y_i - f_{-i}(x_i) = \frac{a_i}{H_{ii} - s_i^2 / s^T 1}

    Parameters
    ----------
    L : ndarray of shape (n_samples, n_samples)
        Kernel matrix as overwritten by `solve_ridge`.
    Y : ndarray of shape (n_samples, n_outputs)
        Targets.
    coef, ones : ndarray
        From `solve_ridge`.

    Returns
    -------
    ndarray of shape (n_samples, n_outputs), float64
    """
    leverage = inverse_diagonal(L)[:, None] - ones**2 / ones.sum()
    return Y - coef / leverage


def signed_targets(y):
    """Return the classes, and the targets 1 and -1 of each class against the others.

    Parameters
    ----------
    y : ndarray of shape (n_samples,)
        Labels.

    Returns
    -------
    classes : ndarray of shape (n_classes,)
    Y : ndarray of shape (n_samples, n_outputs), float64
        One column per class; for two classes, one column, which is 1 for the second.

    Raises
    ------
    ValueError
        If y has a single class or continuous values.
    """
    check_classification_targets(y)
    binarizer = LabelBinarizer(neg_label=-1)
    Y = binarizer.fit_transform(y).astype(np.float64)
    if len(binarizer.classes_) < 2:
        raise ValueError("The number of classes has to be greater than one; got 1 class")
    return binarizer.classes_, Y
