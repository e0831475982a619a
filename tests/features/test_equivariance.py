"""Equivariance of descriptors to shifts, rotation and mirroring; invariance to illumination."""

import numpy as np
import pytest

from fertools.datasets import make_faces
from fertools.features import (
    DiscreteCosine,
    GaborEnergy,
    HaralickTextures,
    LocalBinaryPatterns,
    LocalZernikeMoments,
    OrientedGradients,
    ZernikeMoments,
)
from fertools.features._cosine_transform import zigzag
from fertools.features._lbp import lbp_labels
from fertools.features._zernike_polynomials import zernike_orders


@pytest.fixture(scope="module")
def images():
    return make_faces(130, size=24, random_state=0).images


@pytest.mark.parametrize(
    ("descriptor", "rows"),
    [
        (DiscreteCosine(6, block=8), 12),
        (DiscreteCosine(6, block=8, grid=(12, 12)), 12),
        (GaborEnergy((4.0,), grid=(12, 12)), 12),
        (HaralickTextures((12, 12)), 12),
        (LocalBinaryPatterns((2,), grid=(12, 12)), 12),
        (LocalZernikeMoments(((3, 1),), grid=(12, 12)), 12),
        (OrientedGradients(grids=((12, 12),)), 11),
        (OrientedGradients(grids=((12, 12),), norm="four-way"), 12),
        (ZernikeMoments(4, grid=(12, 12), standardize=True), 12),
    ],
    ids=repr,
)
def test_shift_by_a_cell_shifts_the_features(descriptor, rows):
    image = np.full((1, 96, 96), 99, np.uint8)
    image[:, 42:55, 39:53] = np.random.default_rng(0).integers(0, 256, (13, 14))

    def cells(image):
        return descriptor.transform(image).reshape(rows, rows, -1)

    descriptor.fit(image)
    plain = cells(image)
    for shift in [(1, 0), (0, -1), (-2, 1)]:
        moved = np.roll(image, (8 * shift[0], 8 * shift[1]), axis=(1, 2))
        expected = np.roll(plain, shift, axis=(0, 1))
        # The outer cells depend on the border.
        inner = np.s_[3:-3, 3:-3]
        np.testing.assert_allclose(cells(moved)[inner], expected[inner], atol=1e-4)


def relabeled(method, place):
    """Return the map of LBP histograms if bit p of each code moves to `place(p)`."""
    codes = np.arange(256)
    moved = sum(((codes >> p) & 1) << place(p) % 8 for p in range(8))
    labels, n_labels = lbp_labels(8, method)
    source = np.zeros(n_labels, int)
    source[labels[moved]] = labels
    return lambda counts: counts[..., source]


def transposed(n_coefficients):
    """Return the map F'_uv = (-1)^u F_vu of DCT coefficients, or of their signed parts."""
    order = [tuple(pair) for pair in zigzag(99, 99, n_coefficients)]
    source = [order.index((v, u)) for u, v in order]
    odd = np.array([u % 2 for u, _ in order], bool)
    return lambda values: signed(values[:, :, :, source], odd)


def mirrored_cosines(n_coefficients):
    """Return the map F'_uv = (-1)^v F_uv of DCT coefficients."""
    odd = zigzag(99, 99, n_coefficients)[:, 1] % 2 == 1
    return lambda values: signed(values, odd)


def signed(values, odd):
    """Change the sign of the odd coefficients, given as numbers or as signed parts."""
    values = values.copy()
    is_pair = values.shape[-1] == 2
    values[:, :, :, odd] = values[:, :, :, odd][..., ::-1] if is_pair else -values[:, :, :, odd]
    return values


def complex_moments(values, degree):
    """Combine real and imaginary parts into an array of shape (n, 1, 1, n_orders)."""
    turning = np.array([m > 0 for _, m in zernike_orders(degree)])
    moments = values[:, : len(turning)].astype(complex)
    moments[:, turning] += 1j * values[:, len(turning) :]
    return moments[:, None, None]


def same(values):
    return values


