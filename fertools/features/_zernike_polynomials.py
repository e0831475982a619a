"""Zernike polynomials."""

from functools import lru_cache

import numpy as np
from scipy.special import eval_jacobi


@lru_cache(maxsize=32)
def zernike_orders(degree):
    """Return the pairs (n, m) with 0 <= m <= n <= degree and n - m even, sorted by n, then m."""
    return tuple((n, m) for n in range(degree + 1) for m in range(n % 2, n + 1, 2))


def radial_polynomial(n, m, rho):
    r"""Evaluate a radial Zernike polynomial.

    .. math::
        R_{nm}(\rho) = \sum_{k=0}^{(n-m)/2}
        \frac{(-1)^k (n-k)!}{k!\,(\frac{n+m}{2}-k)!\,(\frac{n-m}{2}-k)!}\,\rho^{n-2k}
        = (-1)^{(n-m)/2} \rho^m P^{(m, 0)}_{(n-m)/2}(1 - 2\rho^2)

    The Jacobi polynomial :math:`P` is evaluated by recurrence, as the alternating sum loses digits.

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
    k = (n - m) // 2
    return (-1) ** k * rho**m * eval_jacobi(k, m, 0, 1 - 2 * rho**2)


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
