"""Smoothing of the probabilities of a face over time."""

import math
from collections import deque

import numpy as np


class Smoother:
    r"""Weighted mean of the probabilities up to now.

    For the method "exponential", the weight of probabilities that are :math:`t` seconds old is
    :math:`e^{-t / \tau}`; for "window", it is 1 if :math:`t < \tau` and 0 otherwise. As weights
    depend on time, the result hardly depends on the frame rate.

    Parameters
    ----------
    method : {"exponential", "window"} or None
        Weights; None returns the probabilities unchanged.
    seconds : float
        Time constant :math:`\tau`.
    """

    def __init__(self, method, seconds):
        self._method, self._seconds = method, seconds
        self._sum, self._weight, self._last = 0.0, 0.0, -math.inf
        self._window = deque()

    def update(self, time, probabilities):
        """Add the probabilities at a time in seconds, and return the mean.

        Parameters
        ----------
        time : float
        probabilities : ndarray of shape (n_classes,)

        Returns
        -------
        ndarray of shape (n_classes,)
        """
        if self._method is None:
            return probabilities
        if self._method == "window":
            self._window.append((time, probabilities))
            while time - self._window[0][0] >= self._seconds and len(self._window) > 1:
                self._window.popleft()
            return np.mean([values for _, values in self._window], axis=0)
        decay = math.exp(min(0.0, self._last - time) / self._seconds)
        self._sum = self._sum * decay + probabilities
        self._weight = self._weight * decay + 1
        self._last = max(time, self._last)
        return self._sum / self._weight
