"""Zernike polynomials."""

from functools import lru_cache
from math import factorial

import numpy as np


@lru_cache(maxsize=32)
def zernike_orders(degree):
    """Return the pairs (n, m) with 0 <= m <= n <= degree and n - m even, sorted by n, then m."""
    return tuple((n, m) for n in range(degree + 1) for m in range(n % 2, n + 1, 2))


def radial_polynomial(n, m, rho):
    r"""Evaluate a radial Zernike polynomial.

    .. math::
        R_{nm}(\rho) = \sum_{k=0}^{(n-m)/2}
        \frac{(-1)^k (n-k)!}{k!\,(\frac{n+m}{2}-k)!\,(\frac{n-m}{2}-k)!}\,\rho^{n-2k}

    Parameters
    ----------
    n, m : int
        Order and repetition, m >= 0 and n - m even.
    rho : ndarray
        Distances from the center in units of the radius.

    Returns
    -------
    ndarray of the same shape as `rho`, float64
    """
    value = np.zeros_like(rho, dtype=np.float64)
    for k in range((n - m) // 2 + 1):
        coefficient = factorial(n - k) // (
            factorial(k) * factorial((n + m) // 2 - k) * factorial((n - m) // 2 - k)
        )
        value += (-1) ** k * coefficient * rho ** (n - 2 * k)
    return value


def zernike_polynomials(orders, y, x):
    r"""Evaluate the basis :math:`\frac{n+1}{\pi} R_{nm}(\rho) e^{-im\theta}` of Zernike moments.

    Parameters
    ----------
    orders : list of (n, m)
        Orders and repetitions.
    y, x : ndarray
        Coordinates relative to the center, in units of the radius; y points downward.

    Returns
    -------
    ndarray of shape (len(orders), *y.shape), complex128
        Values, 0 outside the unit disc.
    """
    rho, theta = np.hypot(y, x), np.arctan2(y, x)
    inside = rho <= 1
    return np.stack(
        [
            (n + 1) / np.pi * radial_polynomial(n, m, rho) * np.exp(-1j * m * theta) * inside
            for n, m in orders
        ]
    )