M = np.array([m for _, m in zernike_orders(8)])
CORNERS = np.s_[:, :, :, [1, 3, 0, 2]]
# Descriptor; shape of its cells; effect within a cell of a counterclockwise rotation by 90 degrees,
# and of mirroring left to right. Directions are measured from x towards y, which points downward.
EQUIVARIANCE = {
    "LBP": (
        LocalBinaryPatterns((2,), grid=(4, 4)),
        (4, 4, 59),
        relabeled("nri_uniform", lambda p: p + 2),
        relabeled("nri_uniform", lambda p: 4 - p),
    ),
    "LBP of the whole image, uniform": (
        LocalBinaryPatterns((1,), method="uniform", grid=(1, 1)),
        (1, 1, 10),
        same,
        same,
    ),
    "LBP of the whole image, ror": (
        LocalBinaryPatterns((1,), method="ror", grid=(1, 1)),
        (1, 1, 36),
        same,
        relabeled("ror", lambda p: 4 - p),
    ),
    "DCT": (DiscreteCosine(55), (1, 1, 55), transposed(55), mirrored_cosines(55)),
    "DCT of blocks": (
        DiscreteCosine(10, block=8),
        (3, 3, 10),
        transposed(10),
        mirrored_cosines(10),
    ),
    "DCT energies": (
        DiscreteCosine(10, block=7, grid=(4, 4)),
        (4, 4, 10, 2),
        transposed(10),
        mirrored_cosines(10),
    ),
    "Zernike moduli": (ZernikeMoments(8), (1, 1, 25), same, same),
    "Zernike moduli of cells": (ZernikeMoments(5, grid=(3, 3)), (3, 3, 12), same, same),
    "Zernike moments": (
        ZernikeMoments(8, part="complex"),
        lambda values: complex_moments(values, 8),
        lambda moments: moments * np.exp(1j * M * np.pi / 2),
        lambda moments: (-1.0) ** M * moments.conj(),
    ),
    **{
        f"local Zernike {n, m}": (
            LocalZernikeMoments(((n, m),), window=5, grid=(4, 4)),
            (4, 4, 4, 8),
            lambda cells, m=m: np.roll(cells[CORNERS], 2 * m, axis=-1),
            lambda cells, m=m: np.roll(cells[:, :, :, [1, 0, 3, 2], ::-1], 4 * m + 1, axis=-1),
        )
        for n, m in [(1, 1), (2, 2), (3, 1), (3, 3)]
    },
    "HOG": (
        OrientedGradients(8, direction="signed", block=1, norm="l1", grids=((4, 4),)),
        (4, 4, 16),
        lambda cells: np.roll(cells, -4, axis=-1),
        lambda cells: np.roll(cells[..., ::-1], 8, axis=-1),
    ),
    "HOG, four-way": (
        OrientedGradients(6, norm="four-way", grids=((4, 4),)),
        (4, 4, 4, 6),
        lambda cells: np.roll(cells[CORNERS], 3, axis=-1),
        None,
    ),
    "Gabor": (
        GaborEnergy((4.0,), grid=(4, 4)),
        (4, 4, 8),
        lambda cells: np.roll(cells, 4, axis=-1),
        lambda cells: np.roll(cells[..., ::-1], 1, axis=-1),
    ),
    "Haralick": (
        HaralickTextures((3, 3), directions="mean_range"),
        (3, 3, 26),
        same,
        same,
    ),
}


def cells_of(case, images):
    descriptor, shape = EQUIVARIANCE[case][:2]
    values = descriptor.fit(images).transform(images)
    return shape(values) if callable(shape) else values.reshape(-1, *shape)


@pytest.mark.parametrize("case", EQUIVARIANCE)
def test_rotation_by_90_degrees_maps_features(case, images):
    images = images[:20]
    plain, rule = cells_of(case, images), EQUIVARIANCE[case][2]
    turned = cells_of(case, np.rot90(images, axes=(1, 2)))
    np.testing.assert_allclose(turned, rule(np.rot90(plain, axes=(1, 2))), atol=1e-4)


@pytest.mark.parametrize("case", [case for case, rules in EQUIVARIANCE.items() if rules[3]])
def test_mirroring_maps_features(case, images):
    # Noise avoids gradients on bin edges, which mirroring moves to another bin.
    images = images[:20] + np.random.default_rng(0).random((20, 24, 24))
    plain, rule = cells_of(case, images / 256), EQUIVARIANCE[case][3]
    mirrored, expected = cells_of(case, images[:, :, ::-1] / 256), rule(plain[:, :, ::-1])
    if case == "HOG":  # differences across the border are 0
        mirrored, expected = mirrored[:, 1:-1, 1:-1], expected[:, 1:-1, 1:-1]
    np.testing.assert_allclose(mirrored, expected, atol=1e-4)


# --- Invariance to illumination

STANDARDIZED = [
    DiscreteCosine(20),
    DiscreteCosine(20, block=8, step=4),
    DiscreteCosine(20, block=6, grid=(3, 3)),
    GaborEnergy(),
    LocalZernikeMoments(),
    OrientedGradients(norm="four-way"),
    ZernikeMoments(standardize=True),
]


@pytest.mark.parametrize("method", ["nri_uniform", "uniform", "ror", "default"])
def test_lbp_is_invariant_to_illumination(method, images):
    lbp = LocalBinaryPatterns((1, 2.5), method=method).fit(images)
    dark = images // 4
    expected = lbp.transform(dark)
    for brighter in (2 * dark + 30, dark / 255, dark / 255 * 0.25 + 0.7):
        np.testing.assert_array_equal(lbp.transform(brighter), expected)


@pytest.mark.parametrize("descriptor", STANDARDIZED, ids=repr)
def test_standardized_descriptors_are_invariant_to_illumination(descriptor, images):
    dark = images // 4
    expected = descriptor.fit(dark).transform(dark)
    for brighter in (3 * dark + 30, dark / 255 * 0.3 + 0.5):
        np.testing.assert_allclose(descriptor.transform(brighter), expected, atol=1e-4)
    for gray in (np.full((1, 24, 24), 9, np.uint8), np.full((1, 24, 24), 0.3)):
        assert (descriptor.transform(gray) == 0).all()


@pytest.mark.parametrize("norm", ["l2-hys", "l2", "l1", "l1-sqrt"])
def test_hog_is_invariant_to_offset_and_nearly_to_gain(norm, images):
    hog = OrientedGradients(norm=norm).fit(images)
    dark = images // 4
    expected = hog.transform(dark)
    np.testing.assert_array_equal(hog.transform(dark + 100), expected)
    np.testing.assert_allclose(hog.transform(3 * dark), expected, atol=1e-3)
