import cv2
import numpy as np
import pytest
from scipy.ndimage import gaussian_filter

from fertools._utils.pixels import standardized
from fertools.features._local_descriptors import (
    dense_sift,
    patch_mirror,
    patches,
    pooling_regions,
    sift_mirror,
    window_shares,
    window_starts,
)


@pytest.fixture(scope="module")
def image():
    noise = np.random.default_rng(0).normal(size=(1, 31, 27))
    return standardized(gaussian_filter(noise, (0, 1.5, 1.5)))[0]


@pytest.mark.parametrize(
    ("side", "window", "step", "expected"),
    [(7, 3, 2, [0, 2, 4]), (10, 3, 3, [0, 3, 6]), (9, 3, 4, [1, 5]), (3, 3, 5, [0])],
)
def test_windows_are_centered(side, window, step, expected):
    np.testing.assert_array_equal(window_starts(side, window, step), expected)


@pytest.mark.parametrize(("window", "step"), [((6, 6), 1), ((4, 7), 3), ((31, 27), 1)])
def test_patches_equal_the_formula(image, window, step):
    expected = []
    for y in window_starts(31, window[0], step):
        for x in window_starts(27, window[1], step):
            patch = image[y : y + window[0], x : x + window[1]].astype(np.float64).ravel()
            expected.append((patch - patch.mean()) / np.sqrt(patch.var() + 0.01))
    np.testing.assert_allclose(patches(image, window, step), expected, atol=1e-5)


def sift_by_loops(image, window, step):
    """Compute SIFT by trilinear interpolation, pixel by pixel, as in Lowe (2004)."""
    dy, dx = np.zeros_like(image), np.zeros_like(image)
    dy[1:-1], dx[:, 1:-1] = image[2:] - image[:-2], image[:, 2:] - image[:, :-2]
    magnitude, turns = np.hypot(dy, dx), np.arctan2(dy, dx) / (2 * np.pi) * 8 % 8
    rows = []
    for top in window_starts(image.shape[0], window[0], step):
        for left in window_starts(image.shape[1], window[1], step):
            histogram = np.zeros((6, 6, 8))
            for y, x in np.ndindex(image.shape):
                v = (y - top - (window[0] - 1) / 2) / (window[0] / 4)
                u = (x - left - (window[1] - 1) / 2) / (window[1] / 4)
                if max(abs(v), abs(u)) >= 2.5:
                    continue
                weight = magnitude[y, x] * np.exp(-(v**2 + u**2) / 8)
                parts = [np.modf(place) for place in (v + 2.5, u + 2.5, turns[y, x])]
                for corner in np.ndindex(2, 2, 2):
                    share = [f if c else 1 - f for c, (f, _) in zip(corner, parts, strict=True)]
                    i, j, k = (int(p) + c for c, (_, p) in zip(corner, parts, strict=True))
                    histogram[i, j, k % 8] += weight * np.prod(share)
            row = histogram[1:5, 1:5].ravel()
            row = np.minimum(row / np.linalg.norm(row), 0.2)
            rows.append(row / np.linalg.norm(row))
    return np.array(rows)


@pytest.mark.parametrize(("window", "step"), [((8, 8), 9), ((12, 16), 8)])
def test_sift_equals_explicit_loops(image, window, step):
    expected = sift_by_loops(image.astype(np.float64), window, step)
    np.testing.assert_allclose(dense_sift(image, window, step), expected, atol=1e-5)


def test_sift_correlates_with_opencv():
    # OpenCV rounds keypoints to pixels, so windows are odd. It smooths the image first, which
    # hardly changes a smooth image, and its angles are counterclockwise.
    noise = np.random.default_rng(0).normal(size=(64, 64))
    smooth = gaussian_filter(noise, 4)
    smooth = np.uint8(255 * (smooth - smooth.min()) / np.ptp(smooth))
    size = 17
    starts = window_starts(64, size, 4)
    points = [
        cv2.KeyPoint(float(x + 8), float(y + 8), size / 4 * 2 / 3, 0)
        for y in starts
        for x in starts
    ]
    _, expected = cv2.SIFT_create().compute(smooth, points)
    turned = expected.reshape(-1, 4, 4, 8)[..., -np.arange(8) % 8].reshape(-1, 128)
    values = dense_sift(standardized(smooth[None])[0], (size, size), 4)
    correlations = [np.corrcoef(a, b)[0, 1] for a, b in zip(values, turned, strict=True)]
    assert min(correlations) > 0.95


@pytest.mark.parametrize(
    ("describe", "mirror"), [(patches, patch_mirror), (dense_sift, sift_mirror)]
)
def test_mirroring_permutes_descriptors(image, describe, mirror):
    window = (8, 7)
    grid = [len(window_starts(*sides, 2)) for sides in zip(image.shape, window, strict=True)]
    values = describe(image, window, 2).reshape(*grid, -1)
    mirrored = describe(image[:, ::-1], window, 2).reshape(values.shape)
    expected = values[:, ::-1][..., mirror(window)]
    np.testing.assert_allclose(mirrored, expected, atol=1e-5)


def test_windows_are_distributed_evenly_over_cells():
    shares = window_shares(7, 2)
    np.testing.assert_allclose(shares.T, [[1, 1, 1, 0.5, 0, 0, 0], [0, 0, 0, 0.5, 1, 1, 1]])
    # With more cells than windows, cells share windows.
    np.testing.assert_allclose(window_shares(2, 3), [[2 / 3, 1 / 3, 0], [0, 1 / 3, 2 / 3]])


def test_regions_average_with_window_shares():
    grids = ((1, 1), (2, 3), (4, 5))
    regions = pooling_regions((20, 23), (6, 6), 2, grids)
    values = np.random.default_rng(0).random(len(regions.labels))
    sums = np.bincount(regions.labels, values)
    expected = []
    for rows, columns in grids:
        down, across = window_shares(8, rows), window_shares(9, columns)
        for y, x in np.ndindex(rows, columns):
            weights = np.outer(down[:, y], across[:, x]).ravel()
            expected.append(np.average(values, weights=weights))
    np.testing.assert_allclose(regions.weights @ sums, expected, rtol=1e-6)
