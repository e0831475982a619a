"""Class priors of the photos that a recognizer is used on."""

from numbers import Real

import numpy as np

from ..persistence._model_file import is_pretrained

# Priors of the shipped models relative to the class frequencies of FER-2013, for photos: the
# inverse square roots of these frequencies, and a half more neutral faces. Chosen among 12
# combinations on PublicTest, wild.zip and london.zip, of which no photo was held out.
PHOTO_PRIORS = {
    "angry": 1.34,
    "disgust": 4.07,
    "fear": 1.33,
    "happy": 1.0,
    "neutral": 1.81,
    "sad": 1.22,
    "surprise": 1.51,
}


def priors_of_file(path):
    """Return the default of `priors` for a model file: "photos" for shipped models, or None."""
    return "photos" if is_pretrained(path) else None


def prior_factors(priors, classes):
    """Return the factor of the probability of each class.

    Parameters
    ----------
    priors : dict of str to float, or None
        Prior of each class relative to its prior in the training data; 1 for other classes.
    classes : sequence
        Class names.

    Returns
    -------
    ndarray of shape (n_classes,), float64

    Raises
    ------
    ValueError
        If a name is not a class, or a value is not a finite number above 0.
    """
    names = [str(name) for name in classes]
    priors = {} if priors is None else {str(name): value for name, value in priors.items()}
    unknown = sorted(set(priors) - set(names))
    if unknown:
        raise ValueError(f"priors must name classes, {names}; got {unknown}.")
    for name, value in priors.items():
        is_number = isinstance(value, Real) and not isinstance(value, bool)
        if not is_number or not 0 < value < np.inf:
            raise ValueError(
                f"priors must be finite numbers above 0; got {value!r} for the class {name!r}."
            )
    return np.array([float(priors.get(name, 1.0)) for name in names])


def apply_priors(probabilities, factors):
    """Multiply probabilities of shape (n, n_classes) by factors, and normalize them."""
    weighted = np.asarray(probabilities, dtype=np.float64) * factors
    return weighted / weighted.sum(axis=1, keepdims=True)
