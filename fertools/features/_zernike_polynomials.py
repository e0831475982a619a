"""The polynomials of Zernike, and their orders."""

from functools import lru_cache
from math import factorial

import numpy as np


@lru_cache(maxsize=32)
def zernike_orders(degree):
    """Return the pairs (n, m), 0 <= m <= n <= degree, n - m even, in the order of n, then m."""
    return tuple((n, m) for n in range(degree + 1) for m in range(n % 2, n + 1, 2))


def radial_polynomial(n, m, rho):
    r"""Evaluate the radial polynomial of Zernike.

    .. math::
        R_{nm}(\rho) = \sum_{k=0}^{(n-m)/2}
        \frac{(-1)^k (n-k)!}{k!\,(\frac{n+m}{2}-k)!\,(\frac{n-m}{2}-k)!}\,\rho^{n-2k}

    Parameters
    ----------
    n, m : int
        Order and repetition, m >= 0 and n - m even.
    rho : ndarray
        Distances from the center, in radii.

    Returns
    -------
    ndarray of the shape of `rho`, float64
    """
    value = np.zeros_like(rho, dtype=np.float64)
    for k in range((n - m) // 2 + 1):
        coefficient = factorial(n - k) // (
            factorial(k) * factorial((n + m) // 2 - k) * factorial((n - m) // 2 - k)
        )
        value += (-1) ** k * coefficient * rho ** (n - 2 * k)
    return value


def zernike_polynomials(orders, y, x):
    """Evaluate the conjugate basis (n + 1) / pi * V*_nm at points of the plane.

    Parameters
    ----------
    orders : list of (n, m)
    y, x : ndarray
        Points in radii from the center, y downwards.

    Returns
    -------
    ndarray of shape (len(orders), *y.shape), complex128
        Zero outside the unit disc.
    """
    rho, theta = np.hypot(y, x), np.arctan2(y, x)
    inside = rho <= 1
    return np.stack(
        [
            (n + 1) / np.pi * radial_polynomial(n, m, rho) * np.exp(-1j * m * theta) * inside
            for n, m in orders
        ]
    )
