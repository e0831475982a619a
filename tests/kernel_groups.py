"""Features in groups, for tests of kernels."""

import numpy as np

GROUPS = np.repeat(["hog", "lbp", "dct"], [9, 5, 3])


WEIGHTS = {"hog": 0.5, "lbp": 0.3, "dct": 0.2}


def draw(n_samples=240, seed=0):
    """Draw samples of three classes; the groups of features have different scales."""
    rng = np.random.default_rng(seed)
    y = rng.integers(0, 3, n_samples)
    X = np.abs(rng.random((3, 17))[y] + 0.4 * rng.normal(size=(n_samples, 17)))
    return X * np.repeat([1.0, 30.0, 0.02], [9, 5, 3]), y
