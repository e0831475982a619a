from fractions import Fraction
from math import factorial

import mahotas
import numpy as np
import pytest

from fertools.features import ZernikeMoments
from fertools.features._zernike import (
    disc_patches,
    zernike_moments,
    zernike_moments_about_mass,
)
from fertools.features._zernike_polynomials import radial_polynomial, zernike_orders

# Coefficients of R_nm, lowest power first, from Born and Wolf, Principles of Optics, table 9.1.
RADIAL = {
    (0, 0): [1],
    (1, 1): [0, 1],
    (2, 0): [-1, 0, 2],
    (2, 2): [0, 0, 1],
    (3, 1): [0, -2, 0, 3],
    (4, 0): [1, 0, -6, 0, 6],
    (4, 2): [0, 0, -3, 0, 4],
    (5, 1): [0, 3, 0, -12, 0, 10],
    (6, 0): [-1, 0, 12, 0, -30, 0, 20],
    (8, 0): [1, 0, -20, 0, 90, 0, -140, 0, 70],
}


@pytest.fixture(scope="module")
def images():
    return np.random.default_rng(0).integers(0, 256, (6, 48, 48), dtype=np.uint8)


def closed_form(image, n, m):
    """Compute a moment term by term, with rational coefficients of the radial polynomial."""
    h, w = image.shape
    total = 0
    for row in range(h):
        y = (2 * row + 1) / h - 1
        x = (2 * np.arange(w) + 1) / w - 1
        rho2 = y * y + x * x
        theta = np.arctan2(y, x)
        radial = 0
        for k in range((n - m) // 2 + 1):
            c = Fraction((-1) ** k * factorial(n - k), factorial(k))
            c /= factorial((n + m) // 2 - k) * factorial((n - m) // 2 - k)
            radial = radial + float(c) * np.sqrt(rho2) ** (n - 2 * k)
        inside = rho2 <= 1
        total += (image[row] * radial * np.exp(-1j * m * theta))[inside].sum()
    return (n + 1) / np.pi * total * 4 / (h * w)


@pytest.mark.parametrize("order", RADIAL)
def test_radial_polynomials_equal_published_table(order):
    rho = np.linspace(0, 1, 11)
    expected = np.polynomial.polynomial.polyval(rho, RADIAL[order])
    np.testing.assert_allclose(radial_polynomial(*order, rho), expected, atol=1e-12)


@pytest.mark.parametrize("n, m", [(12, 0), (33, 3), (40, 0), (40, 12), (40, 40)])
def test_radial_polynomials_equal_rational_arithmetic(n, m):
    rho = [Fraction(k, 32) for k in range(33)]
    expected = 0
    for k in range((n - m) // 2 + 1):
        c = Fraction((-1) ** k * factorial(n - k), factorial(k))
        c /= factorial((n + m) // 2 - k) * factorial((n - m) // 2 - k)
        expected = expected + c * np.array(rho) ** (n - 2 * k)
    found = radial_polynomial(n, m, np.array(rho, dtype=np.float64))
    np.testing.assert_allclose(found, expected.astype(np.float64), rtol=0, atol=1e-13)


@pytest.mark.parametrize("degree", [8, 12])
def test_moments_equal_the_closed_form(images, degree):
    moments = zernike_moments(images[:2], degree)
    orders = zernike_orders(degree)
    assert len(orders) == {8: 25, 12: 49}[degree]
    for image, found in zip(images[:2] / 255, moments, strict=True):
        expected = [closed_form(image, n, m) for n, m in orders]
        np.testing.assert_allclose(found, expected, atol=1e-5)


def test_moments_of_a_zernike_polynomial_vanish_except_one():
    side = (2 * np.arange(400) + 1) / 400 - 1
    y, x = np.meshgrid(side, side, indexing="ij")
    rho, theta = np.hypot(y, x), np.arctan2(y, x)
    wave = radial_polynomial(5, 3, rho) * np.cos(3 * theta)
    moments = np.abs(zernike_moments(wave[None], 6)[0])
    expected = [0.5 if order == (5, 3) else 0 for order in zernike_orders(6)]
    np.testing.assert_allclose(moments, expected, atol=0.01)


@pytest.mark.parametrize("degree", [8, 12])
def test_moments_about_center_of_mass_equal_mahotas(images, degree):
    dark = images.copy()
    dark[:, :, :20] //= 3
    dark[:, 5:9] = 0
    ours = ZernikeMoments(degree, center="mass").fit_transform(dark)
    theirs = [mahotas.features.zernike_moments(image, 24, degree) for image in dark]
    np.testing.assert_allclose(ours, theirs, atol=1e-6)


def test_moments_of_a_black_image_are_zero():
    assert (zernike_moments_about_mass(np.zeros((8, 8), np.uint8)) == 0).all()


def test_modulus_and_complex_parts_are_consistent(images):
    modulus = ZernikeMoments(6).fit(images)
    parts = ZernikeMoments(6, part="complex").fit(images)
    values = dict(zip(parts.get_feature_names_out(), parts.transform(images).T, strict=True))
    for name, column in zip(
        modulus.get_feature_names_out(), modulus.transform(images).T, strict=True
    ):
        stem = name.removesuffix("_abs")
        imaginary = values.get(f"{stem}_im", 0)
        np.testing.assert_allclose(np.hypot(values[f"{stem}_re"], imaginary), column, atol=1e-5)
        assert (f"{stem}_im" in values) == ("_m0" not in stem)


def test_local_moments_equal_moments_of_patches(images):
    local = ZernikeMoments(4, grid=(4, 4), window=12).fit(images)
    values = local.transform(images).reshape(len(images), 4, 4, -1)
    patches = disc_patches(images, (4, 4), 12)
    whole = ZernikeMoments(4).fit(patches[:, 1, 2])
    np.testing.assert_allclose(values[:, 1, 2], whole.transform(patches[:, 1, 2]), atol=1e-5)
    np.testing.assert_array_equal(patches[:, 1, 2], images[:, 12:24, 24:36])
    assert local.get_feature_names_out()[6 * 9] == "zernike_w12_y1x2_n0_m0_abs"


@pytest.mark.parametrize(
    ("parameters", "message"),
    [
        ({"center": "mass", "grid": (2, 2)}, "center='mass' requires grid=None"),
        ({"center": "mass", "standardize": True}, "center='mass' requires"),
        ({"grid": (2, 0)}, "grid must be two integers"),
        ({"degree": -1}, "'degree' parameter"),
    ],
)
def test_invalid_parameters_raise(images, parameters, message):
    with pytest.raises(ValueError, match=message):
        ZernikeMoments(**parameters).fit(images)
